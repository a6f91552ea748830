"""people

Revision: 0021, after 0020.

People have accounts, invitations to them, and keys and sessions of their own.
"""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

_TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "people",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("login", sa.String(length=120), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("role", sa.String(length=16), nullable=False),
        sa.Column("password_hash", sa.String(length=200), nullable=True),
        sa.Column("language", sa.String(length=8), nullable=True),
        sa.Column("created_at", _TIME, nullable=False),
        sa.Column("seen_at", _TIME, nullable=True),
        sa.Column("disabled_at", _TIME, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_people"),
        sa.UniqueConstraint("login", name="uq_people_login"),
    )
    op.create_table(
        "invitations",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("role", sa.String(length=16), nullable=False),
        sa.Column("note", sa.String(length=200), nullable=False),
        sa.Column("uses_left", sa.Integer(), nullable=False),
        sa.Column("made_by", sa.Uuid(), nullable=True),
        sa.Column("created_at", _TIME, nullable=False),
        sa.Column("expires_at", _TIME, nullable=False),
        sa.ForeignKeyConstraint(
            ["made_by"], ["people.id"], name="fk_invitations_made_by_people", ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_invitations"),
        sa.UniqueConstraint("token_hash", name="uq_invitations_token_hash"),
    )
    for table in ("admin_keys", "admin_sessions"):
        # Without a foreign key: SQLite would have to copy the table, and the order in which that
        # writes constraints varies.
        op.add_column(table, sa.Column("person_id", sa.Uuid(), nullable=True))
        op.create_index(f"ix_{table}_person_id", table, ["person_id"])
    op.add_column("admin_keys", sa.Column("scopes", sa.JSON(), nullable=True))


def downgrade() -> None:
    # The keys of people would become admin keys.
    op.execute("DELETE FROM admin_keys WHERE person_id IS NOT NULL")
    op.execute("DELETE FROM admin_sessions WHERE person_id IS NOT NULL")
    op.drop_column("admin_keys", "scopes")
    for table in ("admin_sessions", "admin_keys"):
        op.drop_index(f"ix_{table}_person_id", table)
        op.drop_column(table, "person_id")
    op.drop_table("invitations")
    op.drop_table("people")

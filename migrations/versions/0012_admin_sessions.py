"""admin_sessions

Revision: 0012, after 0011.

Admin keys get a public prefix, their last use and an end; sign-ins become rows of their own; and
the service keeps what it signs visitors' cookies with.
"""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("admin_keys", sa.Column("prefix", sa.String(length=16), nullable=True))
    for name in ("last_used_at", "revoked_at"):
        op.add_column("admin_keys", sa.Column(name, sa.DateTime(timezone=True), nullable=True))
    op.create_table(
        "admin_sessions",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("previous_hash", sa.String(length=64), nullable=True),
        sa.Column("key_id", sa.Uuid(), nullable=True),
        sa.Column("configured_key", sa.String(length=64), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("renewed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["key_id"],
            ["admin_keys.id"],
            name=op.f("fk_admin_sessions_key_id_admin_keys"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_admin_sessions")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_admin_sessions_token_hash")),
    )
    for column in ("previous_hash", "key_id"):
        op.create_index(op.f(f"ix_admin_sessions_{column}"), "admin_sessions", [column])
    op.create_table(
        "server_secrets",
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("value", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_server_secrets")),
    )


def downgrade() -> None:
    # An older version knows no revocation: a revoked key would open its doors again.
    op.execute(sa.text("DELETE FROM admin_keys WHERE revoked_at IS NOT NULL"))
    op.drop_table("server_secrets")
    op.drop_table("admin_sessions")
    with op.batch_alter_table("admin_keys") as batch_op:
        for name in ("revoked_at", "last_used_at", "prefix"):
            batch_op.drop_column(name)

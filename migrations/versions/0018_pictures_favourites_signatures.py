"""pictures_favourites_signatures

Revision: 0018, after 0015.
"""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "pictures",
        sa.Column("character_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("media_type", sa.String(length=32), nullable=False),
        sa.Column("large", sa.LargeBinary(), nullable=False),
        sa.Column("small", sa.LargeBinary(), nullable=False),
        _of_a_character("pictures"),
        sa.PrimaryKeyConstraint("character_id", "kind", name=op.f("pk_pictures")),
    )
    op.create_table(
        "favourites",
        sa.Column("owner", sa.String(length=64), nullable=False),
        sa.Column("character_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        _of_a_character("favourites"),
        sa.PrimaryKeyConstraint("owner", "character_id", name=op.f("pk_favourites")),
    )
    op.create_index(op.f("ix_favourites_character_id"), "favourites", ["character_id"])
    op.add_column("characters", sa.Column("backdrop", sa.String(length=16), nullable=True))
    op.add_column("characters", sa.Column("signature", sa.String(length=200), nullable=True))


def _of_a_character(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["character_id"],
        ["characters.id"],
        name=op.f(f"fk_{table}_character_id_characters"),
        ondelete="CASCADE",
    )


def downgrade() -> None:
    op.drop_column("characters", "signature")
    op.drop_column("characters", "backdrop")
    op.drop_index(op.f("ix_favourites_character_id"), "favourites")
    op.drop_table("favourites")
    op.drop_table("pictures")

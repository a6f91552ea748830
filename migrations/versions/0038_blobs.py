"""blobs

Revision: 0038, after 0029.

Pictures and the files of cards may be kept outside the database.
"""

import sqlalchemy as sa
from alembic import op

revision = "0038"
down_revision = "0029"
branch_labels = None
depends_on = None

_COLUMNS = (
    ("avatars", "png_blob"),
    ("pictures", "large_blob"),
    ("pictures", "small_blob"),
    ("card_files", "content_blob"),
)


def upgrade() -> None:
    op.create_table(
        "blobs",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("character_id", sa.Uuid(), nullable=True),
        sa.Column("place", sa.String(length=16), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("reserved_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["character_id"],
            ["characters.id"],
            name="fk_blobs_character_id_characters",
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_blobs"),
    )
    op.create_index("ix_blobs_character_id", "blobs", ["character_id"])
    for table, column in _COLUMNS:
        op.add_column(table, sa.Column(column, sa.Uuid(), nullable=True))


def downgrade() -> None:
    for table, column in _COLUMNS:
        op.drop_column(table, column)
    op.drop_table("blobs")

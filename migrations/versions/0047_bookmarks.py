"""bookmarks

Revision: 0047, after 0046.

How far readers are in scripts; when the scenes of subtitles end; and from how many scenes a profile
was drafted.
"""

import sqlalchemy as sa
from alembic import op

revision = "0047"
down_revision = "0046"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "bookmarks",
        sa.Column("owner", sa.String(length=64), nullable=False),
        sa.Column("script_id", sa.Uuid(), nullable=False),
        sa.Column("scene", sa.Integer(), nullable=False),
        sa.Column("revision", sa.Uuid(), nullable=False),
        sa.Column("trail", sa.JSON(), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("value", sa.String(length=200), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["script_id"],
            ["scripts.id"],
            name="fk_bookmarks_script_id_scripts",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("owner", "script_id", name="pk_bookmarks"),
    )
    op.create_index("ix_bookmarks_script_id", "bookmarks", ["script_id"])
    op.add_column("scenes", sa.Column("ends", sa.Integer(), nullable=True))
    op.add_column("characters", sa.Column("profile_scenes", sa.Integer(), nullable=True))


def downgrade() -> None:
    op.drop_column("characters", "profile_scenes")
    op.drop_column("scenes", "ends")
    op.drop_table("bookmarks")

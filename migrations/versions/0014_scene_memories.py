"""scene_memories

Revision: 0014, after 0013.
"""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "scene_memories",
        sa.Column("character_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("text_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("origin", sa.String(length=16), nullable=False),
        sa.Column("model", sa.String(length=200), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        _of_a_character("scene_memories"),
        sa.PrimaryKeyConstraint("character_id", "id", name=op.f("pk_scene_memories")),
    )
    op.create_index(op.f("ix_scene_memories_text_hash"), "scene_memories", ["text_hash"])
    op.create_table(
        "scene_memory_jobs",
        sa.Column("character_id", sa.Uuid(), nullable=False),
        sa.Column("run", sa.Uuid(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.Column("failed", sa.Integer(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("seconds", sa.Double(), nullable=False),
        sa.Column("error", sa.String(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        _of_a_character("scene_memory_jobs"),
        sa.PrimaryKeyConstraint("character_id", name=op.f("pk_scene_memory_jobs")),
    )
    op.add_column("characters", sa.Column("scene_memories_version", sa.Uuid(), nullable=True))


def _of_a_character(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["character_id"],
        ["characters.id"],
        name=op.f(f"fk_{table}_character_id_characters"),
        ondelete="CASCADE",
    )


def downgrade() -> None:
    op.drop_column("characters", "scene_memories_version")
    op.drop_table("scene_memory_jobs")
    op.drop_index(op.f("ix_scene_memories_text_hash"), "scene_memories")
    op.drop_table("scene_memories")

"""memories and summaries

Revision: 0007, after 0006.
"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "memories",
        sa.Column("conversation_id", sa.Uuid(), nullable=False),
        sa.Column("embedder", sa.String(length=200), nullable=False),
        sa.Column("text_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("vector", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["conversation_id"],
            ["conversations.id"],
            name=op.f("fk_memories_conversation_id_conversations"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint(
            "conversation_id", "embedder", "text_hash", name=op.f("pk_memories")
        ),
    )
    op.add_column("messages", sa.Column("until_scene", sa.Integer(), nullable=True))
    for column in (
        sa.Column("remembers_others", sa.Boolean(), nullable=False, server_default=sa.false()),
        sa.Column("summarize", sa.Boolean(), nullable=False, server_default=sa.false()),
        sa.Column("summary", sa.String(), nullable=False, server_default=""),
        sa.Column("summary_upto", sa.Uuid(), nullable=True),
        sa.Column("summary_until_scene", sa.Integer(), nullable=True),
    ):
        op.add_column("conversations", column)


def downgrade() -> None:
    for name in (
        "summary_until_scene",
        "summary_upto",
        "summary",
        "summarize",
        "remembers_others",
    ):
        op.drop_column("conversations", name)
    op.drop_column("messages", "until_scene")
    op.drop_table("memories")

"""message_prompts

Revision: 0016, after 0015.
"""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "message_prompts",
        sa.Column("message_id", sa.Uuid(), nullable=False),
        sa.Column("record", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["message_id"],
            ["messages.id"],
            name=op.f("fk_message_prompts_message_id_messages"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("message_id", name=op.f("pk_message_prompts")),
    )
    op.add_column("messages", sa.Column("prompt", sa.JSON(), nullable=True))


def downgrade() -> None:
    op.drop_column("messages", "prompt")
    op.drop_table("message_prompts")

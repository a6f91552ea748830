"""message_siblings

Revision: 0013, after 0012.

The alternatives of a message are found by its conversation and its parent, also those that stand
first in a conversation and have no parent; the newest of them by the parent and the id.
"""

from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(
        "ix_messages_conversation_id_parent_id", "messages", ["conversation_id", "parent_id"]
    )
    op.create_index("ix_messages_parent_id_id", "messages", ["parent_id", "id"])
    op.drop_index("ix_messages_conversation_id", "messages")
    op.drop_index("ix_messages_parent_id", "messages")


def downgrade() -> None:
    op.create_index("ix_messages_parent_id", "messages", ["parent_id"])
    op.create_index("ix_messages_conversation_id", "messages", ["conversation_id"])
    op.drop_index("ix_messages_parent_id_id", "messages")
    op.drop_index("ix_messages_conversation_id_parent_id", "messages")

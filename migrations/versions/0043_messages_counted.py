"""messages_counted

Revision: 0043, after 0042.

Count the messages of the conversations that were there before the triggers of 0042, which know them
by their rows: without a row, nothing is kept of a conversation. From the rows that are made here,
other triggers keep the sums of characters. Whoever writes to a conversation of the batch waits
for the end of the batch, not for all of them.
"""

from uuid import UUID

import sqlalchemy as sa
from alembic import op

revision = "0043"
down_revision = "0042"
branch_labels = None
depends_on = None

_BATCH = 500
_FIRST = UUID(int=0)
_CONVERSATIONS = sa.table(
    "conversations", sa.column("id", sa.Uuid()), sa.column("character_id", sa.Uuid())
)
_MESSAGES = sa.table(
    "messages", sa.column("id", sa.Uuid()), sa.column("conversation_id", sa.Uuid())
)
_COUNTS = sa.table(
    "conversation_counts",
    sa.column("conversation_id", sa.Uuid()),
    sa.column("character_id", sa.Uuid()),
    sa.column("messages", sa.Integer()),
)


def fill(connection: sa.Connection, after: UUID | None) -> UUID | None:
    """Count those of the next conversations by id; return the last id, None at the end."""
    id, of = _CONVERSATIONS.c.id, _MESSAGES.c.conversation_id
    known = sa.select(_COUNTS.c.conversation_id).where(_COUNTS.c.conversation_id == id)
    following = sa.select(id).where(id > (after or _FIRST), ~known.exists())
    ids = connection.scalars(following.order_by(id).limit(_BATCH)).all()
    if not ids:
        return None
    # A new message refers to its conversation, so that it waits for this lock; one that is deleted
    # does not, but waits for its own. SQLite, which has one writer, knows neither.
    locked = sa.select(id).where(id.in_(ids)).order_by(id).with_for_update()
    left = connection.scalars(locked).all()
    messages = sa.select(_MESSAGES.c.id).where(of.in_(left))
    kept = messages.with_for_update(read=True, key_share=True).subquery()
    connection.execute(sa.select(sa.func.count()).select_from(kept))
    counted = (
        sa.select(id, _CONVERSATIONS.c.character_id, sa.func.count(of))
        .select_from(_CONVERSATIONS.outerjoin(_MESSAGES, of == id))
        .where(id.in_(left))
        .group_by(id, _CONVERSATIONS.c.character_id)
    )
    connection.execute(sa.insert(_COUNTS).from_select(list(_COUNTS.c.keys()), counted))
    last: UUID = ids[-1]
    return last


def upgrade() -> None:
    after = fill(op.get_bind(), None)
    while after is not None:
        after = fill(op.get_bind(), after)


def downgrade() -> None:
    """Leave the counts: the triggers keep them up."""

"""Purge deleted conversations, a little at a time, so that other writers get in between."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import delete, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.db.base import utc_now
from app.db.models import Conversation, Message
from app.db.session import Database
from app.db.signals import Topic, announce

RESTORABLE = timedelta(days=30)
"""How long a deleted conversation can be restored."""
NO_OWNER = ""
"""The owner of a conversation that no user can reach: given up, or still being imported."""
_AT_ONCE = 1_000
_IMPORT_LEASE = timedelta(hours=1)


def unfinished_until(now: datetime) -> datetime:
    """Return the ``deleted_at`` of an import that begins now; unless it ends, it is purged soon."""
    return now - RESTORABLE + _IMPORT_LEASE


async def disown(session: AsyncSession, conversations: Sequence[UUID]) -> None:
    """Take conversations from their owner, and stop their turns; maintenance purges them."""
    await session.execute(
        update(Conversation)
        .where(Conversation.id.in_(conversations))
        .values(owner=NO_OWNER, deleted_at=utc_now() - RESTORABLE)
        .execution_options(synchronize_session=False)
    )
    await announce(session, Topic.TURNS)


async def purge_deleted(database: Database, before: datetime | None = None) -> None:
    """Purge conversations deleted before a time, by default those too old to be restored."""
    until = utc_now() - RESTORABLE if before is None else before
    async with database.write() as session:
        # From here on no conversation can be restored while half of its messages are gone.
        await session.execute(
            update(Conversation)
            .where(Conversation.deleted_at < until, Conversation.owner != NO_OWNER)
            .values(owner=NO_OWNER)
            .execution_options(synchronize_session=False)
        )
    more = True
    while more:
        async with database.write() as session:
            more = await _purge_some(session, until)


async def _purge_some(session: AsyncSession, until: datetime) -> bool:
    """Purge a batch; return whether more may follow.

    The conversation is locked, as by a turn that stores its reply at the same moment: that reply is
    found here, or the turn finds the conversation gone.
    """
    id = await session.scalar(
        select(Conversation.id)
        .where(Conversation.owner == NO_OWNER, Conversation.deleted_at < until)
        .limit(1)
        .with_for_update()
    )
    if id is None:
        return False
    messages: list[UUID] = [
        *await session.scalars(
            select(Message.id).where(Message.conversation_id == id).limit(_AT_ONCE)
        )
    ]
    await session.execute(
        update(Message)
        .where(Message.parent_id.in_(messages))
        .values(parent_id=None)
        .execution_options(synchronize_session=False)
    )
    await session.execute(
        delete(Message).where(Message.id.in_(messages)).execution_options(synchronize_session=False)
    )
    if len(messages) < _AT_ONCE:
        await session.execute(delete(Conversation).where(Conversation.id == id))
    return True

"""Conversations that are forgotten for good, a little at a time: others write in between."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import delete, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.db.base import utc_now
from app.db.models import Conversation, Message
from app.db.session import Database

RESTORABLE = timedelta(days=30)
"""How long a deleted conversation can be brought back."""
NOBODY = ""
"""The owner of a conversation that no one can reach: given up, or still being imported."""
_AT_ONCE = 1_000
_IMPORT_LEASE = timedelta(hours=1)


def unfinished_until(now: datetime) -> datetime:
    """Return the ``deleted_at`` of an import that begins now: unless it ends, it is purged soon."""
    return now - RESTORABLE + _IMPORT_LEASE


async def give_up(session: AsyncSession, conversations: Sequence[UUID]) -> None:
    """Put conversations out of everyone's reach, to be purged by the next maintenance."""
    await session.execute(
        update(Conversation)
        .where(Conversation.id.in_(conversations))
        .values(owner=NOBODY, deleted_at=utc_now() - RESTORABLE)
        .execution_options(synchronize_session=False)
    )


async def purge_deleted(database: Database, before: datetime | None = None) -> None:
    """Forget what was deleted before a moment, by default before it can no longer be restored."""
    moment = utc_now() - RESTORABLE if before is None else before
    async with database.write() as session:
        # From here on it cannot be restored while half of it is gone.
        await session.execute(
            update(Conversation)
            .where(Conversation.deleted_at < moment, Conversation.owner != NOBODY)
            .values(owner=NOBODY)
            .execution_options(synchronize_session=False)
        )
    more = True
    while more:
        async with database.write() as session:
            more = await _purge_some(session, moment)


async def _purge_some(session: AsyncSession, moment: datetime) -> bool:
    """Whether there was anything to purge."""
    id = await session.scalar(
        select(Conversation.id)
        .where(Conversation.owner == NOBODY, Conversation.deleted_at < moment)
        .limit(1)
    )
    if id is None:
        return False
    messages: list[UUID] = [
        *await session.scalars(
            select(Message.id).where(Message.conversation_id == id).limit(_AT_ONCE)
        )
    ]
    if not messages:
        await session.execute(delete(Conversation).where(Conversation.id == id))
        return True
    await session.execute(
        update(Message)
        .where(Message.parent_id.in_(messages))
        .values(parent_id=None)
        .execution_options(synchronize_session=False)
    )
    await session.execute(
        delete(Message).where(Message.id.in_(messages)).execution_options(synchronize_session=False)
    )
    return True

"""Bound what a visitor may store, so that no stranger fills the database.

Conversations and messages count until they are deleted. A visitor can restore the newest few
deleted conversations; older ones are given up at once.
"""

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.access import Caller
from app.conversations.purging import disown
from app.db.kept_counts import read_messages
from app.db.models import Character, Conversation
from app.errors import ConflictError
from app.settings import Settings

_KEPT_DELETED = 20


def is_visitor(caller: Caller, settings: Settings) -> bool:
    """Return whether the limits for visitors apply: neither an admin nor trusted with uploads."""
    return not caller.admin and not settings.access.public_uploads


async def check_quota(
    session: AsyncSession,
    caller: Caller,
    settings: Settings,
    *,
    conversations: int = 0,
    messages: int = 0,
) -> None:
    """Raise :class:`~app.errors.ConflictError` where a visitor may not add these numbers.

    Its code is ``too_many_conversations`` or ``too_many_messages``.
    """
    if not is_visitor(caller, settings):
        return
    limits = settings.limits
    kept = (
        select(Conversation.id)
        .join(Conversation.character)
        .where(
            Conversation.owner == caller.owner,
            Conversation.deleted_at.is_(None),
            Character.deleted_at.is_(None),
        )
    )
    if conversations:
        most = limits.visitor_conversations
        counted = select(func.count()).select_from(kept.limit(most + 1).subquery())
        if (await session.scalar(counted) or 0) + conversations > most:
            raise _full("too_many_conversations", most, "conversations")
    if messages:
        most = limits.visitor_messages
        if await read_messages(session, kept) + messages > most:
            raise _full("too_many_messages", most, "messages")


async def forget_oldest_deleted(session: AsyncSession, caller: Caller, settings: Settings) -> None:
    """Give up all but the newest few conversations that a visitor deleted."""
    if not is_visitor(caller, settings):
        return
    oldest = (
        select(Conversation.id)
        .where(Conversation.owner == caller.owner, Conversation.deleted_at.is_not(None))
        .order_by(Conversation.deleted_at.desc(), Conversation.id.desc())
        .offset(_KEPT_DELETED)
        .limit(1_000)
    )
    ids = (await session.scalars(oldest)).all()
    if ids:
        await disown(session, ids)


def _full(code: str, most: int, what: str) -> ConflictError:
    return ConflictError(
        code,
        f"You have as many {what} here as a visitor may: {most:,}."
        " Delete a conversation that you no longer need, and try again.",
        limit=most,
    )

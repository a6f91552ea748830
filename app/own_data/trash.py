"""List the conversations that the caller deleted and can still restore."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.conversations.purging import RESTORABLE
from app.db.models import Character, Conversation
from app.own_data.schemas import DeletedConversation


async def list_deleted(
    session: AsyncSession, owner: str, after: UUID | None, limit: int
) -> Sequence[DeletedConversation]:
    """Return deleted conversations, the newest first; not those of deleted characters."""
    statement = (
        select(Conversation.id, Conversation.title, Conversation.deleted_at, Character.name)
        .join(Character, Character.id == Conversation.character_id)
        .where(
            Conversation.owner == owner,
            Conversation.deleted_at.is_not(None),
            Character.deleted_at.is_(None),
        )
        .order_by(Conversation.id.desc())
        .limit(limit)
    )
    if after is not None:
        statement = statement.where(Conversation.id < after)
    return [
        DeletedConversation(
            id=id,
            title=title,
            character=name,
            deleted_at=deleted_at,
            purged_at=deleted_at + RESTORABLE,
        )
        for id, title, deleted_at, name in await session.execute(statement)
        if deleted_at is not None
    ]

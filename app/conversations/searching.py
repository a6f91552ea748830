"""Search a caller's conversations for words in their titles, characters and messages."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import ColumnElement, Select, exists, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.db.models import Character, Conversation, Message

_SEARCHED = 200
"""Conversations whose messages are searched: those used last. A search reads all their text."""
_BEFORE, _EXCERPT = 30, 120
"""Characters of an excerpt before what was found, and in all."""


def matching(statement: Select[Conversation], owner: str, text: str) -> Select[Conversation]:
    """Return the query of the owner's conversations, limited to conversations with ``text``."""
    recent = (
        select(Conversation.id)
        .where(Conversation.owner == owner, Conversation.deleted_at.is_(None))
        .order_by(Conversation.updated_at.desc(), Conversation.id.desc())
        .limit(_SEARCHED)
        .scalar_subquery()
    )
    said = exists().where(Message.conversation_id == Conversation.id, _says(text))
    named = Conversation.character.has(Character.name.icontains(text, autoescape=True))
    titled = Conversation.title.icontains(text, autoescape=True)
    return statement.where(Conversation.id.in_(recent), or_(titled, named, said))


async def excerpts(
    session: AsyncSession, conversations: Sequence[Conversation], text: str
) -> dict[UUID, str]:
    """Return the words around ``text`` in the newest message with it, by conversation."""
    newest = (
        select(
            Message.conversation_id,
            Message.content,
            func.row_number()
            .over(partition_by=Message.conversation_id, order_by=Message.id.desc())
            .label("place"),
        )
        .where(Message.conversation_id.in_([each.id for each in conversations]), _says(text))
        .subquery()
    )
    rows = await session.execute(
        select(newest.c.conversation_id, newest.c.content).where(newest.c.place == 1)
    )
    return {row[0]: excerpt(row[1], text) for row in rows}


def excerpt(content: str, text: str) -> str:
    """Return at most 120 characters of ``content`` around ``text``, in one line."""
    line = " ".join(content.split())
    found = line.lower().find(" ".join(text.lower().split()))
    start = max(0, found - _BEFORE)
    cut = line[start : start + _EXCERPT]
    return f"{'…' if start else ''}{cut}{'…' if start + _EXCERPT < len(line) else ''}"


def _says(text: str) -> ColumnElement[bool]:
    return Message.content.icontains(text, autoescape=True)

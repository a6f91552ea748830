"""Conversations written straight into a database, without a running service."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

from app.db.ids import new_id
from app.db.models import Character, Conversation, Message
from app.db.session import Database
from app.settings import Settings


@asynccontextmanager
async def opened(settings: Settings) -> AsyncIterator[Database]:
    database = Database(settings)
    try:
        yield database
    finally:
        await database.aclose()


async def store_character(database: Database, name: str = "Ben", **fields: Any) -> UUID:
    """A character without any script."""
    known: dict[str, Any] = {
        "id": new_id(),
        "slug": name.lower(),
        "aliases": [],
        "tagline": "",
        "profile": "",
        "greeting": "",
        "language": "en",
        "speakers": [name],
        "sampling": {},
        "status": "ready",
    }
    character = Character(name=name, **known | fields)
    async with database.write() as session:
        session.add(character)
    return character.id


async def store_conversation(database: Database, character: UUID, **fields: Any) -> UUID:
    """An empty conversation of ``mara``."""
    known = {"id": new_id(), "owner": "mara", "user_name": "Mara"}
    conversation = Conversation(character_id=character, **known | fields)
    async with database.write() as session:
        session.add(conversation)
    return conversation.id


async def store_messages(
    database: Database, conversation: UUID, said: list[tuple[UUID | None, str]]
) -> list[UUID]:
    """Messages, each behind its parent; their ids. ``>`` begins a user's."""
    ids = []
    async with database.write() as session:
        for parent, text in said:
            role = "user" if text.startswith(">") else "assistant"
            ids.append(new_id())
            session.add(
                Message(
                    id=ids[-1],
                    conversation_id=conversation,
                    parent_id=parent,
                    role=role,
                    content=text.removeprefix(">"),
                )
            )
            await session.flush()
    return ids


async def store_chain(database: Database, conversation: UUID, *said: str) -> list[UUID]:
    """Messages one behind another, the last of them shown; their ids."""
    ids: list[UUID] = []
    for text in said:
        parent = ids[-1] if ids else None
        ids += await store_messages(database, conversation, [(parent, text)])
    async with database.write() as session:
        (await session.get_one(Conversation, conversation)).active_leaf_id = ids[-1]
    return ids

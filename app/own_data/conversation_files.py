"""Write an owner's conversations into the archive, deleted ones included."""

from collections.abc import AsyncIterator, Iterator
from typing import Any
from uuid import UUID

from fastapi.concurrency import run_in_threadpool
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import joinedload

from app.access import Caller
from app.catalog.slugs import slugify
from app.conversations.archive import file_stem_of
from app.conversations.logs import named_logs
from app.conversations.repository import ConversationRepository
from app.conversations.tree import MessageTree
from app.db.models import (
    Conversation,
    Message,
    Participant,
    StagedScene,
    StageLine,
    StoredMemory,
)
from app.db.session import Database
from app.own_data.files import OwnFile, to_json
from characters.chat_logs.writer import write_text

_PAGE = 200
_FIELDS = (
    "id",
    "user_name",
    "user_description",
    "is_stage",
    "user_role",
    "title",
    "until_scene",
    "remembers_others",
    "summarize",
    "summary",
    "active_leaf_id",
    "log_header",
    "created_at",
    "updated_at",
    "deleted_at",
)
_MESSAGE = (
    Message.id,
    Message.parent_id,
    Message.role,
    Message.content,
    Message.hidden,
    Message.until_scene,
    Message.state,
    Message.finish_reason,
    Message.model,
    Message.usage,
    Message.source,
    Message.created_at,
    Message.edited_at,
    Message.rating,
)
_PARTICIPANT = (
    Participant.id,
    Participant.name,
    Participant.position,
    Participant.opens,
    Participant.note,
)
_STAGE_LINE = (
    StageLine.message_id,
    StageLine.kind,
    StageLine.speaker_id,
    StageLine.circle,
    StageLine.about,
    StageLine.reason,
)
_SCENE = (
    StagedScene.script_title,
    StagedScene.number,
    StagedScene.title,
    StagedScene.part,
    StagedScene.lines,
)


async def conversation_files(database: Database, caller: Caller) -> AsyncIterator[OwnFile]:
    """Yield two files for each conversation: JSON, and text for each of its branches."""
    after: UUID | None = None
    while (id := await _next(database, caller.owner, after)) is not None:
        async for file in _files_of(database, id, caller.owner):
            yield file
        after = id


async def _next(database: Database, owner: str, after: UUID | None) -> UUID | None:
    statement = select(Conversation.id).where(Conversation.owner == owner)
    if after is not None:
        statement = statement.where(Conversation.id > after)
    async with database.read() as session:
        return await session.scalar(statement.order_by(Conversation.id).limit(1))


async def _files_of(database: Database, id: UUID, owner: str) -> AsyncIterator[OwnFile]:
    statement = (
        select(Conversation)
        .where(Conversation.id == id, Conversation.owner == owner)
        .options(joinedload(Conversation.character))
    )
    async with database.read() as session:
        conversation = await session.scalar(statement)
        if conversation is None:  # deleted since it was listed
            return
        remembered = select(StoredMemory.text_hash).where(StoredMemory.conversation_id == id)
        memories = len(set(await session.scalars(remembered)))
        stage = await _stage(session, id) if conversation.is_stage else {}
    stem = f"conversations/{slugify(conversation.character.name)}/{file_stem_of(conversation)}"
    async for piece in _json(database, conversation, {"exchanges_remembered": memories, **stage}):
        yield OwnFile(f"{stem}.json", piece)
    async with database.read() as session:
        tree = await ConversationRepository(session).tree(conversation)
    for file in await run_in_threadpool(lambda: list(_texts(conversation, tree, stem))):
        yield file


async def _json(
    database: Database, conversation: Conversation, further: dict[str, Any]
) -> AsyncIterator[bytes]:
    """Yield a conversation as one JSON object, its messages page by page."""
    head: dict[str, Any] = {
        "character": {"slug": conversation.character.slug, "name": conversation.character.name},
        **{name: getattr(conversation, name) for name in _FIELDS},
        **further,
    }
    yield to_json(head, indent=None)[:-1] + b',\n"messages": ['
    after: UUID | None = None
    while True:
        statement = select(*_MESSAGE).where(Message.conversation_id == conversation.id)
        if after is not None:
            statement = statement.where(Message.id > after)
        async with database.read() as session:
            rows = (await session.execute(statement.order_by(Message.id).limit(_PAGE))).all()
        lines = [to_json(dict(row._mapping), indent=None) for row in rows]
        if lines:
            yield (b"\n" if after is None else b",\n") + b",\n".join(lines)
            after = rows[-1].id
        if len(rows) < _PAGE:
            yield b"\n]}\n"
            return


async def _stage(session: AsyncSession, id: UUID) -> dict[str, Any]:
    """Return who takes part in a stage, with private notes, and who says and hears what."""
    participants = await session.execute(
        select(*_PARTICIPANT)
        .where(Participant.conversation_id == id)
        .order_by(Participant.position)
    )
    lines = await session.execute(
        select(*_STAGE_LINE)
        .join(Message, Message.id == StageLine.message_id)
        .where(Message.conversation_id == id)
        .order_by(StageLine.message_id)
    )
    scene = await session.execute(select(*_SCENE).where(StagedScene.conversation_id == id))
    return {
        "scene": next((dict(row._mapping) for row in scene), None),
        "participants": [dict(row._mapping) for row in participants],
        "stage_lines": [dict(row._mapping) for row in lines],
    }


def _texts(conversation: Conversation, tree: MessageTree, stem: str) -> Iterator[OwnFile]:
    folder, _, name = stem.rpartition("/")
    for each, log in named_logs(conversation, tree, name):
        yield OwnFile(f"{folder}/{each}.txt", write_text(log).encode(errors="replace"))

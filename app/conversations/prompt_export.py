"""Export the exact prompts of a conversation's replies as JSON Lines, page by page."""

import zipfile
from collections.abc import AsyncIterator
from uuid import UUID

from fastapi.concurrency import run_in_threadpool
from sqlalchemy import select
from sqlalchemy.orm import defer

from app.catalog.slugs import slugify
from app.conversations.archive import ZipSink, file_stem_of, own_conversations
from app.conversations.bounds import is_read_message, latest_point
from app.conversations.prompt_records import present_prompt
from app.conversations.repository import ConversationRepository
from app.db.models import Conversation, Message, MessagePrompt
from app.db.session import Database

_PAGE = 20


async def stream_prompts(database: Database, conversation: Conversation) -> AsyncIterator[bytes]:
    """Yield the prompts of all replies, of every branch, oldest first; a line each.

    Those of a later point in time than the owner's bookmark are left out.
    No connection is held while a page is sent.
    """
    after: UUID | None = None
    while True:
        statement = (
            select(Message, MessagePrompt.record)
            .join(MessagePrompt, MessagePrompt.message_id == Message.id)
            .where(Message.conversation_id == conversation.id)
            .options(defer(Message.source, raiseload=True))
            .order_by(Message.id)
            .limit(_PAGE)
        )
        if after is not None:
            statement = statement.where(Message.id > after)
        async with database.read() as session:
            rows = (await session.execute(statement)).all()
            latest = await latest_point(session, conversation)
        if rows:
            found = [
                (message, packed) for message, packed in rows if is_read_message(message, latest)
            ]
            yield await run_in_threadpool(_lines, conversation, found)
            after = rows[-1][0].id
        if len(rows) < _PAGE:
            return


async def stream_prompt_archive(
    database: Database, owner: str, character_id: UUID | None
) -> AsyncIterator[bytes]:
    """Yield a ZIP of the owner's conversations, a file of prompts for each that has any."""
    sink = ZipSink()
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED) as archive:
        async for id in own_conversations(database, owner, character_id):
            async with database.read() as session:
                conversation = await ConversationRepository(session).get(id, owner)
            if conversation is None:  # deleted since it was listed
                continue
            folder = slugify(conversation.character.name)
            name = f"{folder}/{file_stem_of(conversation)}.prompts.jsonl"
            with archive.open(name, "w", force_zip64=True) as member:
                async for lines in stream_prompts(database, conversation):
                    # Waits for the thread also where the listener leaves: it closes the archive.
                    await run_in_threadpool(member.write, lines)
                    yield sink.take()
            yield sink.take()
    yield sink.take()


def _lines(conversation: Conversation, rows: list[tuple[Message, bytes]]) -> bytes:
    shown = (present_prompt(message, conversation, packed) for message, packed in rows)
    return "".join(f"{each.model_dump_json()}\n" for each in shown if each is not None).encode()

"""Export conversations as files, one by one or all in a ZIP that is written while it is sent."""

import io
import zipfile
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from fastapi.concurrency import run_in_threadpool

from app.catalog.slugs import slugify
from app.conversations.logs import named_logs
from app.conversations.repository import ConversationRepository
from app.conversations.schemas import LogFormat
from app.conversations.tree import MessageTree
from app.db.models import Conversation
from app.db.session import Database
from characters.chat_logs.fountain import write_fountain
from characters.chat_logs.groups import write_group_archive
from characters.chat_logs.model import ChatLog
from characters.chat_logs.writer import write_markdown, write_sillytavern, write_text

_PAGE = 50


@dataclass(frozen=True, slots=True)
class LogFile:
    """Hold how logs of one format are written."""

    extension: str
    media_type: str
    write: Callable[[ChatLog], bytes]


LOG_FILES: Mapping[LogFormat, LogFile] = {
    "sillytavern": LogFile("jsonl", "application/x-ndjson", write_sillytavern),
    "sillytavern_group": LogFile("zip", "application/zip", write_group_archive),
    "markdown": LogFile(
        "md", "text/markdown; charset=utf-8", lambda log: _utf8(write_markdown, log)
    ),
    "text": LogFile("txt", "text/plain; charset=utf-8", lambda log: _utf8(write_text, log)),
    "fountain": LogFile(
        "fountain", "text/plain; charset=utf-8", lambda log: _utf8(write_fountain, log)
    ),
}


def file_stem_of(conversation: Conversation) -> str:
    """Return a unique name for a conversation's file, without an extension."""
    title = slugify(conversation.title) if conversation.title else "conversation"
    return f"{title} {conversation.id.hex[-8:]}"


async def stream_archive(
    database: Database, owner: str, character_id: UUID | None, format: LogFormat
) -> AsyncIterator[bytes]:
    """Yield a ZIP of the owner's conversations, with a folder for each character.

    It is written as it goes: only one conversation at a time is in memory.
    """
    sink = ZipSink()
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED) as archive:
        async for id in own_conversations(database, owner, character_id):
            async with database.read() as session:
                repository = ConversationRepository(session)
                conversation = await repository.get(id, owner, whole=True)
                if conversation is None:  # deleted since it was listed
                    continue
                tree = await repository.tree(conversation)
            # Waits for the thread also where the listener leaves: the archive is closed after it.
            await run_in_threadpool(_write, archive, conversation, tree, LOG_FILES[format])
            yield sink.take()
    yield sink.take()


def _write(
    archive: zipfile.ZipFile, conversation: Conversation, tree: MessageTree, file: LogFile
) -> None:
    folder = slugify(conversation.character.name)
    for name, log in named_logs(conversation, tree, file_stem_of(conversation)):
        archive.writestr(f"{folder}/{name}.{file.extension}", file.write(log))


async def own_conversations(
    database: Database, owner: str, character_id: UUID | None
) -> AsyncIterator[UUID]:
    """Yield ids, last used first, a page at a time; no connection is held in between."""
    after: tuple[datetime, UUID] | None = None
    while True:
        async with database.read() as session:
            page = await ConversationRepository(session).page(
                owner, character_id=character_id, after=after, limit=_PAGE
            )
        for conversation in page:
            yield conversation.id
        if len(page) < _PAGE:
            return
        after = (page[-1].updated_at, page[-1].id)


def _utf8(write: Callable[[ChatLog], str], log: ChatLog) -> bytes:
    return write(log).encode(errors="replace")


class ZipSink(io.RawIOBase):
    """Hold what an archive wrote and no client was sent yet. It cannot seek."""

    def __init__(self) -> None:
        self._waiting = bytearray()

    def writable(self) -> bool:
        """Return that it can be written to."""
        return True

    def write(self, data: bytes) -> int:  # type: ignore[override]  # zipfile writes bytes
        """Append the bytes, and return how many there were."""
        self._waiting += data
        return len(data)

    def take(self) -> bytes:
        """Return what was written since the last call."""
        taken = bytes(self._waiting)
        self._waiting.clear()
        return taken

"""Import chat logs: read them in another process, write them in short transactions.

The conversation has no owner until all of it is stored. An import that dies leaves a conversation
that no user sees, and maintenance purges it.
"""

import asyncio
import contextlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from fastapi import UploadFile
from sqlalchemy import insert, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.access import Caller
from app.conversations.allowance import check_quota, is_visitor
from app.conversations.group_cast import CastChoice, find_characters, parts_of
from app.conversations.importing import LogRows, rows_of, stage_rows_of
from app.conversations.lookup import get_talkable
from app.conversations.purging import NO_OWNER, unfinished_until
from app.db.base import utc_now
from app.db.models import Conversation, Message, Participant, StageLine
from app.db.session import Database
from app.errors import InvalidError, TooManyRequestsError
from app.readers.chat_logs import read_log
from app.readers.pool import Disconnect, ReaderPool
from app.settings import Settings
from characters.chat_logs.groups import Group, read_group
from characters.chat_logs.model import ChatLog
from characters.chat_logs.reader import ChatLogLimits
from characters.chat_logs.staging import cast_of, is_of_a_stage
from characters.scripts.model import Rejection

_RETRY_SECONDS = 5


@dataclass(frozen=True, slots=True)
class ImportWish:
    """Hold what a log is to become: a conversation with one character, or a stage."""

    character: str | None = None
    """The slug of the one character; None: those who have the names in the log."""
    user_name: str | None = None
    cast: CastChoice = field(default_factory=dict)
    group: str | None = None
    """The definition of the group that the log is of."""

    def check(self) -> None:
        """Raise :class:`~app.errors.InvalidError` for one character and a cast."""
        if self.character is not None and (self.cast or self.group is not None):
            raise InvalidError(
                "character_or_cast",
                "Either one character answers in the chat, or a cast plays it: leave out"
                " `character`, or `cast` and `group`.",
            )


class LogImporter:
    """Import chat logs: one at a time for each owner, and a few for all."""

    def __init__(self, database: Database, readers: ReaderPool, settings: Settings) -> None:
        self._database = database
        self._readers = readers
        self._settings = settings
        self._owners: set[str] = set()

    async def import_log(
        self,
        caller: Caller,
        file: UploadFile,
        wanted: ImportWish,
        disconnect: Disconnect | None = None,
    ) -> tuple[UUID, Sequence[Rejection]]:
        """Store a log as a conversation; return its id, and the rows that are no messages.

        Reading stops when ``disconnect`` is done, because the client has gone away. Raises
        :class:`~app.errors.TooManyRequestsError`, and the errors of reading the log, finding the
        characters and a visitor's limits.
        """
        with self._slot(caller.owner):
            group = None if wanted.group is None else read_group(wanted.group)
            log = await read_log(self._readers, file.file, self._limits(caller), disconnect)
            rows = await self._rows(caller, log, wanted, group)
            return await self._store(rows, caller.owner), log.rejected

    @contextlib.contextmanager
    def _slot(self, owner: str) -> Iterator[None]:
        if owner in self._owners:
            raise TooManyRequestsError(
                "import_running",
                "A chat of yours is being imported. Wait until it is done, and try again.",
                retry_after=_RETRY_SECONDS,
            )
        if len(self._owners) >= self._settings.limits.imports_at_once:
            raise TooManyRequestsError(
                "too_many_imports",
                f"Others import chats at the moment. Try again in {_RETRY_SECONDS} s.",
                retry_after=_RETRY_SECONDS,
            )
        self._owners.add(owner)
        try:
            yield
        finally:
            self._owners.remove(owner)

    def _limits(self, caller: Caller) -> ChatLogLimits:
        most = self._settings.limits
        if not is_visitor(caller, self._settings):
            return ChatLogLimits(most.chat_log_bytes, most.chat_log_messages)
        return ChatLogLimits(
            min(most.chat_log_bytes, most.visitor_chat_log_bytes),
            min(most.chat_log_messages, most.visitor_chat_log_messages),
        )

    async def _rows(
        self, caller: Caller, log: ChatLog, wanted: ImportWish, group: Group | None
    ) -> LogRows:
        async with self._database.read() as session:
            if wanted.character is not None:
                partner = await get_talkable(session, wanted.character, caller.owner)
                rows = await asyncio.to_thread(
                    rows_of, log, partner.id, wanted.user_name, partner.name
                )
            else:
                rows = await self._staged_rows(session, caller, log, wanted, group)
            await check_quota(
                session,
                caller,
                self._settings,
                conversations=1,
                messages=sum(map(len, rows.batches)),
            )
        return rows

    async def _staged_rows(
        self,
        session: AsyncSession,
        caller: Caller,
        log: ChatLog,
        wanted: ImportWish,
        group: Group | None,
    ) -> LogRows:
        """Return the rows of a stage; of a conversation of two where one plays, and the user."""
        names = await asyncio.to_thread(cast_of, log)
        of_a_stage = await asyncio.to_thread(is_of_a_stage, log)
        members = [] if group is None else group.names(log)
        names = list(dict.fromkeys((*names, *members, *wanted.cast)))
        found = await find_characters(session, caller, names, wanted.cast)
        parts = parts_of(found, wanted.user_name or log.user_name)
        alone = {part.character for part in parts.values()}
        character = next(iter(alone)) if len(alone) == 1 and not of_a_stage else None
        if group is None and character is not None:
            return await asyncio.to_thread(rows_of, log, character, wanted.user_name)
        return await asyncio.to_thread(stage_rows_of, log, parts, wanted.user_name, group)

    async def _store(self, rows: LogRows, owner: str) -> UUID:
        """Write batch by batch, so that other writers get in between; return the new id."""
        id = rows.conversation["id"]
        assert isinstance(id, UUID)  # noqa: S101 (a row knows no types)
        unseen = {"owner": NO_OWNER, "deleted_at": unfinished_until(utc_now())}
        async with self._database.write() as session:
            await session.execute(insert(Conversation), [rows.conversation | unseen])
            if rows.participants:
                await session.execute(insert(Participant), rows.participants)
        for batch in rows.batches:
            lines = [rows.stage_lines[row["id"]] for row in batch if row["id"] in rows.stage_lines]
            async with self._database.write() as session:
                await session.execute(insert(Message), batch)
                if lines:
                    await session.execute(insert(StageLine), lines)
        seen = {"owner": owner, "deleted_at": None, "updated_at": utc_now()}
        async with self._database.write() as session:
            await session.execute(
                update(Conversation)
                .where(Conversation.id == id)
                .values(active_leaf_id=rows.leaf, **seen)
            )
        return id

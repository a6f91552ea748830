"""Follow a turn that another process runs, by what that process stores of it."""

import asyncio
import contextlib
import math
import time
from uuid import UUID

import structlog

from app.db.errors import DATABASE_ERRORS
from app.db.session import Database
from app.db.signals import Topic
from app.turns.events import failure_of
from app.turns.followed_repository import FollowedRepository
from app.turns.progress import ReplyProgress
from app.turns.stored_turn import StoredTurn, read_turn

log = structlog.get_logger(__name__)

_READ_SECONDS = 0.3
"""Between two looks where no signals say that more is stored."""
_SAFETY_SECONDS = 3.0
"""Between two looks where they do: the end of a process that died is announced by none."""
_BEAT_SECONDS = 3.0
"""Between heartbeats, by which the other process knows that it is followed."""


class TurnMirror:
    """Follow one turn for all listeners of this process, until it ends or they have left."""

    def __init__(self, database: Database, conversation_id: UUID, turn_id: UUID) -> None:
        self.progress: ReplyProgress | None = None
        self.over = False
        """Whether it follows the turn no more."""
        self._waiting = 0
        """Listeners who wait until anything is known."""
        self._database = database
        self._conversation_id = conversation_id
        self._turn_id = turn_id
        self._known = asyncio.Event()
        self._stopping = False
        self._news = asyncio.Event()

    async def known(self) -> ReplyProgress | None:
        """Return the turn's progress as soon as anything is known; None where it ended unseen."""
        self._waiting += 1
        try:
            await self._known.wait()
        finally:
            self._waiting -= 1
        return self.progress

    async def run(self) -> None:
        """Follow the turn."""
        unsubscribe = self._database.signals.subscribe(Topic.REPLIES, self._look)
        try:
            await self._follow()
        except Exception as error:
            log.exception("following_failed", conversation=str(self._conversation_id))
            if self.progress is not None:
                self.progress.finish(failure_of(error))
        finally:
            unsubscribe()
            self.over = True
            self._known.set()

    def stop(self) -> None:
        """Follow the turn no more, and let the listeners go."""
        self._stopping = True
        self._news.set()
        if self.progress is not None:
            self.progress.dismiss()

    async def _follow(self) -> None:
        beaten = -math.inf
        while self._is_wanted() and not self._stopping:
            self._news.clear()
            with contextlib.suppress(*DATABASE_ERRORS):
                if not self._take(await self._read()):
                    return
                if time.monotonic() - beaten >= _BEAT_SECONDS:
                    await self._beat()
                    beaten = time.monotonic()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(
                    self._database.signals.pause(_READ_SECONDS, _SAFETY_SECONDS)
                ):
                    await self._news.wait()

    def _look(self, turn_id: str) -> None:
        if not turn_id or turn_id == str(self._turn_id):
            self._news.set()

    def _is_wanted(self) -> bool:
        """Return whether the turn has a listener here."""
        return self._waiting > 0 or (self.progress is not None and self.progress.heard)

    def _take(self, stored: StoredTurn) -> bool:
        """Pass on what is stored; return whether the turn goes on."""
        if stored.progress is not None:
            if self.progress is None:
                self.progress = stored.progress
            else:
                self.progress.take(stored.progress)
            self._known.set()
        return stored.runs

    async def _read(self) -> StoredTurn:
        async with self._database.read() as session:
            return await read_turn(session, self._conversation_id, self._turn_id)

    async def _beat(self) -> None:
        async with self._database.write() as session:
            await FollowedRepository(session).beat(self._conversation_id, self._turn_id)

"""Watch over the turns that run in this process: their listeners, and what other processes want.

A turn without a listener for a while is stopped, for its reply may never be read; so is one that
another process was asked to stop, or whose conversation was deleted. One query serves all turns:
when a signal says that something is wanted of one, and where none arrive, at every step.
"""

import asyncio
import contextlib
import math
import time
from collections.abc import Callable, Collection, Mapping
from typing import Protocol
from uuid import UUID

import structlog

from app.db.errors import DATABASE_ERRORS
from app.db.session import Database
from app.db.signals import Topic
from app.turns.followed_repository import FollowedRepository, Wish
from app.turns.turn import Turn

log = structlog.get_logger(__name__)

STEP_SECONDS = 0.5
"""Between two looks after the turns; without signals, a stop that another process asks for takes
this long at most, and a query."""
_SAFETY_SECONDS = 10.0
"""Between two queries while signals arrive, for one that was lost."""
_FOLLOWED_SECONDS = 10.0
"""A process that did not count up a turn's heartbeats for this long follows it no more."""


class Watched(Protocol):
    """Run a turn that can be stopped."""

    @property
    def turn(self) -> Turn:
        """The turn's state."""
        ...

    def cancel(self) -> None:
        """Stop it; a second call does nothing."""
        ...


class _Attention:
    """Remember when a turn was last listened to."""

    def __init__(self, now: float) -> None:
        self.heard_at = now
        self.heartbeats = 0
        self.beaten_at: float | None = None

    def followed(self, now: float) -> bool:
        """Return whether another process follows the turn."""
        return self.beaten_at is not None and now - self.beaten_at < _FOLLOWED_SECONDS


class TurnWatch:
    """Watch over running turns, for as long as there are any."""

    def __init__(
        self,
        database: Database,
        *,
        unheard_seconds: float,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Stop turns after ``unheard_seconds`` of ``clock`` without a listener."""
        self._database = database
        self._unheard_seconds = unheard_seconds
        self._clock = clock
        self._attention: dict[UUID, _Attention] = {}
        self._wishes: dict[UUID, Wish] = {}
        self._read_at = -math.inf
        self._news = asyncio.Event()
        self._signalled = False
        database.signals.subscribe(Topic.TURNS, self._look)

    async def run(self, running: Callable[[], Collection[Watched]]) -> None:
        """Watch until no turn is ``running``; a turn shorter than a step costs no query."""
        while running():
            self._news.clear()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(STEP_SECONDS):
                    await self._news.wait()
            if turns := running():
                await self.step(turns)

    def turn_ended(self) -> None:
        """Look whether any turn still runs."""
        self._news.set()

    async def step(self, turns: Collection[Watched]) -> None:
        """Look after the turns once."""
        known = self._attention
        now = self._clock()
        self._attention = {
            each.turn.id: known.get(each.turn.id) or _Attention(now) for each in turns
        }
        # A signal of a new turn may have come before it was known here.
        fresh = any(each.turn.id not in known for each in turns)
        overdue = now - self._read_at >= self._database.signals.pause(0, _SAFETY_SECONDS)
        if fresh or overdue or self._signalled:
            self._signalled, self._read_at = False, now
            await self._read({each.turn.id: each.turn.conversation_id for each in turns})
        for each in turns:
            self._heed(each, self._wishes.get(each.turn.id))

    def _heed(self, running: Watched, wish: Wish | None) -> None:
        turn, now = running.turn, self._clock()
        attention = self._attention[turn.id]
        if wish is not None and wish.heartbeats != attention.heartbeats:
            attention.heartbeats, attention.beaten_at = wish.heartbeats, now
        turn.follow(followed=attention.followed(now))
        if turn.followed or turn.progress.heard:
            attention.heard_at = now
        elif now - attention.heard_at >= self._unheard_seconds:
            log.info("unheard_turn_stopped", conversation=str(turn.conversation_id))
            running.cancel()
        if wish is not None and wish.stop:
            running.cancel()

    def _look(self, turn_id: str) -> None:
        """Heed a signal: of one turn, or of any."""
        if not turn_id or any(str(id) == turn_id for id in self._attention):
            self._signalled = True
            self._news.set()

    async def _read(self, conversations: Mapping[UUID, UUID]) -> None:
        """Read what other processes want; it stays as it was while the database is away."""
        try:
            async with self._database.read() as session:
                wishes = await FollowedRepository(session).wishes(conversations)
        except DATABASE_ERRORS:
            self._signalled = True
        else:
            self._wishes = {wish.turn_id: wish for wish in wishes}

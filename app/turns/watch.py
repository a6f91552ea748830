"""Watch over the turns that run in this process: their listeners, and what other processes want.

A turn without a listener for a while is stopped, for its reply may never be read; so is one that
another process was asked to stop. One query a step serves all turns.
"""

import asyncio
import contextlib
import time
from collections.abc import Callable, Collection
from typing import Protocol
from uuid import UUID

import structlog
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from app.db.session import Database
from app.turns.followed_repository import FollowedRepository, Wish
from app.turns.turn import Turn

log = structlog.get_logger(__name__)

STEP_SECONDS = 0.5
"""A stop that another process asks for takes this long at most, and a query."""
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
        self._ended = asyncio.Event()

    async def run(self, running: Callable[[], Collection[Watched]]) -> None:
        """Watch until no turn is ``running``; a turn shorter than a step costs no query."""
        while running():
            self._ended.clear()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(STEP_SECONDS):
                    await self._ended.wait()
            if turns := running():
                await self.step(turns)

    def turn_ended(self) -> None:
        """Look whether any turn still runs."""
        self._ended.set()

    async def step(self, turns: Collection[Watched]) -> None:
        """Look after the turns once."""
        known = self._attention
        now = self._clock()
        self._attention = {
            each.turn.id: known.get(each.turn.id) or _Attention(now) for each in turns
        }
        wishes = {wish.turn_id: wish for wish in await self._wishes()}
        for each in turns:
            self._heed(each, wishes.get(each.turn.id))

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

    async def _wishes(self) -> list[Wish]:
        """Return what other processes want; nothing while the database does not answer."""
        with contextlib.suppress(DBAPIError, PoolTimeoutError):
            async with self._database.read() as session:
                return await FollowedRepository(session).wishes(self._attention.keys())
        return []

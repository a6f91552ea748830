"""Score with the engine between people's turns, and time it."""

import asyncio
from collections.abc import Coroutine
from time import monotonic
from typing import Any

from app.engines.port import ChatEngine, EnginePrompt
from app.engines.wrapped import WrappedEngine
from app.turns.admission import Admission

_USER = "audition"
_QUIET_SECONDS = 2.0
"""Pause after a turn, in which its summary begins."""


class BetweenTurns(WrappedEngine):
    """Implement :class:`~app.engines.port.ChatEngine` with scores that wait for turns.

    A score that runs when a turn wants its slot is cancelled, and asked for again afterwards.
    """

    def __init__(self, engine: ChatEngine, admission: Admission) -> None:
        super().__init__(engine)
        self._admission = admission
        self.scored = 0
        """Scores given so far."""
        self.seconds = 0.0
        """The time that they took, without waiting for turns."""

    async def score(
        self,
        prompt: EnginePrompt,
        continuation: str,
        *,
        affinity: str | None = None,
        adapter: str | None = None,
    ) -> list[float]:
        """See :meth:`ChatEngine.score`."""
        while True:
            wanted = asyncio.Event()
            slot = await self._admission.background_slot(_USER, wanted.set, quiet=_QUIET_SECONDS)
            started = monotonic()
            try:
                found = await _until(
                    wanted,
                    self._engine.score(prompt, continuation, affinity=affinity, adapter=adapter),
                )
            finally:
                slot.leave()
            if found is not None:
                self.scored += 1
                self.seconds += monotonic() - started
                return found


async def _until(
    wanted: asyncio.Event, work: Coroutine[Any, Any, list[float]]
) -> list[float] | None:
    """Return the result of ``work``, or None where the event came first and cancelled it."""
    running = asyncio.ensure_future(work)
    waiting = asyncio.ensure_future(wanted.wait())
    try:
        await asyncio.wait((running, waiting), return_when=asyncio.FIRST_COMPLETED)
        return await running if running.done() else None
    finally:
        waiting.cancel()
        running.cancel()
        await asyncio.gather(running, waiting, return_exceptions=True)

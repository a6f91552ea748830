"""Score and write replies with an adapter between people's turns."""

import asyncio
from collections.abc import Callable, Coroutine
from contextlib import aclosing
from dataclasses import replace
from typing import Any, TypeVar

from app.engines.port import ChatEngine
from app.turns.admission import Admission
from app.turns.prepared_prompt import PreparedPrompt
from characters.prompting.reply_trimmer import ReplyTrimmer

T = TypeVar("T")

_USER = "audition"
_QUIET_SECONDS = 2.0
"""Pause after a turn, in which its summary begins."""


class AdapterEngine:
    """Ask an engine for scores and replies in slots that no turn wants.

    What runs when a turn wants its slot is cancelled, and asked for again afterwards.
    """

    def __init__(self, engine: ChatEngine, admission: Admission | None = None) -> None:
        """``admission`` None: no one else talks to the engine through this process."""
        self.engine = engine
        self._admission = admission

    async def score(
        self, prepared: PreparedPrompt, truth: str, adapter: str | None, affinity: str
    ) -> list[float]:
        """Return the scores of a true reply's tokens. Raises the engine's errors."""
        return await self._asking(
            lambda: self.engine.score(prepared.prompt, truth, affinity=affinity, adapter=adapter)
        )

    async def write(
        self, prepared: PreparedPrompt, name: str, adapter: str | None, affinity: str, seed: int
    ) -> str:
        """Return a reply as people would get it. Raises the engine's errors."""
        return await self._asking(
            lambda: _write(self.engine, prepared, name, adapter, affinity, seed)
        )

    async def _asking(self, ask: Callable[[], Coroutine[Any, Any, T]]) -> T:
        if self._admission is None:
            return await ask()
        while True:
            wanted = asyncio.Event()
            slot = await self._admission.background_slot(_USER, wanted.set, quiet=_QUIET_SECONDS)
            try:
                done, found = await _until(wanted, ask())
            finally:
                slot.leave()
            if done:
                assert found is not None  # noqa: S101 - it is done
                return found


async def _until(wanted: asyncio.Event, work: Coroutine[Any, Any, T]) -> tuple[bool, T | None]:
    """Return whether the work came before the event, which otherwise cancelled it; its result."""
    running = asyncio.ensure_future(work)
    waiting = asyncio.ensure_future(wanted.wait())
    try:
        await asyncio.wait((running, waiting), return_when=asyncio.FIRST_COMPLETED)
        return (True, await running) if running.done() else (False, None)
    finally:
        waiting.cancel()
        running.cancel()
        await asyncio.gather(running, waiting, return_exceptions=True)


async def _write(
    engine: ChatEngine,
    prepared: PreparedPrompt,
    name: str,
    adapter: str | None,
    affinity: str,
    seed: int,
) -> str:
    ends = [*prepared.stops, "\n"] if prepared.one_paragraph else prepared.stops
    trimmer = ReplyTrimmer(name, ends)
    sampling = replace(prepared.sampling, seed=seed)
    stream = engine.stream(
        prepared.prompt, sampling, prepared.stops, affinity=affinity, adapter=adapter
    )
    pieces = []
    async with aclosing(stream) as deltas:
        async for delta in deltas:
            pieces.append(trimmer.feed(delta.text))
            if trimmer.ended:
                break
    return ("".join(pieces) + trimmer.finish()).strip()

"""``offbook serve`` whose scripted engine speaks slowly enough to be watched, when asked to."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from itertools import count

from app.cli import main
from app.engines import factory
from app.engines.port import Delta, EnginePrompt, Sampling
from app.engines.scripted import ScriptedEngine

SECONDS_PER_TOKEN = 0.06
SECONDS_PER_SCENE = 1.5
REQUEST = "slowly"
HOLD = "hold your breath"
BREATHE = "breathe out"
ANEW = "each time anew"
HELD_AFTER = 8
"""Tokens that it says before it holds its breath."""
MEMORY = " kept it in mind, and said nothing of it."


class ObligingEngine(ScriptedEngine):
    """Takes its time in conversations where a message says ``slowly``.

    Where one says ``hold your breath``, it says no more than its first words until somebody says
    ``breathe out`` in another conversation. Where one says ``each time anew``, no two replies are
    the same.

    With an adapter it finds given replies likelier.

    Asked what a character remembers of a scene, it has one answer for all, but for a scene with a
    stove, which it refuses.
    """

    def stream(
        self,
        prompt: EnginePrompt,
        sampling: Sampling,
        stop: Sequence[str] = (),
        *,
        affinity: str | None = None,
        adapter: str | None = None,
    ) -> AsyncGenerator[Delta, None]:
        if "remembers of this scene" in str(prompt):
            return _memory(str(prompt))
        self.delay = SECONDS_PER_TOKEN if REQUEST in str(prompt) else 0.0
        self.reply = f"The story number {next(_numbers)}." if ANEW in str(prompt) else None
        deltas = super().stream(prompt, sampling, stop, affinity=affinity, adapter=adapter)
        if HOLD in str(prompt):
            _breath.clear()
            return _held(deltas)
        if BREATHE in str(prompt):
            _breath.set()
        return deltas

    async def score(
        self,
        prompt: EnginePrompt,
        continuation: str,
        *,
        affinity: str | None = None,
        adapter: str | None = None,
    ) -> list[float]:
        self.delay = SECONDS_PER_TOKEN if REQUEST in str(prompt) else 0.0
        found = await super().score(prompt, continuation, affinity=affinity, adapter=adapter)
        return found if adapter is None else [each / 2 for each in found]


_breath = asyncio.Event()
_numbers = count(1)


async def _held(deltas: AsyncGenerator[Delta, None]) -> AsyncGenerator[Delta, None]:
    async with aclosing(deltas):
        number = 0
        async for delta in deltas:
            number += 1
            if number > HELD_AFTER:
                await _breath.wait()
            yield delta


async def _memory(prompt: str) -> AsyncGenerator[Delta, None]:
    await asyncio.sleep(SECONDS_PER_SCENE if REQUEST in prompt else 0.0)
    yield Delta("'m sorry, but I cannot help." if "stove" in prompt else MEMORY, "stop")


if __name__ == "__main__":
    factory.__dict__["ScriptedEngine"] = ObligingEngine
    main()

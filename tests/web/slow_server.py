"""``offbook serve`` whose scripted engine speaks slowly enough to be watched, when asked to."""

import asyncio
from collections.abc import AsyncGenerator, Sequence

from app.cli import main
from app.engines import factory
from app.engines.port import Delta, EnginePrompt, Sampling
from app.engines.scripted import ScriptedEngine

SECONDS_PER_TOKEN = 0.025
SECONDS_PER_SCENE = 1.5
REQUEST = "slowly"
MEMORY = " kept it in mind, and said nothing of it."


class ObligingEngine(ScriptedEngine):
    """Takes its time in conversations where a message says ``slowly``.

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
    ) -> AsyncGenerator[Delta, None]:
        if "remembers of this scene" in str(prompt):
            return _memory(str(prompt))
        self.delay = SECONDS_PER_TOKEN if REQUEST in str(prompt) else 0.0
        return super().stream(prompt, sampling, stop, affinity=affinity)

    async def score(
        self, prompt: EnginePrompt, continuation: str, *, affinity: str | None = None
    ) -> list[float]:
        self.delay = SECONDS_PER_TOKEN if REQUEST in str(prompt) else 0.0
        return await super().score(prompt, continuation, affinity=affinity)


async def _memory(prompt: str) -> AsyncGenerator[Delta, None]:
    await asyncio.sleep(SECONDS_PER_SCENE if REQUEST in prompt else 0.0)
    yield Delta("'m sorry, but I cannot help." if "stove" in prompt else MEMORY, "stop")


if __name__ == "__main__":
    factory.__dict__["ScriptedEngine"] = ObligingEngine
    main()

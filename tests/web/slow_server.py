"""``offbook serve`` whose scripted engine speaks slowly enough to be watched, when asked to."""

from collections.abc import AsyncGenerator, Sequence

from app.cli import main
from app.engines import factory
from app.engines.port import Delta, EnginePrompt, Sampling
from app.engines.scripted import ScriptedEngine

SECONDS_PER_TOKEN = 0.025
REQUEST = "slowly"


class ObligingEngine(ScriptedEngine):
    """Takes its time in conversations in which somebody said ``slowly``."""

    def stream(
        self,
        prompt: EnginePrompt,
        sampling: Sampling,
        stop: Sequence[str] = (),
        *,
        affinity: str | None = None,
    ) -> AsyncGenerator[Delta, None]:
        self.delay = SECONDS_PER_TOKEN if REQUEST in str(prompt) else 0.0
        return super().stream(prompt, sampling, stop, affinity=affinity)

    async def score(
        self, prompt: EnginePrompt, continuation: str, *, affinity: str | None = None
    ) -> list[float]:
        self.delay = SECONDS_PER_TOKEN if REQUEST in str(prompt) else 0.0
        return await super().score(prompt, continuation, affinity=affinity)


if __name__ == "__main__":
    factory.__dict__["ScriptedEngine"] = ObligingEngine
    main()

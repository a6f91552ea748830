"""``offbook serve`` with a scripted engine that counts aloud, for as many seconds as it is told."""

import os
from collections.abc import AsyncGenerator, Sequence

from app.cli import main
from app.engines import factory
from app.engines.port import Delta, EnginePrompt, Sampling
from app.engines.scripted import ScriptedEngine

WORDS = [f"word{number}" for number in range(600)]


class CountingEngine(ScriptedEngine):
    """Says ten words a second, or all of them at once where nobody asks it to be slow."""

    def stream(
        self,
        prompt: EnginePrompt,
        sampling: Sampling,
        stop: Sequence[str] = (),
        *,
        affinity: str | None = None,
        adapter: str | None = None,
    ) -> AsyncGenerator[Delta, None]:
        self.reply = " ".join(WORDS)
        self.delay = float(os.environ.get("SECONDS_PER_WORD", "0"))
        return super().stream(prompt, sampling, stop, affinity=affinity, adapter=adapter)


if __name__ == "__main__":
    factory.__dict__["ScriptedEngine"] = CountingEngine
    main()

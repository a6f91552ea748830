"""An engine that says as many words as a test lets it."""

import asyncio
from collections.abc import AsyncGenerator, Sequence

from app.engines.port import Delta, EnginePrompt, Sampling
from app.engines.scripted import ScriptedEngine


class GatedEngine(ScriptedEngine):
    """Says a word of its reply for each that :meth:`let` allows."""

    def __init__(self, reply: str, *, fail_after: int | None = None) -> None:
        super().__init__(reply=reply, fail_after=fail_after)
        self._allowed = asyncio.Semaphore(0)

    def let(self, words: int) -> None:
        """Allow so many more words; the end of a reply counts as one, and so does its failure."""
        for _ in range(words):
            self._allowed.release()

    async def stream(
        self,
        prompt: EnginePrompt,
        sampling: Sampling,
        stop: Sequence[str] = (),
        *,
        affinity: str | None = None,
        adapter: str | None = None,
    ) -> AsyncGenerator[Delta, None]:
        deltas = super().stream(prompt, sampling, stop, affinity=affinity, adapter=adapter)
        try:
            while True:
                await self._allowed.acquire()
                if (delta := await anext(deltas, None)) is None:
                    return
                yield delta
                if delta.finish_reason is not None:
                    return
        finally:
            await deltas.aclose()
            self._allowed = asyncio.Semaphore(0)  # what was allowed was allowed to this reply

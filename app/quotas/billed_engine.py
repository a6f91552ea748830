"""Put every generation of an engine on the bill of the work that asked for it."""

from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing

from app.engines.port import ChatEngine, Delta, EngineError, EnginePrompt, Limits, Sampling, Usage
from app.engines.tokens import estimate_tokens
from app.quotas.bill import current_bill


class BilledEngine:
    """Implement :class:`~app.engines.port.ChatEngine` with another, whose generations it counts.

    The engine reports what it used at the end of a generation. Of one that was cut before, both
    sides are estimated; one that failed before its first text costs nothing.
    """

    def __init__(self, engine: ChatEngine) -> None:
        self._engine = engine

    async def stream(
        self,
        prompt: EnginePrompt,
        sampling: Sampling,
        stop: Sequence[str] = (),
        *,
        affinity: str | None = None,
    ) -> AsyncGenerator[Delta, None]:
        """See :meth:`ChatEngine.stream`."""
        bill = current_bill()
        usage: Usage | None = None
        pieces: list[str] = []
        has_failed = False
        try:
            stream = self._engine.stream(prompt, sampling, stop, affinity=affinity)
            async with aclosing(stream) as deltas:
                async for delta in deltas:
                    usage = delta.usage or usage
                    pieces.append(delta.text)
                    yield delta
        except EngineError:
            has_failed = True
            raise
        finally:
            text = "".join(pieces)
            if bill is not None and (usage is not None or text or not has_failed):
                bill.add(usage or Usage(estimate_prompt(prompt), estimate_tokens(text)))

    async def score(
        self, prompt: EnginePrompt, continuation: str, *, affinity: str | None = None
    ) -> list[float]:
        """See :meth:`ChatEngine.score`."""
        found = await self._engine.score(prompt, continuation, affinity=affinity)
        if (bill := current_bill()) is not None:
            bill.add(Usage(estimate_prompt(prompt), len(found)))
        return found

    def as_sent(self, prompt: EnginePrompt) -> EnginePrompt:
        """See :meth:`ChatEngine.as_sent`."""
        return self._engine.as_sent(prompt)

    async def count_tokens(self, texts: Sequence[str], *, rough: int = 0) -> list[int]:
        """See :meth:`ChatEngine.count_tokens`."""
        return await self._engine.count_tokens(texts, rough=rough)

    async def limits(self) -> Limits:
        """See :meth:`ChatEngine.limits`."""
        return await self._engine.limits()

    async def ready(self) -> bool:
        """See :meth:`ChatEngine.ready`."""
        return await self._engine.ready()

    async def aclose(self) -> None:
        """Do nothing: the engine is not this one's own."""


def estimate_prompt(prompt: EnginePrompt) -> int:
    """Return an upper estimate of the tokens of a prompt, without what a template adds."""
    if isinstance(prompt, str):
        return estimate_tokens(prompt)
    return sum(estimate_tokens(each.content) for each in prompt)

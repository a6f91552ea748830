"""Put every generation of an engine on the bill of the work that asked for it."""

from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing

from app.engines.port import Delta, EngineError, EnginePrompt, Sampling, Usage
from app.engines.tokens import estimate_tokens
from app.engines.wrapped import WrappedEngine
from app.quotas.bill import current_bill


class BilledEngine(WrappedEngine):
    """Implement :class:`~app.engines.port.ChatEngine` with another, whose generations it counts.

    The engine reports what it used at the end of a generation. Of one that was cut before, both
    sides are estimated; one that failed before its first text costs nothing.
    """

    async def stream(
        self,
        prompt: EnginePrompt,
        sampling: Sampling,
        stop: Sequence[str] = (),
        *,
        affinity: str | None = None,
        adapter: str | None = None,
    ) -> AsyncGenerator[Delta, None]:
        """See :meth:`ChatEngine.stream`."""
        bill = current_bill()
        usage: Usage | None = None
        pieces: list[str] = []
        has_failed = False
        try:
            stream = self._engine.stream(prompt, sampling, stop, affinity=affinity, adapter=adapter)
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
        self,
        prompt: EnginePrompt,
        continuation: str,
        *,
        affinity: str | None = None,
        adapter: str | None = None,
    ) -> list[float]:
        """See :meth:`ChatEngine.score`."""
        found = await self._engine.score(prompt, continuation, affinity=affinity, adapter=adapter)
        if (bill := current_bill()) is not None:
            bill.add(Usage(estimate_prompt(prompt), len(found)))
        return found


def estimate_prompt(prompt: EnginePrompt) -> int:
    """Return an upper estimate of the tokens of a prompt, without what a template adds."""
    if isinstance(prompt, str):
        return estimate_tokens(prompt)
    return sum(estimate_tokens(each.content) for each in prompt)

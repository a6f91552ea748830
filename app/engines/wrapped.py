"""Hand calls on to another engine, for engines that change some of them."""

from collections.abc import AsyncGenerator, Sequence

from app.engines.port import ChatEngine, Delta, EnginePrompt, Limits, Sampling


class WrappedEngine:
    """Implement :class:`~app.engines.port.ChatEngine` with another, which closes elsewhere."""

    def __init__(self, engine: ChatEngine) -> None:
        self._engine = engine

    def stream(
        self,
        prompt: EnginePrompt,
        sampling: Sampling,
        stop: Sequence[str] = (),
        *,
        affinity: str | None = None,
        adapter: str | None = None,
    ) -> AsyncGenerator[Delta, None]:
        """See :meth:`ChatEngine.stream`."""
        return self._engine.stream(prompt, sampling, stop, affinity=affinity, adapter=adapter)

    async def score(
        self,
        prompt: EnginePrompt,
        continuation: str,
        *,
        affinity: str | None = None,
        adapter: str | None = None,
    ) -> list[float]:
        """See :meth:`ChatEngine.score`."""
        return await self._engine.score(prompt, continuation, affinity=affinity, adapter=adapter)

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

"""Run a candidate's engine, and read how much memory it took."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager

from app.engines.adapters import AdapterServer
from app.engines.embedded import EmbeddedEngine
from app.engines.factory import create_embedded, create_engine
from app.engines.port import AdapterUnknownError, ChatEngine, Delta, EnginePrompt, Sampling
from app.engines.wrapped import WrappedEngine
from app.resident_memory import resident_bytes
from app.settings import Settings
from app.tools.model_auditions.candidates import ReadyCandidate, candidate_settings

OpenEngine = Callable[[ReadyCandidate, Settings], AbstractAsyncContextManager[ChatEngine]]
"""Starts the engine of a candidate, until its block ends."""


class AdaptedEngine(WrappedEngine):
    """Generate and score with one adapter, whatever is asked for."""

    def __init__(self, engine: ChatEngine, adapter: str) -> None:
        super().__init__(engine)
        self._adapter = adapter

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
        return super().stream(prompt, sampling, stop, affinity=affinity, adapter=self._adapter)

    async def score(
        self,
        prompt: EnginePrompt,
        continuation: str,
        *,
        affinity: str | None = None,
        adapter: str | None = None,
    ) -> list[float]:
        """See :meth:`ChatEngine.score`."""
        return await super().score(prompt, continuation, affinity=affinity, adapter=self._adapter)


@asynccontextmanager
async def started_candidate(ready: ReadyCandidate, settings: Settings) -> AsyncIterator[ChatEngine]:
    """Yield the engine of a candidate, on this machine, with its adapter alone.

    Raises the engine's errors; :class:`~app.engines.port.AdapterUnknownError` where llama.cpp does
    not load the adapter.
    """
    own = candidate_settings(ready.candidate, settings)
    served = [] if ready.adapter is None else [ready.adapter.served]
    if own.engine.kind != "embedded":
        engine = create_engine(own)
        try:
            if isinstance(engine, AdapterServer):
                await engine.serve_adapters(served)
            yield engine
        finally:
            await engine.aclose()
        return
    embedded = create_embedded(own, ready.resolved, served)
    try:
        await embedded.start()
        for state in embedded.adapter_states():
            if not state.served:
                raise AdapterUnknownError(state.detail)
        yield embedded
    finally:
        await embedded.aclose()


class PeakMemory:
    """Read the most memory that the process of an engine had."""

    def __init__(self) -> None:
        self.bytes: int | None = None
        """None where no process of its own ran, or the system does not say."""

    @asynccontextmanager
    async def watch(self, engine: ChatEngine) -> AsyncIterator[None]:
        """Read it when the block ends, while the engine still runs."""
        try:
            yield
        finally:
            if isinstance(engine, EmbeddedEngine) and engine.pid is not None:
                self.bytes = await asyncio.to_thread(resident_bytes, "VmHWM", engine.pid)

"""Report how an engine at an address of its own does; requests go there whatever is reported.

Behind the address may be a router, which knows better than any probe of this process whether one
of its engines can answer.
"""

import asyncio
import math
import time
from collections.abc import AsyncGenerator, Iterator, Sequence
from contextlib import aclosing, contextmanager, suppress

import structlog

from app.engines.adapters import AdapterState, ServedAdapter
from app.engines.port import (
    ChatEngine,
    Delta,
    EngineError,
    EngineOverloadedError,
    EnginePrompt,
    EngineTimeoutError,
    EngineUnavailableError,
    Limits,
    ReplicaHealth,
    Sampling,
)
from app.engines.vllm_adapters import VllmAdapters
from app.engines.wrapped import WrappedEngine

log = structlog.get_logger(__name__)

_FAILURES = (EngineUnavailableError, EngineOverloadedError, EngineTimeoutError)
"""Errors of the server; others are caused by the request."""
_PROBE_SECONDS = 1.8
_SILENT = "The engine's server cannot be reached, or is still loading its model."


class WatchedEngine(WrappedEngine):
    """Implement :class:`~app.engines.port.ChatEngine` with another, probed from the first call on.

    A probe also makes the engine forget a model that is no longer there, and servers that were
    restarted get their adapters again.
    """

    def __init__(
        self,
        engine: ChatEngine,
        *,
        probe_seconds: float = 5.0,
        adapters: VllmAdapters | None = None,
    ) -> None:
        """Take ownership of ``engine``, whose requests name ``adapters``."""
        super().__init__(engine)
        self._adapters = adapters
        self._probe_seconds = probe_seconds
        self._answers = False
        self._detail = "It was not asked yet."
        self._trusted_until = -math.inf
        self._outstanding = 0
        self._failures = 0
        self._watchers: list[asyncio.Task[None]] = []
        self._wake = asyncio.Event()
        self._closed = False

    @property
    def health(self) -> ReplicaHealth:
        """The outcome of the newest probe, and what this process asks the engine for."""
        return ReplicaHealth(
            number=1,
            available=self._answers,
            detail=self._detail,
            outstanding=self._outstanding,
            failures=self._failures,
        )

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
        with self._attempt():
            deltas = self._engine.stream(prompt, sampling, stop, affinity=affinity, adapter=adapter)
            async with aclosing(deltas):
                async for delta in deltas:
                    yield delta

    async def score(
        self,
        prompt: EnginePrompt,
        continuation: str,
        *,
        affinity: str | None = None,
        adapter: str | None = None,
    ) -> list[float]:
        """See :meth:`ChatEngine.score`."""
        with self._attempt():
            return await super().score(prompt, continuation, affinity=affinity, adapter=adapter)

    async def limits(self) -> Limits:
        """See :meth:`ChatEngine.limits`."""
        self._watch()
        return await super().limits()

    async def ready(self) -> bool:
        """See :meth:`ChatEngine.ready`.

        Every turn asks this before its reply. So a recent probe that went well is enough, as long
        as no request failed since.
        """
        self._watch()
        return time.monotonic() < self._trusted_until or await self._probe()

    async def aclose(self) -> None:
        """See :meth:`ChatEngine.aclose`."""
        self._closed = True
        for watcher in self._watchers:
            watcher.cancel()
        await asyncio.gather(*self._watchers, return_exceptions=True)
        await self._engine.aclose()

    async def serve_adapters(self, adapters: Sequence[ServedAdapter]) -> None:
        """See :meth:`~app.engines.adapters.AdapterServer.serve_adapters`."""
        if self._adapters is not None:
            await self._adapters.serve(adapters)
            self._wake.set()
        self._watch()

    def adapter_states(self) -> Sequence[AdapterState]:
        """See :meth:`~app.engines.adapters.AdapterServer.adapter_states`."""
        return () if self._adapters is None else self._adapters.adapter_states()

    @contextmanager
    def _attempt(self) -> Iterator[None]:
        """Count a request within the block, and its failure."""
        self._watch()
        self._outstanding += 1
        try:
            yield
        except _FAILURES:
            self._failures += 1
            self._trusted_until = -math.inf
            raise
        finally:
            self._outstanding -= 1

    def _watch(self) -> None:
        """Begin to probe, at the first call: an engine may be made before the event loop runs."""
        if self._watchers or self._closed:
            return
        self._watchers.append(asyncio.create_task(self._probe_regularly(), name="engine-probes"))
        if self._adapters is not None:
            task = self._load_regularly(self._adapters)
            self._watchers.append(asyncio.create_task(task, name="engine-adapters"))

    async def _probe_regularly(self) -> None:
        while True:
            await self._probe()
            await asyncio.sleep(self._probe_seconds)

    async def _load_regularly(self, adapters: VllmAdapters) -> None:
        while True:
            await adapters.sync()
            with suppress(TimeoutError):
                async with asyncio.timeout(self._probe_seconds):
                    await self._wake.wait()
            self._wake.clear()

    async def _probe(self) -> bool:
        """Return whether the engine answers with a model, within two seconds."""
        try:
            async with asyncio.timeout(_PROBE_SECONDS):
                answers = await self._engine.ready()
                detail = f"{(await super().limits()).model} answers." if answers else _SILENT
        except TimeoutError:
            answers, detail = False, _SILENT
        except EngineError as error:
            answers, detail = False, str(error)
        if (answers, detail) != (self._answers, self._detail) and not self._closed:
            (log.info if answers else log.warning)("engine_server", answers=answers, detail=detail)
        self._answers, self._detail = answers, detail
        # Until the next regular probe, which may take as long as it is allowed to.
        trusted = self._probe_seconds + _PROBE_SECONDS if answers else -math.inf
        self._trusted_until = time.monotonic() + trusted
        return answers

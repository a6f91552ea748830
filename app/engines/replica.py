"""Monitor one of several servers of a model in the background, and avoid it while it fails."""

import asyncio
import contextlib
from collections.abc import Awaitable, Iterator

import structlog

from app.engines.circuit import Circuit
from app.engines.openai_payload import RETRY_AFTER
from app.engines.port import (
    ChatEngine,
    Delta,
    EngineError,
    EngineOverloadedError,
    EngineTimeoutError,
    EngineUnavailableError,
    Limits,
    ReplicaHealth,
)

log = structlog.get_logger(__name__)

FAILURES = (EngineUnavailableError, EngineOverloadedError, EngineTimeoutError)
"""Errors that another replica may not have; others are caused by the request."""

_PROBE_TIMEOUT = 1.8
_MISSES = 2
"""Consecutive unanswered probes that take a replica out; a single one may just have been slow."""
_LONGEST_REST = 10.0
"""Longest time between two probes of an unavailable replica."""
_SILENT = "The engine's server cannot be reached, or is still loading its model."


class Replica:
    """Hold an engine with its health."""

    def __init__(
        self, number: int, engine: ChatEngine, *, probe_seconds: float, rest_seconds: float
    ) -> None:
        """Probe the engine every ``probe_seconds``, and ``rest_seconds`` after a failure."""
        self.number = number
        self.engine = engine
        self.limits: Limits | None = None
        """Limits while the engine answers probes; None while it does not."""
        self.problem: EngineError | None = None
        self.probed = asyncio.Event()
        """Set after the first probe."""
        self.outstanding = 0
        self.served = 0
        """Running requests, and all requests since the start."""
        self._failures = 0
        self._circuit = Circuit(rest_seconds)
        self._probe_seconds = probe_seconds
        self._rest_seconds = rest_seconds
        self._misses = 0
        self._suspected = asyncio.Event()
        self._patience: set[asyncio.Timeout] = set()

    @property
    def available(self) -> bool:
        """Whether the engine answers probes and requests."""
        return self.limits is not None and self._circuit.admits()

    @property
    def health(self) -> ReplicaHealth:
        if self.limits is None:
            detail = str(self.problem or "It was not asked yet.")
        elif self._circuit.closed:
            detail = f"{self.limits.model} answers."
        else:
            detail = f"It is spared for a while: {self.problem}"
        return ReplicaHealth(self.number, self.available, detail, self.outstanding, self._failures)

    async def watch(self) -> None:
        """Probe the engine periodically, and at once when a request to it failed."""
        rest = self._rest_seconds
        while True:
            self._suspected.clear()
            if not await self.probe():
                await asyncio.sleep(rest)
                rest = min(rest * 2, _LONGEST_REST)
                continue
            rest = self._rest_seconds
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self._probe_seconds):
                    await self._suspected.wait()

    async def probe(self) -> bool:
        """Return whether the engine answers, and update ``limits``."""
        try:
            async with asyncio.timeout(_PROBE_TIMEOUT):
                if not await self.engine.ready():
                    raise EngineUnavailableError(_SILENT, retry_after=RETRY_AFTER)
                limits = await self.engine.limits()
        except TimeoutError:
            self._missed(EngineTimeoutError(_SILENT, retry_after=RETRY_AFTER))
        except EngineError as error:
            self._missed(error)
        else:
            self._answered(limits)
        self.probed.set()
        return self._misses == 0

    def _answered(self, limits: Limits) -> None:
        if self.limits is None:
            log.info("engine_replica_answers", replica=self.number, model=limits.model)
            self._circuit.half_open()  # being unavailable may have been the only problem
        self.limits, self._misses = limits, 0

    def _missed(self, error: EngineError) -> None:
        self._misses += 1
        if self.limits is None:
            self.problem = error
        elif self._misses >= _MISSES:
            log.warning("engine_replica_gone", replica=self.number, reason=str(error))
            self.limits, self.problem = None, error
            for waiting in self._patience:
                waiting.reschedule(0)

    @contextlib.contextmanager
    def attempt(self) -> Iterator[None]:
        """Count a request within this block, and its failure against the replica."""
        self._circuit.begin()
        self.outstanding += 1
        self.served += 1
        try:
            yield
        except FAILURES as error:
            error.replica = self.number
            self._failed(error)
            raise
        except EngineError as error:
            error.replica = self.number
            self.answered()
            raise
        finally:
            self.outstanding -= 1
            self._circuit.abandon()

    def answered(self) -> None:
        """Record that a request was answered, at least in part."""
        self._circuit.succeed()

    def _failed(self, error: EngineError) -> None:
        log.warning(
            "engine_replica_failed", replica=self.number, kind=error.kind, reason=str(error)
        )
        self._failures += 1
        self.problem = error
        self._circuit.fail()
        self._suspected.set()

    async def unless_unavailable(self, first: Awaitable[Delta]) -> Delta:
        """Return the first delta, or raise :class:`EngineTimeoutError` once probes fail."""
        try:
            async with asyncio.timeout(None) as patience:
                self._patience.add(patience)
                try:
                    return await first
                finally:
                    self._patience.discard(patience)
        except TimeoutError as error:
            raise EngineTimeoutError(_SILENT, retry_after=RETRY_AFTER) from error

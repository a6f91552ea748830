"""Own the service's engine: available from the start, ready once its model is loaded."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from typing import Literal

import structlog

from app.engines.adapters import AdapterServer, AdapterState, ServedAdapter
from app.engines.factory import create_engine
from app.engines.failures import Failure, FailureLog
from app.engines.gate import CallGate
from app.engines.port import (
    ChatEngine,
    Delta,
    EngineError,
    EnginePrompt,
    EngineUnavailableError,
    Limits,
    ReplicaHealth,
    Sampling,
)
from app.engines.recording import CallRecorder, EngineCall
from app.engines.supervisor import ModelSupervisor
from app.engines.watched import WatchedEngine
from app.settings import Settings

log = structlog.get_logger(__name__)

HostState = Literal["downloading", "starting", "ready", "unavailable"]


@dataclass(slots=True)
class HostStatus:
    """Hold the engine's status for users and operators."""

    state: HostState
    model: str
    detail: str
    is_demo: bool = False
    progress: float | None = None
    """Share of the download, 0 to 1."""
    plan: str = ""
    """A sentence on a better model that is pulled in the background."""


class EngineHost:
    """Implement :class:`~app.engines.port.ChatEngine`, starting the engine in the background.

    The embedded engine may have to find a hub, download its model and load it; meanwhile the
    service answers, and turns fail with an error that describes the progress. Other kinds need no
    start.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        on_change: Callable[[HostStatus], None],
        engine: ChatEngine | None = None,
    ) -> None:
        """Call ``on_change`` at every change of the status, including progress of a download.

        ``engine`` replaces the engine of the settings, if given.
        """
        self._settings = settings
        self._on_change = on_change
        self._engine = engine
        self._starting: asyncio.Task[None] | None = None
        self._gate = CallGate()
        self._failures = FailureLog()
        record_to = settings.engine.record_to
        self._recorder = CallRecorder(record_to) if record_to else None
        self._status = HostStatus("starting", "", "The engine is starting.")
        self.supervisor: ModelSupervisor | None = None
        """Chooses and exchanges the model; None for engines that are not started here."""
        if engine is None and settings.engine.kind == "embedded":
            self.supervisor = ModelSupervisor(settings, self._gate, self._update)
        elif engine is None:
            self._engine = create_engine(settings)

    def start(self) -> None:
        """Begin to start the engine; returns at once."""
        if self.supervisor is not None:
            self._starting = asyncio.create_task(self.supervisor.run(), name="engine-start")

    async def status(self) -> HostStatus:
        """Return the current status; queries a server that runs elsewhere."""
        if self._starting is not None:
            return self._status
        return await self._status_of_server()

    async def _status_of_server(self) -> HostStatus:
        kind = self._settings.engine.kind
        try:
            limits = await self._ready_engine().limits()
        except EngineError as error:
            name = self._settings.engine.model
            return HostStatus("unavailable", name, str(error))
        note = "A script of fixed replies answers." if kind == "scripted" else ""
        return HostStatus("ready", limits.model, note or f"{limits.model} answers.")

    def _update(self, **changes: object) -> None:
        for name, value in changes.items():
            setattr(self._status, name, value)
        self._on_change(self._status)

    async def stream(
        self,
        prompt: EnginePrompt,
        sampling: Sampling,
        stop: Sequence[str] = (),
        *,
        affinity: str | None = None,
        adapter: str | None = None,
    ) -> AsyncGenerator[Delta, None]:
        """See :meth:`ChatEngine.stream`; a failure is logged with its ``affinity``."""
        if self._recorder is not None:
            self._recorder.record(EngineCall(prompt, sampling, tuple(stop), affinity, adapter))
        with self._failures.watch("stream", affinity=affinity):
            async with (
                self._gate.passing(),
                aclosing(
                    self._ready_engine().stream(
                        prompt, sampling, stop, affinity=affinity, adapter=adapter
                    )
                ) as deltas,
            ):
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
        with self._failures.watch("score", affinity=affinity):
            async with self._gate.passing():
                return await self._ready_engine().score(
                    prompt, continuation, affinity=affinity, adapter=adapter
                )

    def as_sent(self, prompt: EnginePrompt) -> EnginePrompt:
        """See :meth:`ChatEngine.as_sent`."""
        return prompt if self._engine is None else self._engine.as_sent(prompt)

    async def count_tokens(self, texts: Sequence[str], *, rough: int = 0) -> list[int]:
        """See :meth:`ChatEngine.count_tokens`."""
        with self._failures.watch("count_tokens"):
            async with self._gate.passing():
                return await self._ready_engine().count_tokens(texts, rough=rough)

    async def limits(self) -> Limits:
        """See :meth:`ChatEngine.limits`."""
        with self._failures.watch("limits"):
            async with self._gate.passing():
                return await self._ready_engine().limits()

    async def serve_adapters(self, adapters: Sequence[ServedAdapter]) -> None:
        """See :meth:`AdapterServer.serve_adapters`.

        The embedded engine loads them with its model: it is restarted between replies where one is
        new, and turns that begin meanwhile wait.
        """
        if (server := self._adapter_server()) is not None:
            await server.serve_adapters(adapters)

    def adapter_states(self) -> Sequence[AdapterState]:
        """See :meth:`AdapterServer.adapter_states`."""
        server = self._adapter_server()
        return () if server is None else server.adapter_states()

    async def ready(self) -> bool:
        """See :meth:`ChatEngine.ready`; true while a model is exchanged, as turns wait for it."""
        if not self._gate.is_open:
            return True
        engine = self._current()
        return engine is not None and await engine.ready()

    def failures(self) -> Mapping[str, int]:
        """Return the number of failed calls by kind of failure."""
        return self._failures.counts

    def recent_failures(self, seconds: float) -> list[tuple[Failure, float]]:
        """Return the failed calls of the last ``seconds``, and how long ago each was."""
        return self._failures.recent(seconds)

    def replicas(self) -> list[ReplicaHealth]:
        """Return the health of the engine elsewhere; none for other engines."""
        return [self._engine.health] if isinstance(self._engine, WatchedEngine) else []

    async def aclose(self) -> None:
        """See :meth:`ChatEngine.aclose`; a running download stops and can be resumed."""
        if self._starting is not None:
            self._starting.cancel()
            await asyncio.gather(self._starting, return_exceptions=True)
        if self.supervisor is not None:
            await self.supervisor.aclose()
        if self._engine is not None:
            await self._engine.aclose()
        if self._recorder is not None:
            self._recorder.close()

    def _current(self) -> ChatEngine | None:
        return self._engine if self.supervisor is None else self.supervisor.running.engine

    def _adapter_server(self) -> AdapterServer | None:
        server: object = self.supervisor or self._engine
        return server if isinstance(server, AdapterServer) else None

    def _ready_engine(self) -> ChatEngine:
        if (engine := self._current()) is not None:
            return engine
        what = {
            "downloading": "The model is being downloaded",
            "starting": "The model is starting",
        }.get(self._status.state)
        if what is None:
            raise EngineUnavailableError(self._status.detail, retry_after=30)
        if self._status.progress is not None:
            what += f" ({self._status.progress:.0%})"
        raise EngineUnavailableError(f"{what}. Try again in a moment.", retry_after=5)

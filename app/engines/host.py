"""Own the service's engine: available from the start, ready once its model is loaded."""

import asyncio
import threading
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from typing import Literal

import structlog

from app.engines.catalogue import ResolvedModel, resolve
from app.engines.factory import create_embedded, create_engine
from app.engines.failures import FailureLog
from app.engines.pinning import verify_file
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
from app.engines.pull import pull
from app.engines.pull_errors import PullContext, PullError, PullProgress
from app.engines.recording import CallRecorder, EngineCall
from app.engines.replicas import ReplicatedEngine
from app.settings import Settings

log = structlog.get_logger(__name__)

_RESTART_SECONDS = 2.0
"""Delay before a model whose process died is loaded again."""

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
        self._cancelled = threading.Event()
        self._failures = FailureLog()
        record_to = settings.engine.record_to
        self._recorder = CallRecorder(record_to) if record_to else None
        self._status = HostStatus("starting", "", "The engine is starting.")
        if engine is None and settings.engine.kind != "embedded":
            self._engine = create_engine(settings)

    def start(self) -> None:
        """Begin to start the engine; returns at once."""
        if self._engine is None:
            self._starting = asyncio.create_task(self._start_embedded(), name="engine-start")

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
        if len(replicas := self.replicas()) > 1:
            available = sum(each.available for each in replicas)
            note = f"{limits.model} answers on {available} of {len(replicas)} servers."
        return HostStatus("ready", limits.model, note or f"{limits.model} answers.")

    def _update(self, **changes: object) -> None:
        for name, value in changes.items():
            setattr(self._status, name, value)
        self._on_change(self._status)

    async def _start_embedded(self) -> None:
        try:
            resolved = await asyncio.to_thread(resolve, self._settings)
            self._update(model=resolved.title, detail=resolved.sentence, is_demo=_is_demo(resolved))
            if not resolved.present:
                await self._pull(resolved)
            await self._verify(resolved)
            while True:
                await self._run_embedded(resolved)
                log.warning("engine_restarts", model=resolved.name)
                await asyncio.sleep(_RESTART_SECONDS)
        except (PullError, EngineError, ValueError, OSError) as error:
            log.error("engine_not_started", reason=str(error))
            self._update(state="unavailable", detail=str(error), progress=None)

    async def _run_embedded(self, resolved: ResolvedModel) -> None:
        """Load the model and wait until its process has died."""
        self._update(state="starting", detail=resolved.sentence, progress=None)
        engine = create_embedded(self._settings, resolved)
        self._engine = engine
        await engine.start()
        self._update(state="ready")
        await engine.wait_stopped()
        self._update(state="unavailable", detail=engine.detail)
        await engine.aclose()

    async def _pull(self, resolved: ResolvedModel) -> None:
        loop = asyncio.get_running_loop()

        def on_progress(progress: PullProgress) -> None:
            share = progress.done / progress.total if progress.total else None
            loop.call_soon_threadsafe(lambda: self._update(progress=share))

        if resolved.entry is None:
            raise PullError(f"There is no file {resolved.path}.")
        self._update(state="downloading", progress=0.0)
        await asyncio.to_thread(
            pull,
            resolved.entry,
            self._settings.engine.models_dir,
            on_progress,
            hub_endpoint=self._settings.hub_endpoint,
            cancelled=self._cancelled,
            sha256=self._settings.engine.model_sha256,
        )

    async def _verify(self, resolved: ResolvedModel) -> None:
        """Compare the file with its pins; only the settings can pin the user's own file."""
        setting = self._settings.engine.model_sha256
        if resolved.entry is None and setting is None:
            return
        catalogue = resolved.entry.sha256 if resolved.entry else None
        context = PullContext(_ignore_progress, self._cancelled)
        arguments = (resolved.name, resolved.path, catalogue, setting, context)
        await asyncio.to_thread(verify_file, *arguments)

    async def stream(
        self,
        prompt: EnginePrompt,
        sampling: Sampling,
        stop: Sequence[str] = (),
        *,
        affinity: str | None = None,
    ) -> AsyncGenerator[Delta, None]:
        """See :meth:`ChatEngine.stream`; a failure is logged with its ``affinity``."""
        if self._recorder is not None:
            self._recorder.record(EngineCall(prompt, sampling, tuple(stop), affinity))
        with self._failures.watch("stream", affinity=affinity):
            deltas = self._ready_engine().stream(prompt, sampling, stop, affinity=affinity)
            async with aclosing(deltas):
                async for delta in deltas:
                    yield delta

    async def score(
        self, prompt: EnginePrompt, continuation: str, *, affinity: str | None = None
    ) -> list[float]:
        """See :meth:`ChatEngine.score`."""
        with self._failures.watch("score", affinity=affinity):
            return await self._ready_engine().score(prompt, continuation, affinity=affinity)

    def as_sent(self, prompt: EnginePrompt) -> EnginePrompt:
        """See :meth:`ChatEngine.as_sent`."""
        return prompt if self._engine is None else self._engine.as_sent(prompt)

    async def count_tokens(self, texts: Sequence[str], *, rough: int = 0) -> list[int]:
        """See :meth:`ChatEngine.count_tokens`."""
        with self._failures.watch("count_tokens"):
            return await self._ready_engine().count_tokens(texts, rough=rough)

    async def limits(self) -> Limits:
        """See :meth:`ChatEngine.limits`."""
        with self._failures.watch("limits"):
            return await self._ready_engine().limits()

    async def ready(self) -> bool:
        """See :meth:`ChatEngine.ready`."""
        return self._engine is not None and await self._engine.ready()

    def failures(self) -> Mapping[str, int]:
        """Return the number of failed calls by kind of failure."""
        return self._failures.counts

    def replicas(self) -> list[ReplicaHealth]:
        """Return the health of each server of a replicated engine; none for other engines."""
        return self._engine.health() if isinstance(self._engine, ReplicatedEngine) else []

    async def aclose(self) -> None:
        """See :meth:`ChatEngine.aclose`; a running download stops and can be resumed."""
        self._cancelled.set()
        if self._starting is not None:
            self._starting.cancel()
            await asyncio.gather(self._starting, return_exceptions=True)
        if self._engine is not None:
            await self._engine.aclose()
        if self._recorder is not None:
            self._recorder.close()

    def _ready_engine(self) -> ChatEngine:
        if self._engine is not None:
            return self._engine
        what = {
            "downloading": "The model is being downloaded",
            "starting": "The model is starting",
        }.get(self._status.state)
        if what is None:
            raise EngineUnavailableError(self._status.detail, retry_after=30)
        if self._status.progress is not None:
            what += f" ({self._status.progress:.0%})"
        raise EngineUnavailableError(f"{what}. Try again in a moment.", retry_after=5)


def _ignore_progress(_: PullProgress) -> None:
    """Drop the progress of a verification, which takes a second or two."""


def _is_demo(resolved: ResolvedModel) -> bool:
    return resolved.entry is not None and resolved.entry.name != "index"

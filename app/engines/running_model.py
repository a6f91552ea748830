"""Keep the embedded engine running with one model, and exchange the model between replies."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

import structlog

from app.engines.embedded import EmbeddedEngine
from app.engines.gate import CallGate, GateBusyError
from app.engines.port import EngineError, EngineUnavailableError
from app.engines.resolution import ResolvedModel

log = structlog.get_logger(__name__)

_RESTART_SECONDS = 2.0
"""Delay before a model whose process died is loaded again."""
_DRAIN_SECONDS = 60.0
"""Longest wait for running replies in one attempt to exchange the model; new turns wait as long."""
_REOPEN_SECONDS = 5.0
"""Time between two attempts, in which the turns that waited begin."""
_ATTEMPTS = 20

Create = Callable[[ResolvedModel], EmbeddedEngine]
Loaded = Callable[[EmbeddedEngine, ResolvedModel], Awaitable[None]]


@dataclass(slots=True)
class _Request:
    """Hold a model to load, and a future that ends when it answers or has failed."""

    model: ResolvedModel
    done: asyncio.Future[None] = field(
        default_factory=lambda: asyncio.get_running_loop().create_future()
    )

    def fail(self, error: Exception) -> None:
        if not self.done.done():
            self.done.set_exception(error)
            self.done.exception()  # marked as retrieved: only some callers wait for it

    def succeed(self) -> None:
        if not self.done.done():
            self.done.set_result(None)


class RunningModel:
    """Run one model's process at a time, restart it when it dies, and exchange it on request."""

    def __init__(self, create: Create, gate: CallGate, loaded: Loaded) -> None:
        """Call ``loaded`` with each model that has been loaded, before it serves calls."""
        self.engine: EmbeddedEngine | None = None
        self.model: ResolvedModel | None = None
        """The model that answers, or that is being loaded."""
        self.on_state: Callable[[str, ResolvedModel, str], None] = lambda *_: None
        """Called with ``starting``, ``ready`` or ``unavailable``, the model, and a sentence."""
        self._create = create
        self._gate = gate
        self._loaded = loaded
        self._requests: asyncio.Queue[_Request] = asyncio.Queue()

    async def run(self, first: ResolvedModel | None) -> None:
        """Load the first model, if any, and serve requests until cancelled.

        A model that cannot be loaded is reported as ``unavailable``; the next request may help.
        """
        if first is not None:
            try:
                await self._load(first)
            except EngineError as error:
                self._report_failure(first, error)
        while True:
            request = await self._until_requested()
            await self._exchange(request)

    async def exchange(self, model: ResolvedModel) -> None:
        """Let another model answer, once running replies have ended; the caller pulled its file.

        Turns that begin meanwhile wait. Raises :class:`~app.engines.port.EngineError` where it
        cannot be loaded; the model before it answers again.
        """
        request = _Request(model)
        self._requests.put_nowait(request)
        await request.done

    async def aclose(self) -> None:
        """End the process, and the requests that wait."""
        while not self._requests.empty():
            error = EngineUnavailableError("The service stops.")
            self._requests.get_nowait().fail(error)
        if self.engine is not None:
            await self.engine.aclose()

    async def _until_requested(self) -> _Request:
        """Return the next request; restart the process whenever it dies before."""
        requested = asyncio.create_task(self._requests.get())
        try:
            while True:
                tasks: set[asyncio.Task[object]] = {requested}
                if self.engine is not None:
                    tasks.add(asyncio.create_task(self.engine.wait_stopped()))
                await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
                for task in tasks - {requested}:
                    task.cancel()
                if requested.done():
                    return requested.result()
                await self._restart()
        finally:
            requested.cancel()

    async def _restart(self) -> None:
        engine, model = self.engine, self.model
        assert engine is not None  # noqa: S101 - it ran until now
        assert model is not None  # noqa: S101
        self.on_state("unavailable", model, engine.detail)
        await engine.aclose()
        log.warning("engine_restarts", model=model.name)
        await asyncio.sleep(_RESTART_SECONDS)
        try:
            await self._load(model)
        except EngineError as error:
            self._report_failure(model, error)

    async def _exchange(self, request: _Request) -> None:
        for _ in range(_ATTEMPTS):
            if request.done.cancelled():  # another request followed
                return
            try:
                async with self._gate.closed(_DRAIN_SECONDS):
                    await self._replace(request)
            except GateBusyError:
                await asyncio.sleep(_REOPEN_SECONDS)
            except EngineError as error:
                request.fail(error)
                return
            else:
                request.succeed()
                return
        request.fail(EngineUnavailableError("Replies were being written all the time."))

    async def _replace(self, request: _Request) -> None:
        """Load the requested model in place of the present one, or the present one again."""
        before, engine = self.model, self.engine
        if engine is not None:
            await engine.aclose()
        try:
            await self._load(request.model)
        except EngineError as error:
            log.error("model_not_loaded", model=request.model.name, reason=str(error))
            if before is None or before.path == request.model.path:
                self._report_failure(request.model, error)
                raise
            try:
                await self._load(before)
            except EngineError as again:
                self._report_failure(before, again)
            raise

    async def _load(self, model: ResolvedModel) -> None:
        """Start a model's process. Raises :class:`~app.engines.port.EngineError`."""
        self.model = model
        self.on_state("starting", model, model.loading)
        self.engine = None
        try:
            engine = self._create(model)
        except ValueError as error:  # no file that llama.cpp could read
            raise EngineUnavailableError(str(error)) from error
        try:
            await engine.start()
            await self._loaded(engine, model)
        except OSError as error:
            await engine.aclose()
            raise EngineUnavailableError(f"llama.cpp cannot be started: {error}") from error
        except BaseException:
            await engine.aclose()
            raise
        self.engine = engine
        self.on_state("ready", model, model.sentence)

    def _report_failure(self, model: ResolvedModel, error: Exception) -> None:
        log.error("engine_not_started", reason=str(error))
        self.engine = None
        self.on_state("unavailable", model, str(error))

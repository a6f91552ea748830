"""Pull models in the background, one at a time, with progress and cancellation."""

import asyncio
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

import structlog

from app.engines.model_entry import ModelEntry
from app.engines.pull import pull
from app.engines.pull_errors import PullCancelledError, PullError, PullProgress
from app.settings import Settings

log = structlog.get_logger(__name__)

PullState = Literal["running", "done", "failed", "cancelled"]


class PullRunningError(Exception):
    """Another model is being pulled."""

    def __init__(self, name: str) -> None:
        super().__init__(f"{name} is being pulled. Wait until it is done, or cancel it.")


@dataclass(slots=True)
class PullJob:
    """Hold the progress of a pull. Sizes are in bytes."""

    entry: ModelEntry
    state: PullState = "running"
    done: int = 0
    total: int | None = None
    step: str = ""
    error: str = ""
    cancelled: threading.Event = field(default_factory=threading.Event)

    @property
    def share(self) -> float | None:
        """Share of the download, 0 to 1; ``None`` while the size is unknown."""
        return min(1.0, self.done / self.total) if self.total else None


class ModelPulls:
    """Run one pull at a time in a thread. The last one is kept for those who ask how it ended."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._task: asyncio.Task[None] | None = None
        self.job: PullJob | None = None

    def begin(
        self, entry: ModelEntry, on_progress: Callable[[PullJob], None] = lambda _: None
    ) -> "asyncio.Task[None]":
        """Begin to pull a model; the task raises :class:`PullError` where that fails.

        ``on_progress`` is called on the event loop. A pull of the same model that runs already is
        joined. Raises :class:`PullRunningError` while another model is being pulled.
        """
        if self._task is not None and not self._task.done() and self.job is not None:
            if self.job.entry.name != entry.name:
                raise PullRunningError(self.job.entry.title)
            return self._task
        self.job = PullJob(entry, total=entry.bytes_to_pull)
        self._task = asyncio.create_task(self._run(self.job, on_progress), name="model-pull")
        self._task.add_done_callback(_retrieve)
        return self._task

    def is_pulling(self, name: str) -> bool:
        """Return whether this model is being pulled."""
        job = self.job
        return job is not None and job.entry.name == name and job.state == "running"

    def cancel(self, name: str) -> bool:
        """Stop a model's pull within a second; return whether it ran. The next one resumes it."""
        if not self.is_pulling(name) or self.job is None:
            return False
        self.job.cancelled.set()
        return True

    async def aclose(self) -> None:
        """Stop the pull; it can be resumed."""
        if self.job is not None:
            self.job.cancelled.set()
        if self._task is not None:
            await asyncio.gather(self._task, return_exceptions=True)

    async def _run(self, job: PullJob, on_progress: Callable[[PullJob], None]) -> None:
        loop = asyncio.get_running_loop()

        def advance(progress: PullProgress) -> None:
            job.done, job.step = progress.done, progress.step
            job.total = progress.total or job.total
            on_progress(job)

        def report(progress: PullProgress) -> None:
            loop.call_soon_threadsafe(advance, progress)

        engine = self._settings.engine
        try:
            await asyncio.to_thread(
                pull,
                job.entry,
                engine.models_dir,
                report,
                hub_endpoint=self._settings.hub_endpoint,
                cancelled=job.cancelled,
                sha256=engine.pin_of(job.entry.name),
            )
        except PullCancelledError:
            job.state = "cancelled"
            raise
        except PullError as error:
            log.warning("model_not_pulled", model=job.entry.name, reason=str(error))
            job.state, job.error = "failed", str(error)
            raise
        job.state = "done"
        log.info("model_pulled", model=job.entry.name)


def _retrieve(task: "asyncio.Task[None]") -> None:
    """Mark the task's error as retrieved: the job has it for everyone."""
    if not task.cancelled():
        task.exception()

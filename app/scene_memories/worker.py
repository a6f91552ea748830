"""Claim jobs that write scene memories, and follow them.

A process works on one job at a time. What it wrote is stored scene by scene: after a restart, or in
another process, the job goes on with the scenes that have no memory yet.
"""

import asyncio
import contextlib
from uuid import UUID

import structlog

from app.db.errors import DATABASE_ERRORS, reason_of
from app.db.session import Database
from app.db.signals import SAFETY_SECONDS, Topic
from app.scene_memories.repository import LEASE, MemoryRun, SceneMemoryJobRepository
from app.scene_memories.writing_jobs import SceneMemoryJobs, SupersededError
from app.search.repository import IndexedCharacterRepository
from app.search.scene_memory_repository import SceneMemoryRepository

log = structlog.get_logger(__name__)

_POLL_SECONDS = 2.0
_OVERDUE_SECONDS = 0.1
"""After the end of a lease, before its job is claimed."""


class SceneMemoryWorker:
    """Run the jobs of this process and of processes that died."""

    def __init__(self, database: Database, jobs: SceneMemoryJobs) -> None:
        self._database = database
        self._jobs = jobs
        self._wake = asyncio.Event()
        self._main: asyncio.Task[None] | None = None
        self._running: tuple[MemoryRun, asyncio.Task[None]] | None = None

    def start(self) -> None:
        """Start to look for jobs."""
        self._database.signals.subscribe(Topic.SCENE_MEMORIES, lambda _: self.wake())
        self._main = asyncio.create_task(self._work(), name="scene-memories")

    def wake(self) -> None:
        """Claim a job now rather than at the next poll."""
        self._wake.set()

    def interrupt(self, character_id: UUID) -> None:
        """Stop working on the character's job, which was stopped; the engine stops as well."""
        if self._running is not None and self._running[0].character_id == character_id:
            self._running[1].cancel()

    async def aclose(self) -> None:
        """Stop. An unfinished job goes on at the next start."""
        if self._main is not None:
            self._main.cancel()
            await asyncio.gather(self._main, return_exceptions=True)

    async def _work(self) -> None:
        while True:
            self._wake.clear()
            pause = _POLL_SECONDS
            try:
                async with self._database.write() as session:
                    run = await SceneMemoryJobRepository(session).claim()
                if run is not None:
                    await self._follow(run)
                    continue
                pause = await self._seconds_to_next()
            except DATABASE_ERRORS as error:
                log.warning("scene_memory_jobs_unreadable", error=reason_of(error))
            # Not wait_for: until Python 3.12 it can swallow the cancellation that ends this loop.
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(pause):
                    await self._wake.wait()

    async def _seconds_to_next(self) -> float:
        """Return the seconds until a job may be free that no signal announces."""
        if not self._database.signals.live:
            return _POLL_SECONDS
        async with self._database.read() as session:
            left = await SceneMemoryJobRepository(session).seconds_to_next()
        if left is None:
            return SAFETY_SECONDS
        return min(SAFETY_SECONDS, max(left, 0.0) + _OVERDUE_SECONDS)

    async def _follow(self, run: MemoryRun) -> None:
        """Run a job in a task of its own, so that it can be interrupted alone."""
        task = asyncio.create_task(self._run(run), name="scene-memory-job")
        self._running = run, task
        try:
            await asyncio.wait({task})
        finally:
            self._running = None
            if not task.done():
                task.cancel()
                await asyncio.gather(task, return_exceptions=True)
                with contextlib.suppress(*DATABASE_ERRORS):
                    async with self._database.write() as session:
                        await SceneMemoryJobRepository(session).release(run)

    async def _run(self, run: MemoryRun) -> None:
        lease = asyncio.create_task(self._keep_lease(run, asyncio.current_task()))
        try:
            await self._jobs.write_all(run)
        except SupersededError:
            log.info("scene_memories_superseded", character=str(run.character_id))
        except DATABASE_ERRORS as error:  # the lease expires, and the job is claimed again
            log.warning("scene_memories_interrupted", error=reason_of(error))
            await asyncio.sleep(_POLL_SECONDS)
        except Exception as error:
            log.exception("scene_memories_failed", character=str(run.character_id))
            await self._end(run, error=f"{type(error).__name__}: {error}")
        finally:
            lease.cancel()

    async def _keep_lease(self, run: MemoryRun, working: asyncio.Task[None] | None) -> None:
        """Renew the lease; stop the work once another process has stopped the job."""
        while True:
            await asyncio.sleep(LEASE.total_seconds() / 3)
            with contextlib.suppress(*DATABASE_ERRORS):
                async with self._database.write() as session:
                    kept = await SceneMemoryJobRepository(session).keep(run)
                if not kept and working is not None:
                    working.cancel()
                    return

    async def _end(self, run: MemoryRun, *, error: str) -> None:
        with contextlib.suppress(*DATABASE_ERRORS):
            async with self._database.write() as session:
                await IndexedCharacterRepository(session).lock(run.character_id)
                if await SceneMemoryJobRepository(session).finish(run, error=error):
                    await SceneMemoryRepository(session).mark_changed(run.character_id)

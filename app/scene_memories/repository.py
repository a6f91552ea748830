"""Request, claim and finish the jobs that write scene memories."""

from datetime import timedelta
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.db.base import utc_now
from app.db.clock import db_now, seconds_until
from app.db.ids import new_id
from app.db.models import SceneMemoryJob
from app.db.signals import Topic, announce

LEASE = timedelta(seconds=15)
"""Time without a renewal after which another process takes the job up."""


class MemoryRun(NamedTuple):
    """Hold a claimed job."""

    character_id: UUID
    run: UUID


class SceneMemoryJobRepository:
    """Store jobs within one session."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def get(self, character_id: UUID) -> SceneMemoryJob | None:
        return await self._session.get(SceneMemoryJob, character_id)

    async def begin(self, character_id: UUID, total: int) -> SceneMemoryJob:
        """Return a job that waits to be claimed; it replaces the one before."""
        job = await self.get(character_id)
        if job is None:
            job = SceneMemoryJob(character_id=character_id, seconds=0.0)
            self._session.add(job)
        job.run, job.state, job.lease_until = new_id(), "active", None
        job.done = job.failed = 0
        job.total, job.seconds = total, 0.0
        job.error = job.finished_at = None
        job.created_at = utc_now()
        await self._session.flush()
        await announce(self._session, Topic.SCENE_MEMORIES)
        return job

    async def stop(self, character_id: UUID) -> None:
        """Stop an active job; its worker notices at its next report."""
        await self._session.execute(
            update(SceneMemoryJob)
            .where(SceneMemoryJob.character_id == character_id, SceneMemoryJob.state == "active")
            .values(state="stopped", lease_until=None, finished_at=utc_now())
        )

    async def claim(self) -> MemoryRun | None:
        """Claim the active job that waits longest; workers at the same time get different ones."""
        oldest = (
            select(SceneMemoryJob.character_id)
            .where(
                SceneMemoryJob.state == "active",
                or_(SceneMemoryJob.lease_until.is_(None), SceneMemoryJob.lease_until < db_now()),
            )
            .order_by(SceneMemoryJob.created_at)
            .limit(1)
            .with_for_update(skip_locked=True)
        )
        claimed = await self._session.execute(
            update(SceneMemoryJob)
            .where(SceneMemoryJob.character_id == oldest.scalar_subquery())
            .values(lease_until=db_now(LEASE))
            .returning(SceneMemoryJob.character_id, SceneMemoryJob.run)
            .execution_options(synchronize_session=False)
        )
        row = claimed.first()
        return None if row is None else MemoryRun(*row)

    async def seconds_to_next(self) -> float | None:
        """Return the seconds until a job may be free whose process died; None without any."""
        return await self._session.scalar(
            select(func.min(seconds_until(SceneMemoryJob.lease_until))).where(
                SceneMemoryJob.state == "active"
            )
        )

    async def keep(self, run: MemoryRun, **values: object) -> bool:
        """Renew the lease and store progress; False where the job was stopped or superseded."""
        return await self._change(run, lease_until=db_now(LEASE), **values)

    async def release(self, run: MemoryRun) -> bool:
        """Let another process take the job up at once; False as for :meth:`keep`."""
        released = await self._change(run, lease_until=None)
        await announce(self._session, Topic.SCENE_MEMORIES)
        return released

    async def finish(self, run: MemoryRun, *, error: str | None = None) -> bool:
        """End the job; False as for :meth:`keep`."""
        state = "failed" if error else "done"
        return await self._change(
            run, state=state, error=error, lease_until=None, finished_at=utc_now()
        )

    async def _change(self, run: MemoryRun, **values: object) -> bool:
        changed = await self._session.execute(
            update(SceneMemoryJob)
            .where(
                SceneMemoryJob.character_id == run.character_id,
                SceneMemoryJob.run == run.run,
                SceneMemoryJob.state == "active",
            )
            .values(**values)
            .returning(SceneMemoryJob.character_id)
        )
        return changed.first() is not None

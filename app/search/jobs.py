"""Request, claim and finish index jobs."""

from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, ScalarSelect, delete, exists, func, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession

from app.db.clock import db_now, seconds_until
from app.db.models import IndexJob
from app.db.signals import Topic, announce

LEASE = timedelta(seconds=10)
"""Time without a renewal after which another worker claims the job."""


class Job(NamedTuple):
    """Hold a claimed job."""

    character_id: UUID
    generation: int
    background: bool = False
    """Whether no user waits for the job, so that others go first."""


async def request_reply_index(session: AsyncSession, character_id: UUID) -> None:
    """Request a character's reply index alone, unless a job for the character exists already."""
    build = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    await session.execute(
        build(IndexJob)
        .values(character_id=character_id, background=True)
        .on_conflict_do_nothing(index_elements=[IndexJob.character_id])
    )
    await announce(session, Topic.INDEX_JOBS)


async def request_index(
    session: AsyncSession, character_id: UUID, *, background: bool = False
) -> None:
    """Request that a character's index is rebuilt, in the caller's transaction."""
    build = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    await session.flush()
    await session.execute(
        build(IndexJob)
        .values(character_id=character_id, background=background)
        .on_conflict_do_update(
            index_elements=[IndexJob.character_id],
            set_={
                "generation": IndexJob.generation + 1,
                "lease_until": None,
                "background": background,
            },
        )
    )
    await announce(session, Topic.INDEX_JOBS)


async def cancel_index(session: AsyncSession, character_id: UUID) -> None:
    """Cancel a character's job; a worker that has it discards its result."""
    await session.execute(delete(IndexJob).where(IndexJob.character_id == character_id))


async def claim_job(session: AsyncSession, *, background: bool) -> Job | None:
    """Claim the oldest free job; background jobs come last, and only with ``background``.

    Workers that claim at the same time get different jobs: each passes over what others lock.
    """
    oldest = [_oldest_free(background=False)]
    if background:
        oldest.append(_oldest_free(background=True))
    # PostgreSQL looks for a background job only where there is no other one.
    found = oldest[0] if len(oldest) == 1 else func.coalesce(*oldest)
    claimed = await session.execute(
        update(IndexJob)
        .where(IndexJob.character_id == found)
        .values(lease_until=db_now(LEASE), started_at=db_now(), done=0, total=0)
        .returning(IndexJob.character_id, IndexJob.generation, IndexJob.background)
        .execution_options(synchronize_session=False)
    )
    row = claimed.first()
    return None if row is None else Job(*row)


def _oldest_free(*, background: bool) -> ColumnElement[UUID]:
    """Return the character of the oldest job without a worker: of a dead one first, if any."""
    return func.coalesce(
        _oldest(IndexJob.lease_until < db_now(), background=background),
        _oldest(IndexJob.lease_until.is_(None), background=background),
    )


def _oldest(free: ColumnElement[bool], *, background: bool) -> ScalarSelect[UUID]:
    return (
        select(IndexJob.character_id)
        .where(free, IndexJob.background.is_(background))
        .order_by(IndexJob.created_at)
        .limit(1)
        .with_for_update(skip_locked=True)
        .scalar_subquery()
    )


async def seconds_to_next_job(session: AsyncSession) -> float | None:
    """Return the seconds until a job may be free whose worker died; None where none is claimed."""
    return await session.scalar(select(func.min(seconds_until(IndexJob.lease_until))))


async def is_any_job(session: AsyncSession) -> bool:
    """Return whether any character waits to be indexed, or is being indexed."""
    return bool(await session.scalar(select(exists(select(IndexJob.character_id)))))


async def renew_job(session: AsyncSession, character_id: UUID, generation: int) -> None:
    """Renew the lease."""
    await session.execute(
        update(IndexJob)
        .where(IndexJob.character_id == character_id, IndexJob.generation == generation)
        .values(lease_until=db_now(LEASE))
    )


async def report_progress(
    session: AsyncSession, job: Job, *, done: int, total: int, started_at: datetime | None
) -> bool:
    """Store progress and renew the lease; False when the job was superseded or deleted."""
    moved = await session.execute(
        update(IndexJob)
        .where(IndexJob.character_id == job.character_id, IndexJob.generation == job.generation)
        .values(done=done, total=total, started_at=started_at, lease_until=db_now(LEASE))
        .returning(IndexJob.character_id)
    )
    return moved.first() is not None


async def postpone_job(session: AsyncSession, character_id: UUID, generation: int) -> bool:
    """Move the rest of the job to the background; False as for :func:`finish_job`."""
    moved = await session.execute(
        update(IndexJob)
        .where(IndexJob.character_id == character_id, IndexJob.generation == generation)
        .values(background=True, lease_until=None, started_at=None, created_at=db_now())
        .returning(IndexJob.character_id)
    )
    if moved.first() is None:
        return False
    await announce(session, Topic.INDEX_JOBS)
    return True


async def finish_job(session: AsyncSession, character_id: UUID, generation: int) -> bool:
    """Delete the job; False when it was superseded or deleted."""
    ended = await session.execute(
        delete(IndexJob)
        .where(IndexJob.character_id == character_id, IndexJob.generation == generation)
        .returning(IndexJob.character_id)
    )
    return ended.first() is not None

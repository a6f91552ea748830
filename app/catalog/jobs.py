"""Index jobs: who asks for one, who takes it up."""

from datetime import timedelta
from uuid import UUID

from sqlalchemy import delete, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession

from app.db.base import utc_now
from app.db.models import IndexJob

LEASE = timedelta(seconds=10)
"""A job whose worker has not been heard of for so long is taken up by another."""


async def request_index(session: AsyncSession, character_id: UUID) -> None:
    """Ask for a character's index to be built anew, in the caller's transaction."""
    build = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    await session.flush()
    await session.execute(
        build(IndexJob)
        .values(character_id=character_id)
        .on_conflict_do_update(
            index_elements=[IndexJob.character_id],
            set_={"generation": IndexJob.generation + 1, "lease_until": None},
        )
    )


async def claim_job(session: AsyncSession) -> tuple[UUID, int] | None:
    """Take the oldest job nobody works on: its character and generation."""
    now = utc_now()
    free = or_(IndexJob.lease_until.is_(None), IndexJob.lease_until < now)
    job = await session.scalar(select(IndexJob).where(free).order_by(IndexJob.created_at).limit(1))
    if job is None:
        return None
    claimed = await session.execute(
        update(IndexJob)
        .where(IndexJob.character_id == job.character_id, free)
        .values(lease_until=now + LEASE, started_at=now, done=0, total=0)
        .returning(IndexJob.character_id, IndexJob.generation)
    )
    row = claimed.first()
    return None if row is None else (row[0], row[1])


async def keep_job(session: AsyncSession, character_id: UUID, generation: int) -> None:
    """Move the lease on."""
    await session.execute(
        update(IndexJob)
        .where(IndexJob.character_id == character_id, IndexJob.generation == generation)
        .values(lease_until=utc_now() + LEASE)
    )


async def report_progress(
    session: AsyncSession, character_id: UUID, generation: int, done: int, total: int
) -> bool:
    """Move the lease on. False when the job was asked for anew meanwhile, or is gone."""
    moved = await session.execute(
        update(IndexJob)
        .where(IndexJob.character_id == character_id, IndexJob.generation == generation)
        .values(done=done, total=total, lease_until=utc_now() + LEASE)
        .returning(IndexJob.character_id)
    )
    return moved.first() is not None


async def holds_job(session: AsyncSession, character_id: UUID, generation: int) -> bool:
    """False when the job was asked for anew meanwhile, or is gone."""
    job = await session.get(IndexJob, character_id)
    return job is not None and job.generation == generation


async def finish_job(session: AsyncSession, character_id: UUID, generation: int) -> bool:
    """Take the job off. False when it was asked for anew meanwhile, or is gone."""
    ended = await session.execute(
        delete(IndexJob)
        .where(IndexJob.character_id == character_id, IndexJob.generation == generation)
        .returning(IndexJob.character_id)
    )
    return ended.first() is not None

"""Request, claim and finish index jobs."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, ScalarSelect, and_, delete, exists, func, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession

from app.db.clock import db_now, seconds_until
from app.db.models import IndexJob
from app.db.signals import Topic, announce
from app.search.spaces import Space

LEASE = timedelta(seconds=10)
"""Time without a renewal after which another worker claims the job."""


class Job(NamedTuple):
    """Hold a claimed job."""

    character_id: UUID
    generation: int
    background: bool = False
    """Whether no user waits for the job, so that others go first."""
    is_named: bool = False
    """Whether it makes what one space lacks, rather than a new version of the examples."""


async def request_parts(session: AsyncSession, character_ids: Sequence[UUID], space: Space) -> None:
    """Request what a space lacks of characters, unless a job for the character exists already."""
    build = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    if not character_ids:
        return
    statement = build(IndexJob).on_conflict_do_nothing(index_elements=[IndexJob.character_id])
    named = {"background": True, "space_generation": 1, **space._asdict()}
    await session.execute(statement, [{"character_id": id, **named} for id in character_ids])
    await announce(session, Topic.INDEX_JOBS)


async def request_index(
    session: AsyncSession, character_id: UUID, *, background: bool = False
) -> None:
    """Request that a character's index is rebuilt, in the caller's transaction.

    Whichever process comes first builds it in its space; those of other spaces follow.
    """
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
                "embedder": None,
                "format": None,
                "space_generation": None,
            },
        )
    )
    await announce(session, Topic.INDEX_JOBS)


async def cancel_index(session: AsyncSession, character_id: UUID) -> None:
    """Cancel a character's job; a worker that has it discards its result."""
    await session.execute(delete(IndexJob).where(IndexJob.character_id == character_id))


_IS_NAMED = and_(IndexJob.embedder.is_not(None), IndexJob.space_generation == IndexJob.generation)
"""Releases up to the schema 0026 request a job anew without taking its name away."""


def is_for(space: Space) -> ColumnElement[bool]:
    """Return the condition that a process of this space can make what a job asks for."""
    own = and_(IndexJob.embedder == space.embedder, IndexJob.format == space.format)
    return or_(IndexJob.embedder.is_(None), IndexJob.space_generation != IndexJob.generation, own)


async def claim_job(session: AsyncSession, space: Space, *, background: bool) -> Job | None:
    """Claim the oldest free job; background jobs come last, and only with ``background``.

    Workers that claim at the same time get different jobs: each passes over what others lock. Jobs
    for other spaces are left to their processes.
    """
    oldest = [_oldest_free(space, background=False)]
    if background:
        oldest.append(_oldest_free(space, background=True))
    # PostgreSQL looks for a background job only where there is no other one.
    found = oldest[0] if len(oldest) == 1 else func.coalesce(*oldest)
    claimed = await session.execute(
        update(IndexJob)
        .where(IndexJob.character_id == found)
        .values(lease_until=db_now(LEASE), started_at=db_now(), done=0, total=0)
        .returning(IndexJob.character_id, IndexJob.generation, IndexJob.background, _IS_NAMED)
        .execution_options(synchronize_session=False)
    )
    row = claimed.first()
    return None if row is None else Job(row[0], row[1], row[2], is_named=bool(row[3]))


def _oldest_free(space: Space, *, background: bool) -> ColumnElement[UUID]:
    """Return the character of the oldest job without a worker: of a dead one first, if any."""
    wanted = and_(IndexJob.background.is_(background), is_for(space))
    return func.coalesce(
        _oldest(and_(IndexJob.lease_until < db_now(), wanted)),
        _oldest(and_(IndexJob.lease_until.is_(None), wanted)),
    )


def _oldest(free: ColumnElement[bool]) -> ScalarSelect[UUID]:
    return (
        select(IndexJob.character_id)
        .where(free)
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


async def renew_job(
    session: AsyncSession, character_id: UUID, generation: int, lease: timedelta = LEASE
) -> None:
    """Renew the lease: for as long, no other worker claims the job."""
    await session.execute(
        update(IndexJob)
        .where(IndexJob.character_id == character_id, IndexJob.generation == generation)
        .values(lease_until=db_now(lease))
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


async def is_current(session: AsyncSession, job: Job) -> bool:
    """Lock the job's row; False when it was superseded or deleted."""
    statement = (
        select(IndexJob.character_id)
        .where(IndexJob.character_id == job.character_id, IndexJob.generation == job.generation)
        .with_for_update()
    )
    return await session.scalar(statement) is not None


async def postpone_job(
    session: AsyncSession, character_id: UUID, generation: int, space: Space
) -> bool:
    """Move the rest of the job, made for this space, to the background.

    It gets a new generation: of two workers that have claimed the job, because the lease of the
    first ran out, only one publishes. False as for :func:`finish_job`.
    """
    moved = await session.execute(
        update(IndexJob)
        .where(IndexJob.character_id == character_id, IndexJob.generation == generation)
        .values(
            background=True,
            lease_until=None,
            started_at=None,
            created_at=db_now(),
            generation=IndexJob.generation + 1,
            space_generation=IndexJob.generation + 1,
            **space._asdict(),
        )
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

"""Claims of index jobs: each worker gets another one, and leases go by the database's clock."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import select, update

from app.db.base import utc_now
from app.db.clock import db_now, seconds_until
from app.db.ids import new_id
from app.db.models import Character, IndexJob
from app.db.session import Database
from app.search.jobs import (
    LEASE,
    Job,
    claim_job,
    is_current,
    postpone_job,
    renew_job,
    request_index,
    request_parts,
    seconds_to_next_job,
)
from app.search.spaces import Space
from app.settings import Settings

pytestmark = pytest.mark.anyio

SPACE = Space("hashing:v1:256", "1")


@pytest.fixture
async def database(settings: Settings) -> AsyncIterator[Database]:
    opened = Database(settings)
    yield opened
    await opened.aclose()


async def make_characters(database: Database, count: int) -> list[UUID]:
    ids = [new_id() for _ in range(count)]
    async with database.write() as session:
        session.add_all(
            Character(
                id=id,
                slug=str(id),
                name="Ben",
                aliases=[],
                tagline="",
                profile="",
                greeting="",
                language="en",
                speakers=[],
                sampling={},
                status="indexing",
            )
            for id in ids
        )
    return ids


async def claim(database: Database, *, background: bool = True) -> Job | None:
    async with database.write() as session:
        return await claim_job(session, SPACE, background=background)


async def leave(database: Database, id: UUID, seconds: float) -> None:
    """A worker died, whose lease ends in so many seconds."""
    async with database.write() as session:
        await session.execute(
            update(IndexJob)
            .where(IndexJob.character_id == id)
            .values(lease_until=db_now(timedelta(seconds=seconds)))
        )


async def test_forty_claims_at_once_win_forty_jobs(settings: Settings, database: Database) -> None:
    ids = await make_characters(database, 40)
    async with database.write() as session:
        for id in ids:
            await request_index(session, id)
    others = [Database(settings) for _ in range(3)]
    try:
        workers = [database, *others] * 10
        jobs = await asyncio.gather(*(claim(each) for each in workers))
    finally:
        for each in others:
            await each.aclose()
    assert sorted(job.character_id for job in jobs if job) == sorted(ids)
    assert await claim(database) is None


async def test_who_waits_goes_first_and_the_background_last(database: Database) -> None:
    behind, first, second, dead = await make_characters(database, 4)
    async with database.write() as session:
        await request_parts(session, [behind], SPACE)
    for id in (first, second, dead):
        async with database.write() as session:
            await request_index(session, id)
    await leave(database, dead, -1)
    claimed = [await claim(database, background=False) for _ in range(4)]
    assert [job and job.character_id for job in claimed] == [dead, first, second, None]
    assert await claim(database) == Job(behind, 1, background=True, is_named=True)


async def test_a_lease_holds_until_its_end(database: Database) -> None:
    (id,) = await make_characters(database, 1)
    async with database.write() as session:
        await request_index(session, id)
    assert await claim(database) == Job(id, 1)
    assert await claim(database) is None
    async with database.write() as session:
        await renew_job(session, id, 1)
    async with database.read() as session:
        left = await seconds_to_next_job(session)
    assert left is not None
    assert 0 < left <= LEASE.total_seconds() + 0.001  # SQLite's days have 0.1 ms
    await leave(database, id, -0.5)
    assert await claim(database) == Job(id, 1)


async def test_of_two_workers_with_one_job_the_first_publishes(database: Database) -> None:
    (id,) = await make_characters(database, 1)
    async with database.write() as session:
        await request_index(session, id)
    slow = await claim(database)
    await leave(database, id, -0.5)
    quick = await claim(database)
    assert slow == quick == Job(id, 1)
    async with database.write() as session:
        assert await postpone_job(session, id, 1, SPACE)
    async with database.write() as session:
        assert not await is_current(session, Job(id, 1))
        assert not await postpone_job(session, id, 1, SPACE)
    assert await claim(database) == Job(id, 2, background=True, is_named=True)


async def test_the_time_is_the_database_s(database: Database) -> None:
    """It can be read back, and differs from this process's by no more than a statement."""
    in_a_while = db_now(timedelta(seconds=90))
    async with database.read() as session:
        found = (await session.execute(select(in_a_while, seconds_until(in_a_while)))).one()
    assert found[0].utcoffset() == timedelta(0)
    assert abs((found[0] - utc_now()).total_seconds() - 90) < 30
    assert found[1] == pytest.approx(90, abs=0.01)

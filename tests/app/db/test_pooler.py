"""The service behind PgBouncer in transaction mode."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import text

from app.db.in_use import held_in_use, running_services
from app.db.session import Database
from app.settings import Settings
from tests.app.conftest import make_settings
from tests.app.db.pgbouncer import PROGRAM, pooling
from tests.app.running import running, texts

pytestmark = [
    pytest.mark.anyio,
    pytest.mark.postgres,
    pytest.mark.skipif(PROGRAM is None, reason="needs pgbouncer"),
]


@pytest.fixture
def pooled(postgres_url: str, tmp_path: Path) -> Iterator[Settings]:
    with pooling(postgres_url) as url:
        database = {"url": url, "direct_url": postgres_url, "pool_size": 6}
        yield make_settings(url, tmp_path, database=database)


async def test_statements_run_on_any_connection_of_the_server(pooled: Settings) -> None:
    """Written more often than psycopg waits before it prepares one: five times, but a rollback,
    with which a read ends, makes it count anew.
    """
    database = Database(pooled)

    async def ask(number: int) -> list[int]:
        found = []
        for _ in range(12):
            async with database.write() as session:
                found.append(await session.scalar(text("SELECT :n + 1"), {"n": number}))
        return found

    answers = await asyncio.gather(*map(ask, range(6)))
    await database.aclose()
    assert answers == [[number + 1] * 12 for number in range(6)]


async def test_turns_run_side_by_side(pooled: Settings) -> None:
    async with running(pooled) as stage:
        await stage.make_character()
        conversations = [await stage.open() for _ in range(4)]
        for turn in range(1, 4):
            sent = await asyncio.gather(
                *(stage.send(each, f"Line {turn}.") for each in conversations)
            )
            assert [each.status_code for each in sent] == [200] * 4
        for each in conversations:
            assert len(texts(await stage.read(each))) == 6


async def test_the_lock_of_a_running_service_is_its_own(pooled: Settings) -> None:
    """It belongs to a session, which a pooler in transaction mode gives to others."""
    database = Database(pooled)
    async with held_in_use(pooled.direct_database_url), database.read() as session:
        assert len(await running_services(session) or ()) == 1
    while True:  # the server closes a connection a moment after its client
        async with database.read() as session:
            if not await running_services(session):
                break
    await database.aclose()

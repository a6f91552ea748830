"""The addresses of the database, and how many connections a process opens."""

import asyncio
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import text
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from app.db.session import Database
from app.settings import DatabaseSettings, Settings
from tests.app.conftest import make_settings


def test_a_pooler_has_the_server_beside_it() -> None:
    direct = DatabaseSettings(url="postgresql://pooler/a", direct_url="postgres://server/a")
    assert Settings(database=direct).database_url == "postgresql+psycopg://pooler/a"
    assert Settings(database=direct).direct_database_url == "postgresql+psycopg://server/a"
    alone = Settings(database=DatabaseSettings(url="postgresql://server/a"))
    assert alone.direct_database_url == alone.database_url


@pytest.mark.anyio
async def test_the_pool_is_as_large_as_its_settings(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'a.sqlite3'}"
    database = {"url": url, "pool_size": 1, "pool_overflow": 1, "pool_timeout": 0.05}
    small = Database(make_settings(url, tmp_path, database=database))
    async with small.read() as one, small.read() as two:
        for session in (one, two):
            await session.execute(text("SELECT 1"))
        async with small.read() as third:
            with pytest.raises(PoolTimeoutError, match="limit of size 1 overflow 1"):
                await third.execute(text("SELECT 1"))
    await small.aclose()


@pytest.mark.anyio
async def test_what_is_in_use_at_the_end_is_closed_too(
    empty_postgres: str, postgres: psycopg.Connection, tmp_path: Path
) -> None:
    database = Database(make_settings(empty_postgres, tmp_path))
    reading = asyncio.Event()

    async def read() -> None:
        async with database.read() as session:
            await session.execute(text("SELECT 1"))
            reading.set()
            await session.execute(text("SELECT pg_sleep(0.2)"))

    late = asyncio.create_task(read())
    await reading.wait()
    await database.aclose()
    await late
    connections = "SELECT count(*) FROM pg_stat_activity WHERE datname = %s"
    name = empty_postgres.rpartition("/")[2]
    for _ in range(100):  # the server notices a moment later
        left = postgres.execute(connections, [name]).fetchone()
        if left == (0,):
            break
        await asyncio.sleep(0.05)
    assert left == (0,)

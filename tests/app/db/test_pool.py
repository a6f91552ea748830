"""The addresses of the database, and how many connections a process opens."""

from pathlib import Path

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

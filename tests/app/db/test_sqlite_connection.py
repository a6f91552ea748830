"""Statements on SQLite, each one errand to the connection's thread."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path

import anyio
import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from app.db.session import Database
from tests.app.conftest import make_settings

pytestmark = pytest.mark.anyio


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    own = {"url": f"sqlite:///{tmp_path / 'own.sqlite3'}", "busy_timeout_ms": 500}
    settings = make_settings("", tmp_path, database=own)
    database = Database(settings)
    async with database.write() as session:
        await session.execute(text("CREATE TABLE lines (id INTEGER PRIMARY KEY, said TEXT UNIQUE)"))
    yield database
    await database.aclose()


async def said(database: Database) -> list[str]:
    async with database.read() as session:
        return list(await session.scalars(text("SELECT said FROM lines ORDER BY id")))


async def test_results_are_as_they_were(database: Database) -> None:
    insert = text("INSERT INTO lines (said) VALUES (:said)")
    async with database.write() as session:
        connection = await session.connection()
        one = await connection.execute(insert, {"said": "one"})
        assert (one.rowcount, one.lastrowid) == (1, 1)
        await connection.execute(insert, [{"said": "two"}, {"said": "three"}])
        changed = await connection.execute(text("UPDATE lines SET said = said || '!'"))
        assert changed.rowcount == 3
        returned = await connection.execute(text("DELETE FROM lines WHERE id = 2 RETURNING said"))
        assert returned.all() == [("two!",)]
        empty = await connection.execute(text("SELECT id, said FROM lines WHERE id = 2"))
        assert list(empty.keys()) == ["id", "said"]
        assert empty.all() == []
    assert await said(database) == ["one!", "three!"]


async def test_a_stream_of_rows_sees_one_moment(database: Database, tmp_path: Path) -> None:
    insert = "INSERT INTO lines (said) VALUES (?)"
    other = sqlite3.connect(tmp_path / "own.sqlite3", isolation_level=None)
    other.executemany(insert, [("one",), ("two",)])
    async with database.read() as session:
        rows = await session.stream_scalars(
            text("SELECT said FROM lines ORDER BY id"), execution_options={"yield_per": 1}
        )
        seen = [await anext(rows)]
        other.execute(insert, ("three",))
        other.close()
        seen += [row async for row in rows]
        again = list(await session.scalars(text("SELECT said FROM lines ORDER BY id")))
    assert seen == again == ["one", "two"]
    assert await said(database) == ["one", "two", "three"]


async def test_writers_keep_each_other_out_from_their_first_statement(
    database: Database, tmp_path: Path
) -> None:
    other = sqlite3.connect(tmp_path / "own.sqlite3", isolation_level=None, timeout=0)
    async with database.write() as session:
        await session.scalars(text("SELECT said FROM lines"))
        with pytest.raises(sqlite3.OperationalError, match="locked"):
            other.execute("BEGIN IMMEDIATE")
    async with database.write():
        pass  # nothing to commit
    other.execute("BEGIN IMMEDIATE")
    other.execute("ROLLBACK")
    other.close()


async def test_a_failure_takes_the_transaction_back(database: Database) -> None:
    insert = text("INSERT INTO lines (said) VALUES ('twice')")

    async def twice() -> None:
        async with database.write() as session:
            await session.execute(insert)
            await session.execute(insert)

    with pytest.raises(IntegrityError):
        await twice()
    assert await said(database) == []
    async with database.write() as session:
        await session.execute(insert)
    assert await said(database) == ["twice"]


@pytest.mark.parametrize("waits", [True, False], ids=["before it begins", "within"])
async def test_a_cancelled_transaction_leaves_no_lock(
    database: Database, tmp_path: Path, waits: bool
) -> None:
    begun = asyncio.Event()

    async def write() -> None:
        async with database.write() as session:
            begun.set()
            await session.execute(text("INSERT INTO lines (said) VALUES ('never')"))
            await asyncio.sleep(60)

    other = sqlite3.connect(tmp_path / "own.sqlite3", isolation_level=None, timeout=0)
    if waits:
        other.execute("BEGIN IMMEDIATE")  # the errand waits for the lock when it is cancelled
    writing = asyncio.create_task(write())
    await begun.wait()
    await asyncio.sleep(0.1)
    writing.cancel()
    await asyncio.gather(writing, return_exceptions=True)
    if waits:
        other.execute("ROLLBACK")
    for n in range(12):  # as many as the pool has connections, and more
        async with database.write() as session:
            await session.execute(text("INSERT INTO lines (said) VALUES (:n)"), {"n": str(n)})
    other.execute("BEGIN IMMEDIATE")  # nobody holds the lock
    other.close()
    assert await said(database) == [str(n) for n in range(12)]


async def test_a_request_that_is_cancelled_again_and_again_closes_its_connection(
    database: Database, tmp_path: Path
) -> None:
    """As the framework cancels an answer whose client hangs up in the middle of a query."""
    begun = asyncio.Event()

    async def write() -> None:
        async with database.write() as session:
            begun.set()
            await session.execute(text("INSERT INTO lines (said) VALUES ('never')"))

    other = sqlite3.connect(tmp_path / "own.sqlite3", isolation_level=None, timeout=0)
    other.execute("BEGIN IMMEDIATE")
    async with anyio.create_task_group() as group:
        group.start_soon(write)
        await begun.wait()
        await asyncio.sleep(0.1)
        group.cancel_scope.cancel()
    closing = [task for task in asyncio.all_tasks() if "_terminate" in str(task.get_coro())]
    assert closing
    other.execute("ROLLBACK")
    other.close()
    _, pending = await asyncio.wait(closing, timeout=5)
    assert not pending
    assert await said(database) == []

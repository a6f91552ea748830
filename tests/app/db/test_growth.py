"""What lists, searches, turns and purges read of 100,000 characters and 1,000,000 messages.

Work is counted, not timed: on SQLite in instructions of its virtual machine, on PostgreSQL in rows
that the plan's nodes went through. Reading all 100,000 entries of an index takes more than either
bound.
"""

import json
import sqlite3
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event, make_url, text
from sqlalchemy.ext.asyncio import AsyncSession

from app.access import Caller
from app.catalog.listing import Listing, ListingRepository
from app.catalog.repository import CharacterRepository
from app.conversations.branch_repository import BranchRepository
from app.conversations.repository import ConversationRepository
from app.db.base import utc_now
from app.db.migrate import upgrade
from app.db.migration_connection import migrating
from app.db.session import Database
from app.scripts.repository import ScriptRepository
from app.settings import Settings
from tests.app.conftest import POSTGRES, passing_database
from tests.app.db.large_database import CHARACTERS, character, fill, message

pytestmark = [pytest.mark.anyio, pytest.mark.slow, pytest.mark.timeout(900)]

INSTRUCTIONS = 300_000
ROWS = 20_000


@pytest.fixture(scope="module", params=["sqlite", *(["postgres"] if POSTGRES else [])])
def large(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    """The URL of a large database."""
    if request.param == "sqlite":
        file = tmp_path_factory.mktemp("large") / "offbook.sqlite3"
        yield _filled(f"sqlite:///{file}")
        return
    with passing_database("large") as url:
        yield _filled(url)


def _filled(url: str) -> str:
    settings = Settings(database={"url": url})
    upgrade(settings.database_url)
    with migrating(make_url(settings.database_url)) as connection:
        fill(connection)
        connection.execute(text("ANALYZE"))
    return url


async def examined(database: Database, call: Callable[[AsyncSession], Awaitable[Any]]) -> int:
    """Run ``call``, then each of its statements alone; how much the most laborious one did."""
    seen: list[tuple[str, Any]] = []
    engine = database.engine.sync_engine

    def note(_: Any, __: Any, statement: str, parameters: Any, ___: Any, ____: Any) -> None:
        seen.append((statement, parameters))

    event.listen(engine, "before_cursor_execute", note)
    try:
        async with database.read() as session:
            await call(session)
    finally:
        event.remove(engine, "before_cursor_execute", note)
    assert seen
    work = []
    for statement, parameters in seen:
        if database.dialect == "sqlite":
            work.append(_instructions(database, statement, parameters))
        else:
            work.append(await _rows(database, statement, parameters))
    return max(work)


def _instructions(database: Database, statement: str, parameters: Any) -> int:
    file = make_url(str(database.engine.url)).database
    counted = 0

    def count() -> None:
        nonlocal counted
        counted += 100

    connection = sqlite3.connect(str(file))
    try:
        connection.set_progress_handler(count, 100)
        connection.execute(statement, parameters).fetchall()
    finally:
        connection.close()
    return counted


async def _rows(database: Database, statement: str, parameters: Any) -> int:
    async with database.engine.begin() as connection:
        explained = await connection.exec_driver_sql(
            f"EXPLAIN (ANALYZE, FORMAT JSON) {statement}", parameters
        )
        found = explained.scalar_one()
        await connection.rollback()
    plans = json.loads(found) if isinstance(found, str) else found
    return _counted(plans[0]["Plan"])


def _counted(plan: dict[str, Any]) -> int:
    removed = plan.get("Rows Removed by Filter", 0) + plan.get("Rows Removed by Index Recheck", 0)
    own = (plan["Actual Rows"] + removed) * plan["Actual Loops"]
    return int(own) + sum(map(_counted, plan.get("Plans", [])))


async def test_what_is_read(large: str, tmp_path: Path) -> None:
    database = Database(Settings(database={"url": large}, data_dir=tmp_path))
    most = INSTRUCTIONS if database.dialect == "sqlite" else ROWS
    last = character(CHARACTERS // 2)
    try:
        work = {name: await examined(database, call) for name, call in _reading(last).items()}
        assert {name: done for name, done in work.items() if done > most} == {}, work
    finally:
        await database.aclose()


def _reading(last: Any) -> dict[str, Callable[[AsyncSession], Awaitable[Any]]]:
    def listing(**wanted: Any) -> Callable[[AsyncSession], Awaitable[Any]]:
        after = wanted.pop("after", None)
        return lambda session: ListingRepository(session).page(
            Listing("owner-7", **wanted), after=after, limit=25
        )

    def conversations(search: str = "") -> Callable[[AsyncSession], Awaitable[Any]]:
        return lambda session: ConversationRepository(session).page(
            "owner-7", character_id=None, after=None, limit=25, search=search
        )

    return {
        "list": listing(),
        "list, further on": listing(after=last),
        "list, a language first": listing(first="en"),
        "list, a language first, further on": listing(first="en", after=character(20)),
        "search without a hit": listing(search="no such words"),
        "search with one hit": listing(search="lamp 77777"),
        "search with many hits": listing(search="Lighthouse"),
        "search in Chinese without a hit": listing(search="不存在的人"),
        "search in Chinese with many": listing(search="灯塔看守人"),
        "search for two letters without a hit": listing(search="渡口"),
        "search for one letter with many": listing(search="灯"),
        "favourites": listing(favourites_only=True),
        "all characters": lambda session: CharacterRepository(session).page(after=None, limit=25),
        "deleted characters": lambda session: CharacterRepository(session).deleted(None, 25),
        "deleted before": lambda session: CharacterRepository(session).deleted_before(utc_now()),
        "scripts": lambda session: ScriptRepository(session).page(
            Caller("owner-7", "admin"), None, 25
        ),
        "conversations": conversations(),
        "conversations, searched": conversations("no such words"),
        "a branch": lambda session: BranchRepository(session, character(5)).path(
            message(5, 10), None
        ),
        "a branch shown": lambda session: BranchRepository(session, character(5)).shown(
            message(5, 10), 50
        ),
    }

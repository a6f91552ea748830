"""What lists, searches, turns and purges read of 100,000 characters and 1,000,000 messages.

Work is counted, not timed: on SQLite in instructions of its virtual machine, on PostgreSQL in rows
that the plan's nodes went through. Reading all 100,000 entries of an index takes more than either
bound.
"""

import asyncio
import json
import sqlite3
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import PrimaryKeyConstraint, UniqueConstraint, delete, event, make_url, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.access import Caller
from app.admin.deletion import delete_character
from app.catalog.listing import Listing, ListingRepository
from app.catalog.repository import CharacterRepository
from app.conversations.branch_repository import BranchRepository
from app.conversations.repository import ConversationRepository
from app.db.base import Base, utc_now
from app.db.migrate import upgrade
from app.db.migration_connection import migrating
from app.db.models import (
    Character,
    Conversation,
    Example,
    ExampleIndex,
    IndexSpace,
    StoredReplyIndex,
)
from app.db.session import Database
from app.maintenance import maintain
from app.scripts.repository import ScriptRepository
from app.settings import Settings
from tests.app.conftest import POSTGRES, make_settings, passing_database
from tests.app.db.large_database import CHARACTERS, character, fill, message
from tests.app.running import running

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
    with noted(database) as seen:
        async with database.read() as session:
            await call(session)
    assert seen
    work = []
    for statement, parameters in seen:
        if database.dialect == "sqlite":
            work.append(_instructions(database, statement, parameters))
        else:
            work.append(await _rows(database, statement, parameters))
    return max(work)


@contextmanager
def noted(database: Database) -> Iterator[list[tuple[str, Any]]]:
    """The statements with their parameters; of many rows at once, those of the first."""
    seen: list[tuple[str, Any]] = []
    engine = database.engine.sync_engine

    def note(_: Any, __: Any, statement: str, given: Any, ___: Any, many: bool) -> None:
        seen.append((statement, given[0] if many else given))

    event.listen(engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(engine, "before_cursor_execute", note)


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


async def test_what_purges_go_through(large: str, tmp_path: Path) -> None:
    """Maintenance and an erasure, each statement explained: none reads a large table whole."""
    settings = make_settings(
        large,
        tmp_path,
        server={"role": "web"},
        conversations={"kept_days": 730, "guests_kept_days": 365},
    )
    async with running(settings) as service:
        services = service.services
        database = services.database
        await _make_something_to_purge(database)
        with noted(database) as seen:
            await maintain(services, asyncio.Event())
            await services.erasing.erase("owner-8")
            async with database.write() as session:
                await delete_character(session, "keeper-40009", Caller("owner-9", "admin"))
            await services.scripts.delete(character(40_009), Caller("owner-9", "admin"))
        statements = {
            statement: given
            for statement, given in seen
            if statement.startswith(("SELECT", "WITH", "UPDATE", "DELETE"))
        }
        purged = {table for table in LARGE if any(f"DELETE FROM {table}" in s for s in statements)}
        assert purged >= {"conversations", "messages", "characters", "key_vectors", "scripts"}
        whole = {}
        for statement, given in statements.items():
            if found := await _read_whole(database, statement, given):
                whole[statement] = found
        assert whole == {}


LARGE = frozenset(
    {
        *("characters", "character_texts", "character_scripts", "character_guests", "scripts"),
        *("scenes", "examples", "key_vectors", "example_indexes", "reply_indexes", "favourites"),
        *("conversations", "conversation_counts", "messages", "memories", "user_personas"),
        *("usage_days", "quota_accounts", "audit_entries", "admin_sessions", "reports"),
        *("moderation_findings", "kept_counts"),
    }
)
MEASURED = (
    "sum(scripts.size_bytes)",
    "sum(length(",
    "sum(blobs.size)",
    "UPDATE usage_days SET storage_bytes",
)
"""The hourly measuring of everyone's storage, which adds up all files and notes it."""


PARTIAL = frozenset(
    index.name
    for table in Base.metadata.tables.values()
    for index in table.indexes
    if index.dialect_options["sqlite"]["where"] is not None
    and index.name != "ix_conversations_guests"
)
"""Indexes of a few rows, which may well be read whole."""


async def _make_something_to_purge(database: Database) -> None:
    """Something of each kind, a few rows among the many."""
    old = utc_now() - timedelta(days=60)
    async with database.write() as session:
        some = [character(number) for number in range(30_001, 30_004)]
        gone = update(Conversation).where(Conversation.id.in_(some))
        await session.execute(gone.values(deleted_at=old))
        aside = update(Character).where(Character.id == character(30_005))
        await session.execute(aside.values(deleted_at=old))
        unused = update(Conversation).where(Conversation.id == character(30_006))
        await session.execute(unused.values(updated_at=utc_now() - timedelta(days=800)))
        await session.execute(
            delete(Example).where(Example.character_id == character(30_007))
        )  # whose vector nothing refers to any more
        session.add(IndexSpace(embedder="gone", format="1", seen_at=old))
        session.add(
            StoredReplyIndex(
                character_id=character(30_008),
                embedder="gone",
                format="1",
                index_version=character(30_008),
                weights_key="",
                words=b"",
                features=b"",
                vectors=b"",
            )
        )
        session.add(ExampleIndex(character_id=character(30_008), embedder="gone", version=some[0]))


async def _read_whole(database: Database, statement: str, given: Any) -> set[str]:
    """Return which large tables a statement goes through from end to end."""
    if any(each in statement for each in MEASURED):
        return set()
    async with database.engine.begin() as connection:
        if database.dialect == "sqlite":
            rows = await connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", given)
            steps = [str(row._mapping["detail"]).split() for row in rows]
            found = {step[1] for step in steps if step[0] == "SCAN" and step[-1] not in PARTIAL}
        else:
            explained = await connection.exec_driver_sql(
                f"EXPLAIN (FORMAT JSON) {statement}", given
            )
            plans = explained.scalar_one()
            plans = json.loads(plans) if isinstance(plans, str) else plans
            found = set(_sequential(plans[0]["Plan"]))
        await connection.rollback()
    return {table for table in found if table in LARGE}


def _sequential(plan: dict[str, Any]) -> Iterator[str]:
    if plan["Node Type"] == "Seq Scan":
        yield plan["Relation Name"]
    for each in plan.get("Plans", []):
        yield from _sequential(each)


def test_what_a_cascade_deletes_is_found_by_an_index() -> None:
    """No plan shows it: the rows that refer to a deleted one."""
    without = set()
    for table in Base.metadata.tables.values():
        keys = (PrimaryKeyConstraint, UniqueConstraint)
        keyed = [each for each in table.constraints if isinstance(each, keys)]
        leading = {next(iter(each.columns)).name for each in (*keyed, *table.indexes)}
        without |= {
            f"{table.name}.{key.parent.name}"
            for key in table.foreign_keys
            if key.parent.name not in leading
        }
    assert without == set()

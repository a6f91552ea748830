"""What processes announce to each other, and how long they wait where nothing arrives."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from sqlalchemy import make_url, text

from app.db.session import Database
from app.db.signals import SAFETY_SECONDS, Topic, announce
from app.settings import Settings
from tests.app.conftest import make_settings, passing_database
from tests.app.running import until

pytestmark = pytest.mark.anyio


@asynccontextmanager
async def opened(settings: Settings) -> AsyncIterator[Database]:
    """A process's database that listens."""
    database = Database(settings)
    database.signals.start()
    try:
        yield database
    finally:
        await database.aclose()


def is_postgres(settings: Settings) -> bool:
    return make_url(settings.database_url).get_backend_name() == "postgresql"


async def test_another_process_hears_what_was_committed(settings: Settings) -> None:
    if not is_postgres(settings):
        pytest.skip("SQLite has no notifications")
    async with opened(settings) as here, opened(settings) as there:
        heard: list[str] = []
        await until(lambda: here.signals.live and there.signals.live)
        there.signals.subscribe(Topic.TURNS, heard.append)
        async with here.write() as session:
            await announce(session, Topic.TURNS, "undone")
            await session.rollback()
        async with here.write() as session:
            await announce(session, Topic.AUDITIONS, "another topic")
            await announce(session, Topic.TURNS, "a")
            await announce(session, Topic.TURNS, "a")
        async with here.write() as session:
            await announce(session, Topic.TURNS)
        await until(lambda: len(heard) >= 2)
        assert heard == ["a", ""]


async def test_a_subscriber_that_fails_keeps_nothing_from_others(settings: Settings) -> None:
    if not is_postgres(settings):
        pytest.skip("SQLite has no notifications")
    async with opened(settings) as database:
        heard: list[str] = []

        def fail(key: str) -> None:
            raise RuntimeError("of a test")

        database.signals.subscribe(Topic.TURNS, fail)
        database.signals.subscribe(Topic.TURNS, heard.append)
        await until(lambda: database.signals.live and heard == [""])
        async with database.write() as session:
            await announce(session, Topic.TURNS, "a")
        await until(lambda: heard == ["", "a"])
        assert database.signals.live


async def test_without_signals_processes_look_by_the_clock(settings: Settings) -> None:
    if is_postgres(settings):
        pytest.skip("PostgreSQL has notifications")
    async with opened(settings) as database:
        async with database.write() as session:
            await announce(session, Topic.TURNS, "a")
        assert (database.signals.live, database.signals.pause(2.0)) == (False, 2.0)


async def test_a_lost_connection_is_opened_again(settings: Settings) -> None:
    """Whoever waits looks at once: signals may have been missed meanwhile."""
    if not is_postgres(settings):
        pytest.skip("SQLite has no notifications")
    async with opened(settings) as database:
        looks: list[bool] = []
        database.signals.subscribe(Topic.INDEX_JOBS, lambda _: looks.append(database.signals.live))
        await until(lambda: looks == [True])
        assert database.signals.pause(2.0) == SAFETY_SECONDS
        async with database.write() as session:
            await session.execute(
                text(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                    " WHERE datname = current_database() AND query = 'LISTEN offbook'"
                )
            )
        await until(lambda: looks == [True, False, True])
        async with database.write() as session:
            await announce(session, Topic.INDEX_JOBS)
        await until(lambda: len(looks) == 4)


async def test_where_they_are_kept_back_it_polls_and_says_why(
    settings: Settings, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A pooler in transaction mode takes LISTEN and brings nothing; so does another database."""
    if not is_postgres(settings):
        pytest.skip("SQLite has no notifications")
    monkeypatch.setattr("app.db.signals._HELLO_SECONDS", 0.2)
    said = ""

    def complained() -> bool:
        nonlocal said
        said += capfd.readouterr().out
        return "OFFBOOK_DATABASE__DIRECT_URL" in said

    with passing_database("elsewhere") as elsewhere:
        database = settings.database.model_copy(update={"direct_url": elsewhere})
        async with opened(settings.model_copy(update={"database": database})) as misled:
            await until(complained)
            assert (misled.signals.live, misled.signals.pause(2.0)) == (False, 2.0)


async def test_a_database_that_is_away_is_no_reason_not_to_start(tmp_path: Path) -> None:
    nowhere = "postgresql://nobody:nothing@127.0.0.1:9/nowhere"
    async with opened(make_settings(nowhere, tmp_path)) as database:
        await asyncio.sleep(0)
        assert not database.signals.live

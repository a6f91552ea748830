"""Upgrades beside a release that runs: what waits for what, and what an interruption leaves."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg
import pytest
import sqlalchemy as sa
from alembic import command
from sqlalchemy import make_url

from app.db import upgrading
from app.db.migrate import move, upgrade
from app.db.migration_connection import inspecting, migrating
from app.db.problems import DatabaseProblemError
from app.db.revisions import alembic_config, current_revision, known_revisions, missing_migrations
from app.settings import Settings
from tests.app.conftest import POSTGRES
from tests.app.serving import wait_for

ON_POSTGRES = [
    pytest.mark.postgres,
    pytest.mark.skipif(not POSTGRES, reason="OFFBOOK_TEST_POSTGRES_URL is not set"),
]
DATABASES = ["sqlite", pytest.param("postgres", marks=ON_POSTGRES)]
on_postgres = pytest.mark.parametrize(
    "url", [pytest.param("postgres", marks=ON_POSTGRES)], indirect=True
)

CHARACTERS = sa.table(
    "characters",
    sa.column("id", sa.Uuid()),
    *(sa.column(name, sa.JSON()) for name in ("aliases", "speakers", "others", "sampling")),
    sa.column("dropped", sa.JSON()),
    *(sa.column(name, sa.Boolean()) for name in ("published", "sample")),
    *(sa.column(name, sa.DateTime(timezone=True)) for name in ("created_at", "updated_at")),
    *(sa.column(name) for name in ("slug", "name", "tagline", "profile", "greeting")),
    *(sa.column(name) for name in ("language", "status", "lines", "examples")),
)
"""As the first schema has it."""
TEXTS = sa.table("character_texts", sa.column("character_id", sa.Uuid()), sa.column("name"))
NAMES = ("ada", "ben", "clara", "dora", "emil")


@pytest.fixture(params=DATABASES)
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A database without any table."""
    if request.param == "sqlite":
        return f"sqlite+aiosqlite:///{tmp_path / 'offbook.sqlite3'}"
    return Settings(database={"url": request.getfixturevalue("empty_postgres")}).database_url


def make_old(url: str, revision: str) -> None:
    """A database of an older schema, with five characters."""
    when = datetime(2026, 1, 2, tzinfo=UTC)
    blank: dict[str, Any] = dict.fromkeys(("tagline", "profile", "greeting"), "")
    rows = [
        {
            **{"id": UUID(int=at), "slug": name, "name": name.title(), "language": "en"},
            **{"aliases": [], "speakers": [], "others": [], "sampling": {}, "dropped": {}},
            **{"published": True, "sample": False, "status": "ready", "lines": 0, "examples": 0},
            **{"created_at": when, "updated_at": when},
            **blank,
        }
        for at, name in enumerate(NAMES, 1)
    ]
    for step in ("0001", revision):
        with migrating(make_url(url)) as connection:
            move(connection, step)
            if step == "0001":
                connection.execute(sa.insert(CHARACTERS), rows)


def schema_of(url: str) -> str | None:
    with inspecting(make_url(url)) as connection:
        return current_revision(connection)


def texts_of(url: str) -> list[str]:
    with inspecting(make_url(url)) as connection:
        names = sa.select(TEXTS.c.name).order_by(TEXTS.c.character_id)
        return list(connection.scalars(names))


@contextmanager
def session(url: str, name: str = "") -> Iterator[psycopg.Connection]:
    """A transaction that another process has open."""
    plain = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(plain, application_name=name) as connection:
        # A test that would wait for ever fails.
        connection.execute("SET lock_timeout = '60s'")
        connection.commit()
        yield connection


class Upgrading(threading.Thread):
    """Upgrade a database, and keep what is reported."""

    def __init__(self, url: str) -> None:
        super().__init__()
        self.lines: list[str] = []
        self.error: Exception | None = None
        self._url = url

    def run(self) -> None:
        try:
            upgrade(self._url, wait=120, report=self.lines.append)
        except Exception as error:
            self.error = error

    def said(self, text: str) -> bool:
        return any(text in line for line in self.lines)


@contextmanager
def upgrading_meanwhile(url: str) -> Iterator[Upgrading]:
    thread = Upgrading(url)
    thread.start()
    yield thread
    thread.join(240)
    assert thread.error is None
    assert not thread.is_alive()


def test_each_migration_is_reported(url: str) -> None:
    make_old(url, "0026")
    lines: list[str] = []
    upgrade(url, report=lines.append)
    missing = known_revisions()[::-1][known_revisions()[::-1].index("0027") :]
    newest = missing[-1]
    assert lines[0] == f"Migrations to apply: {len(missing)}, from 0027 to {newest}."
    assert [line.split()[0] for line in lines[1:]] == missing
    assert lines[1].startswith("0027 index_spaces (")
    lines.clear()
    upgrade(url, report=lines.append)
    assert lines == []


def test_searches_find_the_characters_of_before(url: str) -> None:
    make_old(url, "0026")
    upgrade(url)
    assert texts_of(url) == list(NAMES)
    command.check(alembic_config(url))


@on_postgres
def test_who_holds_the_lock_is_said_and_what_came_before_stays(url: str) -> None:
    make_old(url, "0029")
    with session(url) as other:
        other.execute("LOCK TABLE avatars IN ACCESS SHARE MODE")  # which 0038 changes
        pid = other.info.backend_pid
        said = (
            r"The migration 0038 blobs waits for the lock that “ALTER TABLE avatars ADD COLUMN"
            rf".*avatars is locked by process {pid} \(idle in transaction, for \d+ s\)"
            r".* End that transaction.*goes on with this migration"
        )
        with pytest.raises(DatabaseProblemError, match=said):
            upgrade(url, wait=0)
        assert schema_of(url) == "0031"
    upgrade(url, wait=60)
    assert schema_of(url) == known_revisions()[0]
    command.check(alembic_config(url))


@on_postgres
def test_an_upgrade_that_waits_lets_others_pass(url: str) -> None:
    make_old(url, "0026")
    with session(url) as reading, session(url) as turn, upgrading_meanwhile(url) as upgrade:
        reading.execute("SELECT count(*) FROM characters")
        wait_for(lambda: upgrade.said("waits for the lock") or not upgrade.is_alive(), seconds=120)
        for _ in range(3):
            turn.execute("SELECT count(*) FROM characters")
            turn.execute("UPDATE characters SET lines = 1")
            turn.commit()
        assert not upgrade.said("0027 index_spaces (")
        reading.commit()
    assert schema_of(url) == known_revisions()[0]


@on_postgres
def test_of_a_migration_and_a_turn_that_wait_for_each_other_the_migration_gives_way(
    url: str,
) -> None:
    make_old(url, "0029")
    with session(url) as turn:
        turn.execute("LOCK TABLE conversations IN ROW EXCLUSIVE MODE")  # as a write has it
        with upgrading_meanwhile(url) as upgrade:
            wait_for(
                lambda: upgrade.said("LOCK TABLE conversations") or not upgrade.is_alive(),
                seconds=120,
            )
            for _ in range(5):
                turn.execute("SELECT count(*) FROM characters")  # no deadlock_detected
            turn.commit()
    assert schema_of(url) == known_revisions()[0]


def filling(monkeypatch: pytest.MonkeyPatch, after: Callable[[int], None]) -> None:
    """Fill in two characters at once, and call ``after`` with the number of each batch."""
    [migration] = [each for each in missing_migrations(None) if each.revision == "0041"]
    module, batches = migration.module, iter(range(1, 100))
    fill = module.fill

    def watched(connection: sa.Connection, last: UUID | None) -> UUID | None:
        after(next(batches))
        found: UUID | None = fill(connection, last)
        return found

    monkeypatch.setattr(module, "_BATCH", 2)
    monkeypatch.setattr(module, "fill", watched)


@on_postgres
def test_characters_are_written_while_their_texts_are_filled_in(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_old(url, "0026")
    filled: list[int] = []

    with session(url) as other:

        def change(batch: int) -> None:
            filled.append(len(texts_of(url)))
            if batch == 2:  # one that is filled in, one that is next, and one that goes
                other.execute("UPDATE characters SET name = 'Anna' WHERE slug = 'ada'")
                other.execute("UPDATE characters SET name = 'Carla' WHERE slug = 'clara'")
                other.execute("DELETE FROM characters WHERE slug = 'dora'")
                other.commit()

        filling(monkeypatch, change)
        upgrade(url)
    # Two in the first batch; Clara by her trigger, and Emil in the second; none in the third.
    assert filled == [0, 2, 4]
    assert texts_of(url) == ["anna", "ben", "carla", "emil"]


@on_postgres
def test_an_upgrade_that_is_interrupted_goes_on(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    make_old(url, "0026")

    def die(batch: int) -> None:
        if batch == 2:
            raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        filling(patch, die)
        with pytest.raises(KeyboardInterrupt):
            upgrade(url)
    assert (schema_of(url), texts_of(url)) == ("0040", ["ada", "ben"])
    upgrade(url)
    assert (schema_of(url), texts_of(url)) == (known_revisions()[0], list(NAMES))


@on_postgres
def test_the_wait_for_a_lock_is_shorter_than_the_search_for_deadlocks(url: str) -> None:
    """Else PostgreSQL might end a turn in place of the migration."""
    with session(url) as other:
        [shown] = other.execute("SELECT setting FROM pg_settings WHERE name = 'deadlock_timeout'")
    assert int(shown[0]) > upgrading._LOCK_MS

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


def have_talked(url: str) -> None:
    """Give each character of schema 0041 a conversation of three messages."""
    with migrating(make_url(url)) as connection:
        for statement in _TALKS:
            connection.execute(sa.text(statement))


_TALKS = (
    """INSERT INTO conversations (id, character_id, owner, user_name, title, remembers_others,
        summarize, summary, created_at, updated_at)
    SELECT id, id, 'owner', 'Anna', '', false, false, '', created_at, updated_at FROM characters""",
    """INSERT INTO messages (id, conversation_id, role, content, hidden, state, examples,
        created_at)
    SELECT gen_random_uuid(), id, 'user', 'Hello?', false, 'complete', '[]', created_at
    FROM characters, generate_series(1, 3)""",
)
SAY = """INSERT INTO messages (id, conversation_id, role, content, hidden, state, examples,
        created_at)
    SELECT gen_random_uuid(), id, 'user', 'Still there?', false, 'complete', '[]', now()
    FROM characters WHERE slug = %s"""
"""On PostgreSQL."""
UNSAY = """DELETE FROM messages WHERE id = (SELECT m.id FROM messages AS m
    JOIN characters AS c ON c.id = m.conversation_id WHERE c.slug = %s LIMIT 1)"""


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
@pytest.mark.parametrize(
    ("migration", "before", "table"),
    [
        ("0042 kept_counts", "0041", "messages"),
        ("0048 purges_by_index", "0047", "favourites"),
    ],
)
def test_many_locks_are_waited_for_as_one_is(
    url: str, migration: str, before: str, table: str
) -> None:
    make_old(url, before)
    with session(url) as other:
        other.execute(f"LOCK TABLE {table} IN ROW EXCLUSIVE MODE")  # as a write has it
        said = rf"{migration} waits for the lock.*LOCK TABLE.*{table} is locked by process"
        with pytest.raises(DatabaseProblemError, match=said):
            upgrade(url, wait=0)
        assert schema_of(url) == before
    upgrade(url, wait=60)
    assert schema_of(url) == known_revisions()[0]


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


def filling(
    monkeypatch: pytest.MonkeyPatch, after: Callable[[int], None], revision: str = "0041"
) -> None:
    """Fill in two rows at once, and call ``after`` with the number of each batch."""
    [migration] = [each for each in missing_migrations(None) if each.revision == revision]
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


def counts_of(url: str) -> dict[str, int]:
    """How many messages are kept for each conversation, by its character's name, and of all."""
    kept = """
        SELECT c.slug, k.messages FROM conversation_counts AS k
        JOIN conversations AS t ON t.id = k.conversation_id
        JOIN characters AS c ON c.id = t.character_id
        UNION ALL SELECT 'all', coalesce(sum(n), 0) FROM (
            SELECT n FROM count_changes WHERE what = 'messages'
            UNION ALL SELECT n FROM kept_counts
            WHERE what = 'messages' AND subject <> '00000000000000000000000000000000') AS changes"""
    with inspecting(make_url(url)) as connection:
        return {name: int(n) for name, n in connection.execute(sa.text(kept))}


@on_postgres
def test_messages_are_written_while_they_are_counted(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_old(url, "0041")
    have_talked(url)
    kept: list[int] = []

    with session(url) as other:

        def change(batch: int) -> None:
            kept.append(len(counts_of(url)) - 1)
            if batch == 2:  # Ben's are counted, the others' are not
                for name in ("ben", "ben", "clara"):
                    other.execute(SAY, [name])
                for name in ("ben", "dora", "dora", "emil", "emil", "emil"):
                    other.execute(UNSAY, [name])
                other.commit()

        filling(monkeypatch, change, "0043")
        upgrade(url)
    assert kept == [0, 2, 4, 5]  # the last batch finds none
    counted = {"ada": 3, "ben": 4, "clara": 4, "dora": 1, "emil": 0}
    assert counts_of(url) == counted | {"all": 12}


@on_postgres
@pytest.mark.parametrize(("statement", "left"), [(SAY, 4), (UNSAY, 2)])
def test_a_conversation_that_is_written_to_is_counted_afterwards(
    url: str, statement: str, left: int
) -> None:
    """Counted before, its newest message would be counted never, or one too many."""
    make_old(url, "0041")
    have_talked(url)
    with migrating(make_url(url)) as connection:
        move(connection, "0042")
    with session(url) as turn:
        turn.execute(statement, ["clara"])
        with upgrading_meanwhile(url) as upgrade:
            waits = "0043 messages_counted waits for the lock"
            wait_for(lambda: upgrade.said(waits) or not upgrade.is_alive(), seconds=120)
            turn.commit()
    counted = {**dict.fromkeys(NAMES, 3), "clara": left}
    assert counts_of(url) == counted | {"all": 12 + left}


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

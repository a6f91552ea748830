"""An upgrade that is killed: before each of its steps, on SQLite; in the middle, on PostgreSQL."""

import json
import shutil
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

import psycopg
import pytest
import sqlalchemy as sa
from alembic import command
from alembic.operations import Operations
from alembic.runtime.migration import MigrationContext
from sqlalchemy import event, make_url

from app.db.copies import make_copy
from app.db.migrate import upgrade
from app.db.migration_connection import BrokenReferencesError, migrating
from app.db.problems import DatabaseProblemError
from app.db.revisions import alembic_config, known_revisions
from app.settings import Settings
from tests.app.conftest import POSTGRES
from tests.app.db.old_database import ROWS, make_old_database, rows_of, schema_of

PROGRAM = Path(__file__).with_name("killed_upgrades.py")


def kill_before_each_step(template: Path, folder: Path) -> list[dict[str, Any]]:
    folder.mkdir()
    done = subprocess.run(
        [sys.executable, str(PROGRAM), str(template), str(folder)],
        capture_output=True,
        check=False,
        text=True,
    )
    assert done.returncode == 0, done.stderr[-2_000:]
    return [json.loads(line) for line in done.stdout.splitlines()]


@pytest.mark.slow
@pytest.mark.parametrize("start", ["nothing", "0001", "0010"])
def test_whenever_it_is_killed_the_next_upgrade_finds_its_way(
    tmp_path: Path, sqlite_template: Path, start: str
) -> None:
    template = tmp_path / "template.sqlite3"
    if start == "nothing":
        template.touch()
    else:
        make_old_database(template, start)
    before = {} if start == "nothing" else schema_of(template)
    before.pop("schema", None)
    found = kill_before_each_step(template, tmp_path / "work")

    clean = schema_of(sqlite_template)
    version = clean.pop("schema")
    old = [] if start == "nothing" else [[start]]
    rows = [] if start == "nothing" else [["Hello?"], ["And now?"]]
    assert len(found) > {"nothing": 70, "0001": 40, "0010": 8}[start]
    for each in found:
        # All of it or nothing, and the rows in either case.
        left, then = each["left"], each["then"]
        assert left["version"] in (old, [[known_revisions()[0]]]), each["step"]
        assert left["schema"] == (before if left["version"] == old else clean), each["step"]
        assert left["rows"] == rows
        assert (then["schema"], then["rows"]) == (clean, rows), each["step"]
        assert str([tuple(row) for row in then["version"]]) == version
        assert not any(".copy" in name for name in then["beside"]), each["step"]
    copies = [f"offbook.sqlite3.schema-{start}.copy" in each["left"]["beside"] for each in found]
    assert any(copies) == (start != "nothing")


def test_a_filled_database_keeps_every_row(tmp_path: Path, sqlite_template: Path) -> None:
    file = make_old_database(tmp_path / "offbook.sqlite3")
    upgrade(f"sqlite:///{file}")
    assert rows_of(file) == ROWS
    assert schema_of(file) == schema_of(sqlite_template)


def test_the_copy_has_what_only_the_log_holds(tmp_path: Path) -> None:
    file = make_old_database(tmp_path / "offbook.sqlite3")
    with closing(sqlite3.connect(file)) as service:
        service.execute("PRAGMA journal_mode=WAL")
        service.execute("UPDATE messages SET content = 'Only in the log'")
        service.commit()
        copy = make_copy(file, "0001")
        assert (tmp_path / "offbook.sqlite3-wal").stat().st_size > 0
    with closing(sqlite3.connect(copy)) as connection:
        contents = connection.execute("SELECT DISTINCT content FROM messages").fetchall()
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    assert contents == [("Only in the log",)]
    assert copy.stat().st_mode == file.stat().st_mode
    assert copy.name == "offbook.sqlite3.schema-0001.copy"


def test_a_migration_that_fails_keeps_the_copy_and_changes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = make_old_database(tmp_path / "offbook.sqlite3")
    before = schema_of(file)
    with monkeypatch.context() as patch:
        patch.setattr("alembic.op.execute", fail)  # of migration 0011, after all the others
        with pytest.raises(RuntimeError, match="by this test"):
            upgrade(f"sqlite:///{file}")
    assert (schema_of(file), rows_of(file)) == (before, ROWS)
    copy = tmp_path / "offbook.sqlite3.schema-0001.copy"
    assert rows_of(copy) == ROWS
    (tmp_path / "offbook.sqlite3.schema-0001.copy.partial").write_bytes(b"cut off")
    upgrade(f"sqlite:///{file}")
    assert not list(tmp_path.glob("*.copy*"))


def fail(*_: object) -> None:
    raise RuntimeError("made to fail by this test")


def test_without_room_for_a_copy_nothing_is_changed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = make_old_database(tmp_path / "offbook.sqlite3")
    usage = shutil.disk_usage(tmp_path)
    with monkeypatch.context() as patch:
        patch.setattr(shutil, "disk_usage", lambda _: usage._replace(free=10_000_000))
        with pytest.raises(DatabaseProblemError, match=r"no room .* 10 MB are free. Nothing was"):
            upgrade(f"sqlite:///{file}")
    assert "0001" in schema_of(file)["schema"]


def test_rebuilding_a_table_takes_nothing_along(tmp_path: Path) -> None:
    """Dropping the old table would, by ON DELETE CASCADE, where references are enforced."""
    file = make_old_database(tmp_path / "offbook.sqlite3")
    with migrating(make_url(f"sqlite:///{file}")) as connection:
        operations = Operations(MigrationContext.configure(connection))
        with operations.batch_alter_table("characters", recreate="always") as batch:
            batch.alter_column("tagline", type_=sa.String(500))
    assert rows_of(file) == ROWS


def test_references_that_a_migration_breaks_undo_it(tmp_path: Path) -> None:
    file = make_old_database(tmp_path / "offbook.sqlite3")
    with pytest.raises(BrokenReferencesError), migrating(make_url(f"sqlite:///{file}")) as moved:
        moved.execute(sa.text("DELETE FROM characters"))
    assert rows_of(file) == ROWS


def statements_of(revision: str, tmp_path: Path) -> list[str]:
    """What a migration executes, as SQLite gets it."""
    known = known_revisions()
    before = known[known.index(revision) + 1] if revision != known[-1] else "base"
    heard: list[str] = []
    with migrating(make_url(f"sqlite:///{tmp_path / 'heard.sqlite3'}")) as connection:
        config = alembic_config("")
        config.attributes["connection"] = connection
        command.upgrade(config, before)
        event.listen(
            connection.engine, "before_cursor_execute", lambda *event: heard.append(event[2])
        )
        command.upgrade(config, revision)
    (tmp_path / "heard.sqlite3").unlink()
    return [s for s in heard if s.lstrip().startswith(("CREATE", "ALTER"))]


@pytest.mark.parametrize("revision", ["0001", "0003", "0005", "0007"])
def test_what_an_older_version_left_half_done_is_completed(
    tmp_path: Path, sqlite_template: Path, revision: str
) -> None:
    file = tmp_path / "offbook.sqlite3"
    statements = statements_of(revision, tmp_path)
    for done in range(1, len(statements) + 1):
        for old in tmp_path.glob("offbook*"):
            old.unlink()
        if revision != "0001":
            make_old_database(file, f"{int(revision) - 1:04}")
        with closing(sqlite3.connect(file, isolation_level=None)) as killed:
            for statement in statements[:done]:
                killed.execute(statement)
        upgrade(f"sqlite:///{file}")
        assert schema_of(file) == schema_of(sqlite_template), done
        if revision != "0001":
            assert rows_of(file) == ROWS


def test_what_cannot_be_completed_is_told_and_left(tmp_path: Path) -> None:
    file = make_old_database(tmp_path / "offbook.sqlite3")
    with closing(sqlite3.connect(file, isolation_level=None)) as other:
        other.execute("ALTER TABLE scripts ADD COLUMN rows TEXT")  # the migration's is JSON
    before = schema_of(file)
    with pytest.raises(DatabaseProblemError, match=r"killed while it upgraded .*\(scripts would"):
        upgrade(f"sqlite:///{file}")
    assert (schema_of(file), rows_of(file)) == (before, ROWS)
    assert (tmp_path / "offbook.sqlite3.schema-0001.copy").exists()


KILLED = """
import os, signal, sys
from sqlalchemy import Engine, event
from app.db.migrate import upgrade

@event.listens_for(Engine, "before_cursor_execute")
def kill(connection, cursor, statement, *_):
    if "CREATE TABLE lorebooks" in statement:
        os.kill(os.getpid(), signal.SIGKILL)

upgrade(sys.argv[1])
"""


@pytest.mark.postgres
@pytest.mark.skipif(not POSTGRES, reason="OFFBOOK_TEST_POSTGRES_URL is not set")
def test_postgresql_goes_on_after_what_was_killed(empty_postgres: str) -> None:
    url = Settings(database={"url": empty_postgres}).database_url
    killed = subprocess.run([sys.executable, "-c", KILLED, url], check=False)
    assert killed.returncode == -signal.SIGKILL
    with psycopg.connect(empty_postgres) as connection:
        tables = connection.execute(
            "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
        ).fetchall()
        versions = connection.execute("SELECT version_num FROM alembic_version").fetchall()
    # All of the migrations before the one that was killed, and nothing of that.
    assert versions == [("0002",)]
    assert ("characters",) in tables
    assert ("avatars",) not in tables
    upgrade(url, wait=10)
    command.check(alembic_config(url))

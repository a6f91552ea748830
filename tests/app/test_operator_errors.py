"""What an operator can mend is said in a sentence, with exit code 1, by every command."""

import os
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import make_url
from typer.testing import CliRunner

from app.cli import cli
from app.db.locks import LockName, held
from tests.app.conftest import POSTGRES

runner = CliRunner()


@pytest.fixture(autouse=True)
def _environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OFFBOOK_ENGINE__KIND", "scripted")
    monkeypatch.setenv("OFFBOOK_EMBEDDER__NAME", "hashing")
    monkeypatch.setattr("app.cli.configure_logging", lambda _: None)
    monkeypatch.delenv("OFFBOOK_DATABASE__URL", raising=False)


@pytest.fixture
def archive(sqlite_template: Path, tmp_path: Path) -> Path:
    """A backup of an empty installation."""
    home = tmp_path / "home"
    home.mkdir()
    shutil.copy(sqlite_template, home / "offbook.sqlite3")
    file = tmp_path / "backup.zip"
    assert runner.invoke(cli, ["backup", str(file), "--data-dir", str(home)]).exit_code == 0
    return file


COMMANDS = ["serve", "db upgrade", "admin-key create", "backup", "restore"]


def told(command: str, folder: Path, archive: Path) -> str:
    """What a command says that must end with exit code 1 and no traceback."""
    given = {
        "serve": ["serve", "--port", "0"],
        "backup": ["backup", str(archive.with_name("new.zip"))],
        "restore": ["restore", "--replace", str(archive)],
    }.get(command, command.split())
    result = runner.invoke(cli, [*given, "--data-dir", str(folder)])
    assert result.exit_code == 1, result.output
    assert result.exception is None or isinstance(result.exception, SystemExit)
    assert "Traceback" not in result.output
    return " ".join(result.output.split())


def not_a_database(file: Path, _: Path) -> None:
    file.write_bytes(b"Shopping list: bread, milk.\n" * 500)


def damaged(file: Path, template: Path) -> None:
    content = bytearray(template.read_bytes())
    content[100:4_096] = b"\xff" * (4_096 - 100)  # the page with the schema
    file.write_bytes(content)


def a_folder(file: Path, _: Path) -> None:
    file.mkdir()


def newer(file: Path, template: Path) -> None:
    shutil.copy(template, file)
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
        connection.execute("UPDATE schema_compatibility SET oldest = '9999'")
        connection.commit()


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize(
    ("spoil", "expected"),
    [
        (not_a_database, "is not a SQLite database"),
        (damaged, "is damaged"),
        (a_folder, "cannot be opened"),
        (newer, "schema 9999, which is newer"),
    ],
)
def test_a_database_that_cannot_be_used(
    command: str,
    spoil: Callable[[Path, Path], None],
    expected: str,
    archive: Path,
    sqlite_template: Path,
    tmp_path: Path,
) -> None:
    folder = tmp_path / "spoilt"
    folder.mkdir()
    spoil(folder / "offbook.sqlite3", sqlite_template)
    assert expected in told(command, folder, archive)


@pytest.mark.parametrize("command", COMMANDS)
def test_a_data_folder_that_is_a_file(command: str, archive: Path, tmp_path: Path) -> None:
    folder = tmp_path / "data"
    folder.write_bytes(b"")
    said = told(command, folder, archive)
    assert "data" in said
    assert "cannot be used" in said or "nothing to back up" in said


@pytest.mark.parametrize("command", ["serve", "admin-key create", "restore"])
def test_a_database_that_may_only_be_read(
    command: str,
    archive: Path,
    sqlite_template: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    file = Path(shutil.copy(sqlite_template, tmp_path / "offbook.sqlite3"))
    monkeypatch.setenv("OFFBOOK_DATABASE__URL", f"sqlite:///file:{file}?mode=ro&uri=true")
    assert "read-only" in told(command, tmp_path, archive)


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.skipif(os.geteuid() == 0 and not hasattr(os, "seteuid"), reason="cannot drop root")
def test_a_folder_without_permission(
    command: str, archive: Path, sqlite_template: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "closed"
    folder.mkdir()
    shutil.copy(sqlite_template, folder / "offbook.sqlite3")
    for path in (folder / "offbook.sqlite3", archive):
        path.chmod(0o444)
    folder.chmod(0o555)
    for path in (tmp_path, *tmp_path.parents[:-2]):
        if path.stat().st_uid == os.getuid():
            path.chmod(path.stat().st_mode | 0o111)
    as_root = os.geteuid() == 0
    if as_root:
        os.seteuid(65_534)
    try:
        said = told(command, folder, archive)
    finally:
        if as_root:
            os.seteuid(0)
        folder.chmod(0o755)
    assert any(
        words in said
        for words in ("read-only", "cannot be opened", "Permission denied", "cannot be written")
    )


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("postgresql://nobody@127.0.0.1:9/nothing", "refused"),
        ("mysql://somewhere/else", "does not know"),
        ("not an address", "no address"),
    ],
)
def test_an_address_that_leads_nowhere(
    command: str,
    url: str,
    expected: str,
    archive: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("OFFBOOK_DATABASE__URL", url)
    assert expected in told(command, tmp_path / "data", archive)


@pytest.mark.postgres
@pytest.mark.skipif(not POSTGRES, reason="OFFBOOK_TEST_POSTGRES_URL is not set")
@pytest.mark.parametrize("command", COMMANDS)
def test_a_postgresql_that_refuses(
    command: str, archive: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = make_url(POSTGRES).set(drivername="postgresql")
    wrong_password = server.set(password="wrong-secret")
    monkeypatch.setenv(
        "OFFBOOK_DATABASE__URL", wrong_password.render_as_string(hide_password=False)
    )
    said = told(command, tmp_path / "data", archive)
    assert "password authentication failed" in said
    assert "wrong-secret" not in said
    missing = server.set(database="offbook_is_not_here")
    monkeypatch.setenv("OFFBOOK_DATABASE__URL", missing.render_as_string(hide_password=False))
    assert '"offbook_is_not_here" does not exist' in told(command, tmp_path / "data", archive)


@pytest.mark.parametrize("command", ["serve", "db upgrade", "backup"])
def test_settings_that_cannot_be_used(
    command: str, archive: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OFFBOOK_DATABASE__POOL_SIZE", "secret-word")
    said = told(command, tmp_path / "data", archive)
    assert "OFFBOOK_DATABASE__POOL_SIZE: Input should be a valid integer" in said
    assert "secret-word" not in said


def test_a_locked_database_is_waited_for_and_told(
    sqlite_template: Path, archive: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OFFBOOK_DATABASE__BUSY_TIMEOUT_MS", "20")
    folder = tmp_path / "locked"
    folder.mkdir()
    file = Path(shutil.copy(sqlite_template, folder / "offbook.sqlite3"))
    with closing(sqlite3.connect(file, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        assert "Another process holds its lock" in told("admin-key create", folder, archive)
        assert "Is the service still running" in told("restore", folder, archive)
        other.execute("ROLLBACK")


@pytest.fixture
def empty_url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'offbook.sqlite3'}"


def test_a_restore_is_refused_while_the_database_is_in_use(
    archive: Path, sqlite_template: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "used"
    folder.mkdir()
    file = Path(shutil.copy(sqlite_template, folder / "offbook.sqlite3"))
    with held(make_url(f"sqlite:///{file}"), LockName.IN_USE, shared=True, wait=0, refusal=""):
        assert "Offbook is running on" in told("restore", folder, archive)
    done = runner.invoke(cli, ["restore", "--replace", str(archive), "--data-dir", str(folder)])
    assert done.exit_code == 0


def test_a_key_is_all_that_standard_output_gets(tmp_path: Path) -> None:
    result = runner.invoke(cli, ["admin-key", "create", "--data-dir", str(tmp_path)])
    assert result.stdout.startswith("ob_")
    assert len(result.stdout.splitlines()) == 1


@pytest.mark.postgres
@pytest.mark.skipif(not POSTGRES, reason="OFFBOOK_TEST_POSTGRES_URL is not set")
def test_a_postgresql_user_who_may_not_make_tables(
    empty_postgres: str, archive: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with psycopg.connect(empty_postgres, autocommit=True) as connection:
        connection.execute("DROP SCHEMA public CASCADE")
    monkeypatch.setenv("OFFBOOK_DATABASE__URL", empty_postgres)
    assert "Grant it the rights" in told("db upgrade", tmp_path / "data", archive)

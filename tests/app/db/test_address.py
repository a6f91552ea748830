"""What the address of a database says: its file, its blocking driver, its name for people."""

from pathlib import Path

import pytest
from sqlalchemy import make_url

from app.db.address import blocking, describe, make_parent_folder, sqlite_file


@pytest.mark.parametrize(
    ("address", "file"),
    [
        ("sqlite+aiosqlite:////data/offbook.sqlite3", "/data/offbook.sqlite3"),
        ("sqlite:////data/a/../b.sqlite3", "/data/b.sqlite3"),
        ("sqlite:////data/三三.sqlite3", "/data/三三.sqlite3"),
        ("sqlite:///file:/data/b.sqlite3?uri=true", "/data/b.sqlite3"),
        ("sqlite:///file:/data/a%20b.sqlite3?uri=1&cache=shared", "/data/a b.sqlite3"),
        ("sqlite:///file:///data/b.sqlite3?uri=ON", "/data/b.sqlite3"),
        ("sqlite:///file:/data/b.sqlite3?uri=yes&mode=ro", "/data/b.sqlite3"),
    ],
)
def test_a_file_is_found_however_it_is_written(address: str, file: str) -> None:
    assert sqlite_file(make_url(address)) == Path(file)


@pytest.mark.parametrize(
    "address",
    [
        "sqlite://",
        "sqlite:///:memory:",
        "sqlite:///file::memory:?uri=true",
        "sqlite:///file:any?mode=memory&cache=shared&uri=true",
        "sqlite:///file:?uri=true",
        "postgresql://offbook@db.example/offbook",
    ],
)
def test_memory_and_postgresql_have_none(address: str) -> None:
    assert sqlite_file(make_url(address)) is None


def test_a_relative_file_lies_where_the_service_was_started(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert sqlite_file(make_url("sqlite:///own.sqlite3")) == tmp_path / "own.sqlite3"
    # Without the flag SQLite opens a file of this very name.
    odd = sqlite_file(make_url("sqlite:///file:own.sqlite3"))
    assert odd == tmp_path / "file:own.sqlite3"


@pytest.mark.parametrize(
    ("address", "driver"),
    [
        ("sqlite+aiosqlite:///own.sqlite3", "sqlite"),
        ("postgresql+psycopg://u:p@h/d", "postgresql+psycopg"),
        ("postgresql+asyncpg://u:p@h/d", "postgresql+psycopg"),
        ("mysql+aiomysql://u:p@h/d", "mysql+aiomysql"),
    ],
)
def test_the_blocking_address_differs_in_the_driver_alone(address: str, driver: str) -> None:
    url = make_url(address)
    assert blocking(url).drivername == driver
    assert blocking(url).set(drivername=url.drivername) == url


@pytest.mark.parametrize(
    ("address", "name"),
    [
        ("sqlite://", "the database in memory"),
        ("sqlite:////data/own.sqlite3", "the database /data/own.sqlite3"),
        ("postgresql://u:hunter2@db.example:6432/play", "the database play at db.example:6432"),
        ("postgresql://u:hunter2@db.example/play", "the database play at db.example"),
        ("postgresql:///play", "the database play at the local socket"),
    ],
)
def test_people_read_its_name_without_the_password(address: str, name: str) -> None:
    assert describe(make_url(address)) == name


def test_the_folder_of_a_file_is_made_and_that_of_a_file_address_is_not(tmp_path: Path) -> None:
    make_parent_folder(make_url(f"sqlite:///{tmp_path}/a/b/own.sqlite3"))
    make_parent_folder(make_url(f"sqlite:///{tmp_path}/a/b/own.sqlite3"))
    make_parent_folder(make_url(f"sqlite:///file:{tmp_path}/c/own.sqlite3?uri=true"))
    make_parent_folder(make_url("sqlite://"))
    assert [each.name for each in tmp_path.iterdir()] == ["a"]
    assert list((tmp_path / "a" / "b").iterdir()) == []

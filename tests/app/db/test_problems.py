"""Errors of drivers, and what an operator is to do about them."""

import sqlite3
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError, NoSuchModuleError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from app.db.problems import DatabaseProblemError, Fault, classify, explain, explained

SQLITE = make_url("sqlite:////data/own.sqlite3")
POSTGRES = make_url("postgresql://u:hunter2@db.example/play")


def sqlite_error(name: str) -> sqlite3.Error:
    error = sqlite3.OperationalError("as SQLite says it")
    error.sqlite_errorname = name
    return error


def postgres_error(state: str | None) -> psycopg.Error:
    error = psycopg.OperationalError("as PostgreSQL says it")
    error.sqlstate = state
    return error


@pytest.mark.parametrize(
    ("error", "trouble"),
    [
        (sqlite_error("SQLITE_BUSY"), Fault.LOCKED),
        (sqlite_error("SQLITE_BUSY_SNAPSHOT"), Fault.LOCKED),
        (sqlite_error("SQLITE_FULL"), Fault.FULL),
        (sqlite_error("SQLITE_READONLY_DIRECTORY"), Fault.READ_ONLY),
        (sqlite_error("SQLITE_IOERR_FSYNC"), Fault.DISK_FAILS),
        (sqlite_error("SQLITE_CORRUPT_INDEX"), Fault.DAMAGED),
        (sqlite_error("SQLITE_NOTADB"), Fault.NOT_A_DATABASE),
        (sqlite_error("SQLITE_CONSTRAINT_UNIQUE"), None),
        (sqlite_error("SQLITE_ERROR"), None),
        (sqlite3.ProgrammingError("closed"), None),  # the driver's own: it has no name
        (postgres_error("25006"), Fault.READ_ONLY),
        (postgres_error("53100"), Fault.FULL),
        (postgres_error("42501"), Fault.FORBIDDEN),
        (postgres_error("57P01"), Fault.UNREACHABLE),  # shut down by an administrator
        (postgres_error("28P01"), Fault.UNREACHABLE),  # a wrong password
        (postgres_error("57014"), Fault.NO_ANSWER),
        (postgres_error(None), Fault.UNREACHABLE),
        (postgres_error("23505"), None),
        (psycopg.ProgrammingError("a bug"), None),
        (PoolTimeoutError("QueuePool limit"), Fault.NO_CONNECTION),
        (KeyError("a bug"), None),
    ],
    ids=repr,
)
def test_an_error_is_a_kind_of_trouble_or_a_bug(error: Exception, trouble: Fault | None) -> None:
    assert classify(error) is trouble
    if isinstance(error, sqlite3.Error | psycopg.Error):
        assert classify(OperationalError("SELECT 1", {}, error)) is trouble


def test_what_visitors_may_read_names_no_file_and_no_host() -> None:
    assert all("/" not in each.value and each.value.endswith(".") for each in Fault)


@pytest.mark.parametrize("name", ["BUSY", "FULL", "READONLY", "CANTOPEN", "NOTADB", "CORRUPT"])
def test_a_sentence_names_the_file_and_a_remedy(name: str) -> None:
    sentence = explain(sqlite_error(f"SQLITE_{name}"), SQLITE)
    assert sentence is not None
    assert sentence.startswith("Offbook cannot use the database /data/own.sqlite3. ")
    assert sentence.endswith(".")
    assert sentence.count(".") > 2  # the file's name has one, and a remedy follows the reason


def test_postgresql_has_the_word_without_the_password() -> None:
    refused = psycopg.OperationalError(
        'connection to server at "db.example" failed: FATAL:  password authentication failed\n'
        "Multiple connection attempts failed.\n"
    )
    sentence = explain(refused, POSTGRES)
    assert sentence is not None
    assert "password authentication failed. Check that it runs" in sentence
    assert "hunter2" not in sentence


def test_other_errors_of_an_operator_are_sentences_as_well() -> None:
    denied = PermissionError(13, "Permission denied", "/data")
    assert explain(denied, SQLITE) == "/data cannot be used: Permission denied."
    assert explain(OSError("odd"), SQLITE) == "the database /data/own.sqlite3 cannot be used: odd."
    for unknown in (NoSuchModuleError("mysql"), ArgumentError("no"), ModuleNotFoundError("x")):
        assert "OFFBOOK_DATABASE__URL" in str(explain(unknown, SQLITE))
    assert explain(sqlite_error("SQLITE_ERROR"), SQLITE) is None


@pytest.mark.parametrize(
    "error",
    [
        sqlite3.OperationalError("no such table: signals"),
        sqlite3.OperationalError("no such column: signals.note"),
        postgres_error("42P01"),
        postgres_error("42703"),
    ],
    ids=repr,
)
def test_a_database_that_no_release_has_run_on_is_to_be_upgraded(error: Exception) -> None:
    sentence = explain(OperationalError("SELECT 1", {}, error), SQLITE)
    assert sentence is not None
    assert sentence.startswith("Offbook cannot use the database /data/own.sqlite3. ")
    assert "Run `offbook db upgrade`" in sentence
    assert classify(error) is None  # to visitors it stays a fault of the service


def test_a_bug_keeps_its_traceback(tmp_path: Path) -> None:
    with pytest.raises(sqlite3.ProgrammingError), explained(SQLITE):
        raise sqlite3.ProgrammingError("a bug")
    with pytest.raises(DatabaseProblemError, match="lock"), explained(SQLITE):
        raise sqlite_error("SQLITE_BUSY")
    with pytest.raises(DatabaseProblemError, match="OFFBOOK_DATABASE__URL"), explained(SQLITE):
        raise NoSuchModuleError("mysql")
    with pytest.raises(DatabaseProblemError, match="cannot be used"), explained(SQLITE):
        (tmp_path / "none").read_bytes()

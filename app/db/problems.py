"""Explain the database problems that an operator can fix, each in a sentence."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from enum import Enum

from sqlalchemy import URL
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from app.db.address import describe


class DatabaseProblemError(Exception):
    """Report a database that cannot be used. The message says why, and what to do."""


class Fault(Enum):
    """Name a kind of fault by a sentence without files or hosts."""

    LOCKED = "Another process keeps the database locked."
    FULL = "The disk of the database is full."
    READ_ONLY = "The database is read-only."
    CANNOT_OPEN = "The database file cannot be opened."
    NOT_A_DATABASE = "The database file is not a SQLite database."
    DAMAGED = "The database file is damaged."
    DISK_FAILS = "The disk of the database fails."
    UNREACHABLE = "The database cannot be reached."
    FORBIDDEN = "The database does not permit this user to write."
    NO_CONNECTION = "All connections to the database are in use."
    NO_ANSWER = "The database does not answer in time."
    FAILS = "The database answers with an error."


_BY_SQLITE_NAME = {
    "BUSY": Fault.LOCKED,
    "LOCKED": Fault.LOCKED,
    "FULL": Fault.FULL,
    "READONLY": Fault.READ_ONLY,
    "CANTOPEN": Fault.CANNOT_OPEN,
    "PERM": Fault.CANNOT_OPEN,
    "AUTH": Fault.CANNOT_OPEN,
    "NOTADB": Fault.NOT_A_DATABASE,
    "CORRUPT": Fault.DAMAGED,
    "IOERR": Fault.DISK_FAILS,
}
"""By the second word of SQLite's result codes (sqlite.org/rescode.html)."""

_BY_SQLSTATE = {
    "25006": Fault.READ_ONLY,
    "53100": Fault.FULL,
    "53300": Fault.NO_CONNECTION,
    "55P03": Fault.LOCKED,
    "57014": Fault.NO_ANSWER,
    "42501": Fault.FORBIDDEN,
    "3F000": Fault.FORBIDDEN,  # no schema that the user may use
    "58030": Fault.DISK_FAILS,
    "XX001": Fault.DAMAGED,
    "XX002": Fault.DAMAGED,
}
_MISSING_IN_SQLITE = ("no such table: ", "no such column: ")
_MISSING_IN_POSTGRES = ("42P01", "42703")
"""PostgreSQL's ``undefined_table`` and ``undefined_column``."""
_UNREACHABLE_CLASSES = ("08", "28", "3D", "57P")
"""Beginnings of PostgreSQL's error codes (manual, appendix A) of refused or lost connections."""

_REMEDIES = {
    Fault.LOCKED: "Another process holds its lock. Wait until that has finished, or stop it, "
    "and try again.",
    Fault.FULL: "Its disk is full. Free some space, and try again.",
    Fault.READ_ONLY: "It is read-only. Give this user the permission to write the file and "
    "its folder (on PostgreSQL: name the primary server), and try again.",
    Fault.CANNOT_OPEN: "The file cannot be opened. Check that it is a file, that its folder "
    "exists, and that this user may read and write both.",
    Fault.NOT_A_DATABASE: "The file is not a SQLite database, or its beginning is damaged. Move "
    "it away, and `offbook restore` a backup.",
    Fault.DAMAGED: "It is damaged. Stop all that uses it, move it away together with its -wal "
    "and -shm files, and `offbook restore` a backup.",
    Fault.DISK_FAILS: "Its disk reports an error. Check the disk and the system's log.",
    Fault.FORBIDDEN: "PostgreSQL does not permit this user to do that. Grant it the rights to "
    "create and write tables.",
    Fault.NO_CONNECTION: "All connections are in use. Raise max_connections, or run fewer "
    "processes.",
    Fault.NO_ANSWER: "It did not answer in time. Try again.",
}


def classify(error: BaseException) -> Fault | None:
    """Return the fault behind an error of a driver or the pool; None for the service's bugs."""
    if isinstance(error, PoolTimeoutError):
        return Fault.NO_CONNECTION
    cause = _cause(error)
    if isinstance(cause, sqlite3.Error):
        words = getattr(cause, "sqlite_errorname", "").split("_")
        return _BY_SQLITE_NAME.get(words[1]) if len(words) > 1 else None
    if type(cause).__module__.startswith("psycopg"):
        state = getattr(cause, "sqlstate", None)
        if state is None:
            # libpq failed to connect, or lost the connection: such errors have no code.
            return Fault.UNREACHABLE if type(cause).__name__ == "OperationalError" else None
        known = _BY_SQLSTATE.get(state)
        return known or (Fault.UNREACHABLE if state.startswith(_UNREACHABLE_CLASSES) else None)
    return None


def explain(error: BaseException, url: URL) -> str | None:
    """Return the sentence for an operator; None for an error that they could not fix."""
    if isinstance(error, OSError):
        what = error.filename or describe(url)
        return f"{what} cannot be used: {error.strerror or error}."
    if isinstance(error, NoSuchModuleError | ArgumentError | ModuleNotFoundError):
        return (
            "OFFBOOK_DATABASE__URL names a kind of database that Offbook does not know. "
            "Use postgresql://… or sqlite:///…"
        )
    subject = f"Offbook cannot use {describe(url)}."
    if _lacks_tables(error):
        return (
            f"{subject} It does not have the tables of this release yet. Run `offbook db upgrade` "
            "with the same settings, and try again."
        )
    fault = classify(error)
    if fault is None:
        return None
    if fault is Fault.UNREACHABLE:
        return (
            f"{subject} PostgreSQL says: {_reason(error)}. Check that it runs, and the address, "
            "user and password in OFFBOOK_DATABASE__URL."
        )
    return f"{subject} {_REMEDIES[fault]}"


@contextmanager
def explained(url: URL) -> Iterator[None]:
    """Turn errors that an operator can fix into :class:`DatabaseProblemError`; pass on others."""
    try:
        yield
    except (DBAPIError, sqlite3.Error, PoolTimeoutError, OSError) as error:
        sentence = explain(error, url)
        if sentence is None:
            raise
        raise DatabaseProblemError(sentence) from error
    except (NoSuchModuleError, ArgumentError, ModuleNotFoundError) as error:
        raise DatabaseProblemError(str(explain(error, url))) from error


def _lacks_tables(error: BaseException) -> bool:
    """Return whether a table or a column is missing: no release has run on this database yet."""
    cause = _cause(error)
    if isinstance(cause, sqlite3.OperationalError):
        return str(cause).startswith(_MISSING_IN_SQLITE)
    return getattr(cause, "sqlstate", None) in _MISSING_IN_POSTGRES


def _cause(error: BaseException) -> BaseException:
    """Return the driver's error inside SQLAlchemy's."""
    return error.orig if isinstance(error, DBAPIError) and error.orig is not None else error


def _reason(error: BaseException) -> str:
    """Return the line of libpq's message with the server and the reason."""
    lines = [line.strip() for line in str(_cause(error)).splitlines() if line.strip()]
    reasons = [line for line in lines if "failed: " in line or "FATAL" in line]
    return (reasons or lines or ["nothing"])[-1].rstrip(".")

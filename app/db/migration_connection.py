"""Connections on which a schema is looked at and changed.

Python's driver would begin SQLite's transactions by itself, before the first row is written and
not before a table is made: each statement of a migration would stand alone, and a process that is
killed would leave half of them. Here it begins none, and ``BEGIN IMMEDIATE`` comes first.
"""

import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, text
from sqlalchemy.pool import NullPool, StaticPool

from app.db.address import blocking, sqlite_file
from app.db.problems import Trouble, classify

_BUSY_MS = 30_000
_CONNECT_SECONDS = 10
_POLL_SECONDS = 0.02


@contextmanager
def migrating(url: URL, *, patience_ms: int = _BUSY_MS) -> Iterator[Connection]:
    """Open a transaction in which a schema may change; committed at the end of the block.

    On SQLite references are not enforced meanwhile: rebuilding a table would take along whatever
    refers to it. They are checked before the commit instead, and one that was broken by the block
    undoes it all. Other writers are waited for, up to ``patience_ms``.
    """
    with _opened(url, "BEGIN IMMEDIATE", patience_ms) as engine, engine.begin() as connection:
        before = _broken_references(connection)
        yield connection
        if _broken_references(connection) > before:
            raise BrokenReferencesError


@contextmanager
def looking(url: URL, *, switch_to_log: bool = False) -> Iterator[Connection]:
    """Open a connection for reading; ``switch_to_log`` gives a SQLite file its write-ahead log."""
    with _opened(url, "BEGIN", _BUSY_MS) as engine, engine.connect() as connection:
        if switch_to_log and sqlite_file(url) is not None:
            _switch_to_log(connection.connection.dbapi_connection)
        yield connection


class BrokenReferencesError(Exception):
    """A migration left rows that refer to others that are gone; it was undone."""

    def __init__(self) -> None:
        super().__init__("A migration would have broken references between rows; it was undone.")


@contextmanager
def _opened(url: URL, begin: str, patience_ms: int) -> Iterator[Engine]:
    address = blocking(url)
    if address.get_backend_name() == "sqlite":
        pool = NullPool if sqlite_file(url) is not None else StaticPool
        engine = create_engine(address, poolclass=pool)
        _take_over_transactions(engine, begin, patience_ms)
    else:
        options = {"connect_timeout": _CONNECT_SECONDS}
        engine = create_engine(address, poolclass=NullPool, connect_args=options)
    try:
        yield engine
    finally:
        engine.dispose()


def _take_over_transactions(engine: Engine, begin: str, patience_ms: int) -> None:
    @event.listens_for(engine, "connect")
    def on_connect(connection: Any, _: object) -> None:
        connection.isolation_level = None
        connection.execute(f"PRAGMA busy_timeout={patience_ms}")
        # Not possible within a transaction.
        connection.execute("PRAGMA foreign_keys=OFF")

    @event.listens_for(engine, "begin")
    def on_begin(connection: Connection) -> None:
        connection.exec_driver_sql(begin)


def _switch_to_log(driver: Any) -> None:
    """Wait for readers by ourselves: SQLite does not while it changes the kind of its log."""
    end = time.monotonic() + _BUSY_MS / 1_000
    while True:
        try:
            driver.execute("PRAGMA journal_mode=WAL").close()
        except sqlite3.OperationalError as error:
            if classify(error) is not Trouble.LOCKED or time.monotonic() >= end:
                raise
            time.sleep(_POLL_SECONDS)
        else:
            return


def _broken_references(connection: Connection) -> int:
    if connection.dialect.name != "sqlite":
        return 0  # PostgreSQL checks each
    return len(connection.execute(text("PRAGMA foreign_key_check")).all())

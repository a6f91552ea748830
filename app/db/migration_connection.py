"""Open connections for reading and changing a schema.

Python's driver begins SQLite's transactions implicitly before the first row is written, but not
before a table is created: each statement of a migration would be committed alone, and a killed
process would leave half of them. Here the driver begins none, and ``BEGIN IMMEDIATE`` comes first.
"""

import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, text
from sqlalchemy.pool import NullPool, StaticPool

from app.db.address import blocking, sqlite_file
from app.db.problems import Fault, classify

_BUSY_MS = 30_000
_CONNECT_SECONDS = 10
_POLL_SECONDS = 0.02


@contextmanager
def migrating(
    url: URL, *, patience_ms: int = _BUSY_MS, lock_ms: int | None = None
) -> Iterator[Connection]:
    """Open a transaction in which a schema may change; commit it at the end of the block.

    On SQLite foreign keys are not enforced meanwhile: rebuilding a table would delete the rows that
    refer to it. They are checked before the commit instead, and a newly broken one rolls everything
    back, and ``patience_ms`` bounds the wait for other writers. On PostgreSQL ``lock_ms`` bounds
    each wait for a lock; None waits for ever.
    """
    opened = _opened(url, "BEGIN IMMEDIATE", patience_ms, lock_ms)
    with opened as engine, engine.begin() as connection:
        before = _broken_references(connection)
        yield connection
        if _broken_references(connection) > before:
            raise BrokenReferencesError


@contextmanager
def inspecting(url: URL, *, switch_to_log: bool = False) -> Iterator[Connection]:
    """Open a connection for reading; ``switch_to_log`` puts a SQLite file into WAL mode."""
    with _opened(url, "BEGIN", _BUSY_MS) as engine, engine.connect() as connection:
        if switch_to_log and sqlite_file(url) is not None:
            _switch_to_log(connection.connection.dbapi_connection)
        yield connection


class BrokenReferencesError(Exception):
    """Report that a migration left rows with broken references, and was rolled back."""

    def __init__(self) -> None:
        super().__init__("A migration would have broken references between rows; it was undone.")


@contextmanager
def _opened(url: URL, begin: str, patience_ms: int, lock_ms: int | None = None) -> Iterator[Engine]:
    address = blocking(url)
    if address.get_backend_name() == "sqlite":
        pool = NullPool if sqlite_file(url) is not None else StaticPool
        engine = create_engine(address, poolclass=pool)
        _take_over_transactions(engine, begin, patience_ms)
    else:
        options = {"connect_timeout": _CONNECT_SECONDS}
        engine = create_engine(address, poolclass=NullPool, connect_args=options)
        if lock_ms is not None:
            _bound_locks(engine, lock_ms)
    try:
        yield engine
    finally:
        engine.dispose()


def _take_over_transactions(engine: Engine, begin: str, patience_ms: int) -> None:
    @event.listens_for(engine, "connect")
    def on_connect(connection: Any, _: object) -> None:
        connection.isolation_level = None
        connection.execute(f"PRAGMA busy_timeout={patience_ms}")
        # SQLite ignores this within a transaction.
        connection.execute("PRAGMA foreign_keys=OFF")

    @event.listens_for(engine, "begin")
    def on_begin(connection: Connection) -> None:
        connection.exec_driver_sql(begin)


def _bound_locks(engine: Engine, lock_ms: int) -> None:
    @event.listens_for(engine, "connect")
    def on_connect(connection: Any, _: object) -> None:
        connection.execute(f"SET lock_timeout = {lock_ms}")
        connection.commit()


def _switch_to_log(driver: Any) -> None:
    """Poll until readers are gone: the busy timeout does not cover a change of journal mode."""
    end = time.monotonic() + _BUSY_MS / 1_000
    while True:
        try:
            driver.execute("PRAGMA journal_mode=WAL").close()
        except sqlite3.OperationalError as error:
            if classify(error) is not Fault.LOCKED or time.monotonic() >= end:
                raise
            time.sleep(_POLL_SECONDS)
        else:
            return


def _broken_references(connection: Connection) -> int:
    if connection.dialect.name != "sqlite":
        return 0  # PostgreSQL checks references itself
    return len(connection.execute(text("PRAGMA foreign_key_check")).all())

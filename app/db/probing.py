"""Probe whether a database can be written to, without visible effect.

A row is inserted and deleted, and the transaction committed: only a commit reaches the disk. On
SQLite the row is as large as a turn's, so that it needs pages of its own.
"""

import os
import shutil
import sqlite3
from pathlib import Path

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

_SQLITE_LOCK_MS = 500
"""Milliseconds that a probe waits for other transactions; it may try twice."""
_POSTGRES_LOCK_MS = 1_000
_POSTGRES_STATEMENT_MS = 1_250
_ROOM_BYTES = 8_000_000
"""Free space below which the write-ahead log cannot grow."""
_ROW = "INSERT INTO milestones (name, reached_at) VALUES ({name}, '1970-01-01 00:00:00.000000')"


class DiskFullError(sqlite3.OperationalError):
    """Report a file system that is nearly full; SQLite would fail the same way a little later."""

    sqlite_errorname = "SQLITE_FULL"


def probe_sqlite(connection: sqlite3.Connection, file: Path | None) -> None:
    """Write and delete a row, in the connection's own thread. Raises SQLite's errors."""
    if file is not None and shutil.disk_usage(file.parent).free < _ROOM_BYTES:
        raise DiskFullError("next to no room is left on the disk")
    name = f"'write probe {os.urandom(4).hex()} ' || hex(zeroblob(8192))"
    patience = connection.execute("PRAGMA busy_timeout").fetchone()[0]
    connection.execute(f"PRAGMA busy_timeout={min(patience, _SQLITE_LOCK_MS)}").close()
    try:
        connection.execute("BEGIN IMMEDIATE")
        try:
            inserted = connection.execute(_ROW.format(name=name))
            connection.execute("DELETE FROM milestones WHERE rowid = ?", (inserted.lastrowid,))
            connection.execute("COMMIT")
        except BaseException:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            raise
    finally:
        connection.execute(f"PRAGMA busy_timeout={patience}").close()


async def probe_postgres(writers: async_sessionmaker[AsyncSession]) -> None:
    """Write and delete a row. Raises the driver's errors."""
    name = f"write probe {os.urandom(4).hex()}"
    async with writers.begin() as session:
        await session.execute(text(f"SET LOCAL lock_timeout = {_POSTGRES_LOCK_MS}"))
        await session.execute(text(f"SET LOCAL statement_timeout = {_POSTGRES_STATEMENT_MS}"))
        await session.execute(text(_ROW.format(name=":name")), {"name": name})
        await session.execute(text("DELETE FROM milestones WHERE name = :name"), {"name": name})

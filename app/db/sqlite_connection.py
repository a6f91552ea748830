"""Execute a SQLite statement in one round trip to the connection's thread instead of four.

SQLAlchemy's adapter of aiosqlite goes there to open a cursor, to execute, to fetch and to close.
While replies stream, each round trip waits for the event loop and for Python's lock, and a
transaction of eight statements blocks other writers all that time. ``BEGIN`` is sent with the first
statement of a transaction, when SQLite would take its first lock anyway.
"""

import asyncio
import collections
import sqlite3
from collections.abc import Callable, Sequence
from typing import Any, cast

from sqlalchemy.connectors.asyncio import AsyncAdapt_dbapi_connection
from sqlalchemy.dialects.sqlite.aiosqlite import (
    AsyncAdapt_aiosqlite_connection,
    AsyncAdapt_aiosqlite_cursor,
    AsyncAdapt_aiosqlite_ss_cursor,
)
from sqlalchemy.util import EMPTY_DICT
from sqlalchemy.util.concurrency import await_, in_greenlet


class _Cursor(AsyncAdapt_aiosqlite_cursor):
    """Execute, fetch everything and close in one round trip."""

    __slots__ = ("_done",)

    _adapt_connection: "SqliteConnection"

    def __init__(self, adapt_connection: AsyncAdapt_dbapi_connection) -> None:
        self._adapt_connection = cast(SqliteConnection, adapt_connection)
        self._connection = adapt_connection._connection
        self._soft_closed_memoized = EMPTY_DICT
        self._rows = collections.deque()
        self._done: tuple[Any, int, int] = (None, -1, -1)

    @property
    def description(self) -> Any:
        return self._done[0]

    @property
    def rowcount(self) -> int:
        return self._done[1]

    @property
    def lastrowid(self) -> int:
        return self._done[2]

    async def _execute_async(self, operation: Any, parameters: Any) -> None:
        await self._run(lambda cursor: cursor.execute(operation, parameters or ()))

    async def _executemany_async(self, operation: Any, seq_of_parameters: Any) -> None:
        await self._run(lambda cursor: cursor.executemany(operation, seq_of_parameters))

    async def _run(self, execute: Callable[[sqlite3.Cursor], object]) -> None:
        connection: Any = self._connection
        begin = self._adapt_connection.take_begin()

        def statement() -> tuple[tuple[Any, int, int], Sequence[Any]]:
            cursor = connection._conn.cursor()
            try:
                if begin is not None:
                    cursor.execute(begin)
                execute(cursor)
                rows = cursor.fetchall() if cursor.description else ()
                return (cursor.description, cursor.rowcount, cursor.lastrowid), rows
            finally:
                cursor.close()

        async with self._adapt_connection._execute_mutex:
            self._done, rows = await connection._execute(statement)
        self._rows = collections.deque(rows)

    async def _async_soft_close(self) -> None:
        """Do nothing: the round trip has closed the cursor."""

    def close(self) -> None:
        self._rows.clear()


class _StreamingCursor(AsyncAdapt_aiosqlite_ss_cursor):
    """Begin the transaction before its first statement, in a round trip of its own."""

    __slots__ = ()

    _adapt_connection: "SqliteConnection"

    async def _execute_async(self, operation: Any, parameters: Any) -> None:
        if (begin := self._adapt_connection.take_begin()) is not None:
            await super()._execute_async(begin, None)
        await super()._execute_async(operation, parameters)


_closing: set[asyncio.Task[None]] = set()
"""The event loop itself has no strong reference to a task."""


def _closed(closing: asyncio.Task[None]) -> None:
    _closing.discard(closing)
    if not closing.cancelled():
        closing.exception()  # marked as retrieved: it is raised where the task is awaited


class SqliteConnection(AsyncAdapt_aiosqlite_connection):
    """Connect as SQLAlchemy does, with cursors that need one round trip."""

    __slots__ = ("_begin",)

    _cursor_cls = _Cursor
    _ss_cursor_cls = _StreamingCursor

    def __init__(self, dbapi: Any, connection: Any) -> None:
        super().__init__(dbapi, connection)
        self._begin: str | None = None

    def begin(self, statement: str) -> None:
        """Begin a transaction with the next statement."""
        self._begin = statement

    def take_begin(self) -> str | None:
        """Return the ``BEGIN`` to execute before the next statement, once; else None."""
        begin, self._begin = self._begin, None
        return begin

    def commit(self) -> None:
        """Commit, without a round trip where no statement was executed."""
        if self.take_begin() is None:
            super().commit()

    def rollback(self) -> None:
        """Roll back, without a round trip where no transaction runs, as after every commit."""
        self._begin = None
        if self.is_in_transaction():
            super().rollback()

    def terminate(self) -> None:
        """Close the connection of a cancelled statement, once the statement is done.

        A framework cancels an answer again and again until it has ended. SQLAlchemy then stops the
        connection's thread beside the closing, which waits for that thread for ever.
        """
        if not in_greenlet():  # the garbage collector has the connection
            super().terminate()
            return
        closing = asyncio.get_running_loop().create_task(self._terminate_graceful_close())
        _closing.add(closing)
        closing.add_done_callback(_closed)
        await_(asyncio.shield(closing))

    def is_in_transaction(self) -> bool:
        """Return whether a transaction has begun and not ended, without a round trip."""
        return bool(self._connection._connection and self._connection.in_transaction)


def connect(dialect: Any, _: Any, arguments: Any, options: Any) -> SqliteConnection:
    """Return the dialect's connection, wrapped; a listener of ``do_connect``."""
    made = dialect.dbapi.connect(*arguments, **options)
    return SqliteConnection(dialect.dbapi, made._connection)

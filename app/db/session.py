"""Open read sessions and write sessions on one database."""

import asyncio
import math
import sqlite3
import time
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext, suppress
from typing import Any

from sqlalchemy import Connection, event, make_url
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.pool import ConnectionPoolEntry

from app.db import sqlite_connection
from app.db.address import make_parent_folder, sqlite_file
from app.db.errors import DATABASE_ERRORS
from app.db.probing import probe_postgres, probe_sqlite
from app.db.problems import Fault, classify
from app.db.signals import Signals, send
from app.db.write_health import WriteHealth
from app.settings import Settings

_WRITE = "offbook_write"
_CLOSING_SECONDS = 2.0
_LOOKING_SECONDS = 0.01


class Database:
    """Open sessions on one database, SQLite or PostgreSQL, through one code path.

    A SQLite transaction that begins with a read cannot wait for another writer when it writes: it
    fails at once. So :meth:`write` takes the write lock from its beginning (``BEGIN IMMEDIATE``),
    waiting up to the busy timeout, and :meth:`read` never writes. Each read sees one snapshot, on
    PostgreSQL as on SQLite.
    """

    def __init__(self, settings: Settings) -> None:
        url = make_url(settings.database_url)
        self.dialect = url.get_backend_name()
        self._file = sqlite_file(url)
        self._writer: sqlite_connection.SqliteConnection | None = None
        """The connection that is writing, or wrote last."""
        self._written_at = -math.inf
        make_parent_folder(url)
        options: dict[str, Any] = {
            "pool_size": settings.database.pool_size,
            "max_overflow": settings.database.pool_overflow,
            "pool_timeout": settings.database.pool_timeout,
        }
        self._most_connections = settings.database.pool_size + settings.database.pool_overflow
        if self.dialect == "postgresql":
            options["pool_pre_ping"] = True
            if settings.database.direct_url:
                # Behind a pooler the next transaction may be on another connection of the server,
                # which knows nothing of a statement that was prepared on this one.
                options["connect_args"] = {"prepare_threshold": None}
        self.engine = create_async_engine(url, **options)
        # SQLite has one writer at a time, and others poll with ever longer pauses, in no order,
        # until one of them times out. The writers of this process queue here instead, and hold no
        # connection meanwhile.
        self._write_queue: AbstractAsyncContextManager[None] = (
            asyncio.Lock() if self.dialect == "sqlite" else nullcontext()
        )
        if self.dialect == "sqlite":
            self._configure_sqlite(settings.database.busy_timeout_ms)
        reading = {} if self.dialect == "sqlite" else {"isolation_level": "REPEATABLE READ"}
        self._readers = async_sessionmaker(
            self.engine.execution_options(**reading), expire_on_commit=False
        )
        self._writers = async_sessionmaker(
            self.engine.execution_options(**{_WRITE: True}), expire_on_commit=False
        )

        self._health = WriteHealth(self._probe, self._has_free_connection)
        self.signals = Signals(settings.direct_database_url, self._send)
        """What other processes announce."""

    def _configure_sqlite(self, busy_timeout_ms: int) -> None:
        event.listen(self.engine.sync_engine, "do_connect", sqlite_connection.connect)

        @event.listens_for(self.engine.sync_engine, "connect")
        def on_connect(connection: Any, _: ConnectionPoolEntry) -> None:
            # The driver must not begin transactions implicitly: on_begin does.
            connection.isolation_level = None
            cursor = connection.cursor()
            for pragma in (
                f"busy_timeout={busy_timeout_ms}",
                "journal_mode=WAL",
                "synchronous=NORMAL",
                "foreign_keys=ON",
                "cache_size=-32000",
            ):
                cursor.execute(f"PRAGMA {pragma}")
            cursor.close()

        @event.listens_for(self.engine.sync_engine, "begin")
        def on_begin(connection: Connection) -> None:
            write = connection.get_execution_options().get(_WRITE, False)
            driver: Any = connection.connection.dbapi_connection
            driver.begin("BEGIN IMMEDIATE" if write else "BEGIN")
            if write:
                self._writer = driver

    @asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncSession]:
        """Yield a session for reading; writes in it are rolled back."""
        async with self._readers() as session:
            yield session

    @asynccontextmanager
    async def write(self) -> AsyncIterator[AsyncSession]:
        """Yield the session of a transaction, committed at the end of the block or rolled back."""
        try:
            async with self._write_queue, self._writers.begin() as session:
                yield session
            self._written_at = time.monotonic()
        except DATABASE_ERRORS as error:
            self._health.failed(error)
            raise

    async def _send(self, text: str) -> None:
        async with self.write() as session:
            await send(session, text)

    async def fault(self) -> Fault | None:
        """Return why nothing can be written now; None where writing works.

        It takes two seconds at most, and reuses the outcome of a recent probe or failed write.
        """
        return await self._health.fault()

    async def _probe(self) -> None:
        if self.dialect != "sqlite":
            await probe_postgres(self._writers)
            return
        async with self.engine.connect() as connection:
            raw = await connection.get_raw_connection()
            driver: Any = raw.driver_connection
            try:
                await driver._execute(lambda: probe_sqlite(driver._conn, self._file))
            except sqlite3.Error as error:
                if classify(error) is not Fault.LOCKED:
                    raise
                # A second try distinguishes another process's lock from this one's own: by now the
                # event loop has processed the writes that ended before.
                began = time.monotonic()
                try:
                    await driver._execute(lambda: probe_sqlite(driver._conn, self._file))
                except sqlite3.Error:
                    if not self._has_written(since=began):
                        raise

    def _has_written(self, *, since: float) -> bool:
        """Return whether this process writes, so that the lock that a probe met is its own."""
        writes = self._writer is not None and self._writer.is_in_transaction()
        return writes or self._written_at >= since

    def _has_free_connection(self) -> bool:
        return self._checked_out() < self._most_connections

    async def aclose(self) -> None:
        """Close all connections, waiting a little for those in use.

        One that comes back to a pool that was disposed of stays open. SQLAlchemy closes one whose
        statement was cancelled in a task of its own, which the end of the event loop would cut off.
        """
        await self.signals.aclose()
        await self._health.aclose()
        with suppress(TimeoutError):
            async with asyncio.timeout(_CLOSING_SECONDS):
                while self._checked_out():  # noqa: ASYNC110 - the pool announces nothing
                    await asyncio.sleep(_LOOKING_SECONDS)
        await self.engine.dispose()
        closing = [task for task in asyncio.all_tasks() if _closes_connection(task)]
        if closing:
            await asyncio.wait(closing, timeout=_CLOSING_SECONDS)

    def _checked_out(self) -> int:
        pool: Any = self.engine.pool
        return int(pool.checkedout())


def _closes_connection(task: asyncio.Task[Any]) -> bool:
    return getattr(task.get_coro(), "__name__", "") == "_terminate_graceful_close"

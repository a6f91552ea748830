"""Connections: one engine, read sessions and write sessions."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, event, make_url, text
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.pool import ConnectionPoolEntry

from app.db import sqlite_connection
from app.settings import Settings

_WRITE = "offbook_write"


def make_parent_folder(url: URL) -> None:
    """Of a SQLite file; a ``file:`` address is taken as it is."""
    file = url.database
    if url.get_backend_name() == "sqlite" and file and not file.startswith("file:"):
        Path(file).parent.mkdir(parents=True, exist_ok=True)


class Database:
    """One database, SQLite or PostgreSQL, through one code path.

    A SQLite transaction that begins by reading cannot wait for another writer when it comes to
    write: it fails at once. So :meth:`write` takes the write lock from its beginning
    (``BEGIN IMMEDIATE``), waiting up to the busy timeout, and :meth:`read` never writes. All that
    one reading sees is of one moment, on PostgreSQL as on SQLite.
    """

    def __init__(self, settings: Settings) -> None:
        url = make_url(settings.database_url)
        self.dialect = url.get_backend_name()
        make_parent_folder(url)
        options: dict[str, Any] = {"pool_size": settings.database.pool_size, "max_overflow": 10}
        if self.dialect == "postgresql":
            options["pool_pre_ping"] = True
        self.engine = create_async_engine(url, **options)
        # SQLite has one writer at a time, and others look again after ever longer pauses, in no
        # order, until one has waited too long: those of this process queue up here instead, and
        # hold no connection meanwhile.
        self._place_to_write: AbstractAsyncContextManager[None] = (
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

    def _configure_sqlite(self, busy_timeout_ms: int) -> None:
        event.listen(self.engine.sync_engine, "do_connect", sqlite_connection.connect)

        @event.listens_for(self.engine.sync_engine, "connect")
        def on_connect(connection: Any, _: ConnectionPoolEntry) -> None:
            # The driver must not begin transactions by itself: on_begin does.
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

    @asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncSession]:
        """A session for reading; what it would write is rolled back."""
        async with self._readers() as session:
            yield session

    @asynccontextmanager
    async def write(self) -> AsyncIterator[AsyncSession]:
        """A transaction: committed at the end of the block, rolled back on an error."""
        async with self._place_to_write, self._writers.begin() as session:
            yield session

    async def ping(self) -> None:
        """Raises when the database does not answer."""
        async with self.read() as session:
            await session.execute(text("SELECT 1"))

    async def aclose(self) -> None:
        await self.engine.dispose()

"""Lock a database between processes; the locks of a process that dies are released.

``UPGRADE`` is exclusive: a process holds it while it changes the schema or loads the samples.
Services share ``IN_USE`` while they run, and a restore holds it exclusively. The one process that
does the maintenance holds ``MAINTENANCE``. On SQLite they are files beside the database, locked
with ``flock``. On PostgreSQL they are advisory locks of a dedicated connection, past a pooler in
transaction mode (``OFFBOOK_DATABASE__DIRECT_URL``).
"""

import asyncio
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from enum import IntEnum
from pathlib import Path
from typing import Protocol

from sqlalchemy import URL, Connection, create_engine, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool

from app.db.address import blocking, sqlite_file
from app.db.problems import DatabaseProblemError, Fault, classify

_POLL_SECONDS = 0.05
_TRY_SECONDS = 0.1
_CONNECT_SECONDS = 10
ADVISORY_FAMILY = 0x4F464642
"""The first half of Offbook's advisory keys in PostgreSQL: "OFFB" in ASCII."""


class LockName(IntEnum):
    """Name the purpose of a lock; the number is the second half of the key."""

    UPGRADE = 1
    IN_USE = 2
    MAINTENANCE = 4


class ProcessLock(Protocol):
    """Lock out other processes. Methods block; only one thread at a time may call them."""

    def acquire(self, *, shared: bool, wait: float) -> bool:
        """Acquire the lock within ``wait`` seconds; return whether it is held."""

    def is_held(self) -> bool:
        """Return whether the lock is still held: a connection can be lost."""

    def release(self) -> None:
        """Release the lock, if it is held."""


def lock_of(url: URL, name: LockName) -> ProcessLock:
    """Return the lock of this name for a database, not yet held."""
    if url.get_backend_name() == "postgresql":
        return AdvisoryLock(url, name)
    file = sqlite_file(url)
    return NoLock() if file is None or sys.platform == "win32" else FileLock(file, name)


@contextmanager
def held(
    url: URL, name: LockName, *, refusal: str, wait: float, shared: bool = False
) -> Iterator[None]:
    """Hold a lock within the block.

    Raises :class:`DatabaseProblemError` with the text ``refusal`` where other processes hold it for
    longer than ``wait`` seconds.
    """
    lock = lock_of(url, name)
    if not lock.acquire(shared=shared, wait=wait):
        raise DatabaseProblemError(refusal)
    try:
        yield
    finally:
        lock.release()


async def acquire_with_retries(lock: ProcessLock, *, shared: bool, wait: float) -> bool:
    """Acquire a lock like ``acquire``, without blocking the event loop; return whether it is held.

    It polls: a thread that waited would delay the shutdown of the process.
    """
    end = time.monotonic() + wait
    while not await asyncio.to_thread(lock.acquire, shared=shared, wait=_TRY_SECONDS):
        if time.monotonic() >= end:
            return False
        await asyncio.sleep(_TRY_SECONDS)
    return True


class NoLock:
    """Stand in for the lock of a database in memory, which no other process can open."""

    def acquire(self, *, shared: bool, wait: float) -> bool:
        return True

    def is_held(self) -> bool:
        return True

    def release(self) -> None:
        return None


class FileLock:
    """Lock a file beside the database. The file stays: deleting it would admit two holders."""

    def __init__(self, database: Path, name: LockName) -> None:
        self._database = database
        self._path = database.with_name(f"{database.name}.{name.name.lower()}.lock")
        self._descriptor: int | None = None

    def acquire(self, *, shared: bool, wait: float) -> bool:
        """See :meth:`ProcessLock.acquire`. Raises OSError where the file cannot be created."""
        import fcntl  # noqa: PLC0415 (Windows has none, and gets NoLock)

        descriptor = os.open(self._path, os.O_RDONLY | os.O_CREAT | os.O_CLOEXEC, 0o600)
        end = time.monotonic() + wait
        try:
            self._share_owner(descriptor)
            while True:
                try:
                    kind = fcntl.LOCK_SH if shared else fcntl.LOCK_EX
                    fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
                except BlockingIOError:
                    if time.monotonic() >= end:
                        os.close(descriptor)
                        return False
                    time.sleep(_POLL_SECONDS)
                else:
                    self._descriptor = descriptor
                    return True
        except BaseException:
            os.close(descriptor)
            raise

    def is_held(self) -> bool:
        return self._descriptor is not None

    def release(self) -> None:
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    def _share_owner(self, descriptor: int) -> None:
        """Give a file created by root to the database's owner, as SQLite does with its own."""
        if os.geteuid() == 0:
            like = self._database if self._database.exists() else self._database.parent
            owner = like.stat()
            os.fchown(descriptor, owner.st_uid, owner.st_gid)


class AdvisoryLock:
    """Hold an advisory lock of PostgreSQL on a dedicated connection."""

    def __init__(self, url: URL, name: LockName) -> None:
        self._engine = create_engine(
            blocking(url),
            poolclass=NullPool,
            isolation_level="AUTOCOMMIT",
            connect_args={"connect_timeout": _CONNECT_SECONDS},
        )
        self._key = f"{ADVISORY_FAMILY}, {int(name)}"
        self._connection: Connection | None = None

    def acquire(self, *, shared: bool, wait: float) -> bool:
        """See :meth:`ProcessLock.acquire`. Raises DBAPIError where PostgreSQL is unreachable."""
        self.release()
        suffix = "_shared" if shared else ""
        connection = self._engine.connect()
        try:
            connection.execute(text(f"SET lock_timeout = {max(1, int(wait * 1_000))}"))
            connection.execute(text(f"SELECT pg_advisory_lock{suffix}({self._key})"))
        except DBAPIError as error:
            connection.close()
            if classify(error) is Fault.LOCKED:
                return False
            raise
        except BaseException:
            connection.close()
            raise
        self._connection = connection
        return True

    def is_held(self) -> bool:
        if self._connection is None:
            return False
        try:
            self._connection.execute(text("SELECT 1"))
        except DBAPIError:
            self.release()
        return self._connection is not None

    def release(self) -> None:
        """Close the connection, which releases the lock."""
        if self._connection is not None:
            connection, self._connection = self._connection, None
            connection.invalidate()
            connection.close()

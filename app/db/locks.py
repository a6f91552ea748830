"""Locks between processes that use one database; a process that dies lets go of its own.

Two of them: whoever changes the schema or loads the samples holds ``UPGRADE`` alone; services hold
``IN_USE`` together while they run, and a restore holds it alone. On SQLite they are files beside
the database that are locked with ``flock``. On PostgreSQL they are advisory locks of a connection
kept for that, so they need a direct connection or a pooler in session mode.
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
from app.db.problems import DatabaseProblemError, Trouble, classify

_POLL_SECONDS = 0.05
_TRY_SECONDS = 0.1
_CONNECT_SECONDS = 10
_FAMILY = 0x4F464642
"""Offbook's own half of PostgreSQL's advisory keys: "OFFB" in ASCII."""


class LockName(IntEnum):
    """What a lock is for; the number is the other half of the key."""

    UPGRADE = 1
    IN_USE = 2


class ProcessLock(Protocol):
    """One lock of one process. Methods block; none of them may be called from two threads."""

    def acquire(self, *, shared: bool, wait: float) -> bool:
        """Return whether it is held now; waits up to ``wait`` seconds for others to let go."""

    def is_held(self) -> bool:
        """Return whether it is still held: a connection can be lost."""

    def release(self) -> None:
        """Let go; nothing happens where it is not held."""


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
    """Hold a lock within the block; ``refusal`` is the error where others keep it."""
    lock = lock_of(url, name)
    if not lock.acquire(shared=shared, wait=wait):
        raise DatabaseProblemError(refusal)
    try:
        yield
    finally:
        lock.release()


async def acquire_patiently(lock: ProcessLock, *, shared: bool, wait: float) -> bool:
    """Return whether the lock is held now, as ``acquire`` does, without blocking the event loop.

    A thread that waited itself would keep a process that is asked to stop.
    """
    end = time.monotonic() + wait
    while not await asyncio.to_thread(lock.acquire, shared=shared, wait=_TRY_SECONDS):
        if time.monotonic() >= end:
            return False
        await asyncio.sleep(_TRY_SECONDS)
    return True


class NoLock:
    """The lock of a database in memory, which no other process can see."""

    def acquire(self, *, shared: bool, wait: float) -> bool:
        return True

    def is_held(self) -> bool:
        return True

    def release(self) -> None:
        return None


class FileLock:
    """A file beside the database. It stays: taking it away would let two processes in."""

    def __init__(self, database: Path, name: LockName) -> None:
        self._database = database
        self._path = database.with_name(f"{database.name}.{name.name.lower()}.lock")
        self._descriptor: int | None = None

    def acquire(self, *, shared: bool, wait: float) -> bool:
        """See :meth:`ProcessLock.acquire`. Raises OSError where the file cannot be made."""
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
        """Give what root makes to the database's owner, as SQLite does with its own files."""
        if os.geteuid() == 0:
            like = self._database if self._database.exists() else self._database.parent
            owner = like.stat()
            os.fchown(descriptor, owner.st_uid, owner.st_gid)


class AdvisoryLock:
    """An advisory lock of PostgreSQL, held by a connection of its own."""

    def __init__(self, url: URL, name: LockName) -> None:
        self._engine = create_engine(
            blocking(url),
            poolclass=NullPool,
            isolation_level="AUTOCOMMIT",
            connect_args={"connect_timeout": _CONNECT_SECONDS},
        )
        self._key = f"{_FAMILY}, {int(name)}"
        self._connection: Connection | None = None

    def acquire(self, *, shared: bool, wait: float) -> bool:
        """See :meth:`ProcessLock.acquire`. Raises DBAPIError where PostgreSQL is away."""
        self.release()
        suffix = "_shared" if shared else ""
        connection = self._engine.connect()
        try:
            connection.execute(text(f"SET lock_timeout = {max(1, int(wait * 1_000))}"))
            connection.execute(text(f"SELECT pg_advisory_lock{suffix}({self._key})"))
        except DBAPIError as error:
            connection.close()
            if classify(error) is Trouble.LOCKED:
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
        """Close the connection, which lets go."""
        if self._connection is not None:
            connection, self._connection = self._connection, None
            connection.invalidate()
            connection.close()

"""Lock the database of a running service against restores."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime

import structlog
from sqlalchemy import make_url, text
from sqlalchemy.ext.asyncio import AsyncSession

from app.db.address import describe
from app.db.errors import DATABASE_ERRORS
from app.db.locks import ADVISORY_FAMILY, LockName, acquire_with_retries, lock_of
from app.db.problems import DatabaseProblemError

log = structlog.get_logger(__name__)

_WAIT_SECONDS = 60.0
_CHECK_SECONDS = 15.0


_HOLDERS = text(
    """
    SELECT activity.backend_start, host(activity.client_addr)
    FROM pg_locks AS held JOIN pg_stat_activity AS activity USING (pid)
    WHERE held.locktype = 'advisory' AND held.granted
      AND held.database = (SELECT oid FROM pg_database WHERE datname = current_database())
      AND held.classid = :family AND held.objid = :name AND held.objsubid = 2
    ORDER BY activity.backend_start
    """
)


@dataclass(frozen=True, slots=True)
class RunningService:
    """Hold a process of Offbook that holds the lock of services, as PostgreSQL knows it."""

    since: datetime
    """When it took the lock: at its start, or after its connection was lost."""
    address: str | None
    """From where it is connected; None over a socket, and where it may not be seen."""


async def running_services(session: AsyncSession) -> list[RunningService] | None:
    """Return the processes that serve this database, oldest first; None where none are counted.

    SQLite's lock is a file, and the system does not say how many hold it.
    """
    if session.get_bind().dialect.name != "postgresql":
        return None
    wanted = {"family": ADVISORY_FAMILY, "name": int(LockName.IN_USE)}
    rows = await session.execute(_HOLDERS, wanted)
    return [RunningService(row[0], row[1]) for row in rows]


@contextlib.asynccontextmanager
async def held_in_use(url: str) -> AsyncIterator[None]:
    """Exclude restores into a database within the block. Raises as :meth:`InUse.start` does."""
    in_use = InUse(url)
    await in_use.start()
    try:
        yield
    finally:
        await in_use.aclose()


class InUse:
    """Hold the shared lock of a running service, and reacquire it where it was lost."""

    def __init__(self, url: str) -> None:
        self._where = describe(make_url(url))
        self._lock = lock_of(make_url(url), LockName.IN_USE)
        self._stopping = asyncio.Event()
        self._watch: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Acquire the lock, after a running restore; where the database is away, do so later.

        Raises :class:`~app.db.problems.DatabaseProblemError` where a restore takes longer than a
        minute.
        """
        if not await self._take(_WAIT_SECONDS):
            raise DatabaseProblemError(
                f"A backup is being restored into {self._where}. Wait for it, then start again."
            )
        self._watch = asyncio.create_task(self._keep(), name="in-use-lock")

    async def aclose(self) -> None:
        """Release the lock."""
        self._stopping.set()
        if self._watch is not None:
            await self._watch
        await asyncio.to_thread(self._lock.release)

    async def _take(self, wait: float) -> bool:
        """Acquire the lock; return False where a restore holds it."""
        try:
            return await acquire_with_retries(self._lock, shared=True, wait=wait)
        except (*DATABASE_ERRORS, OSError) as error:
            # A restore cannot reach this database either.
            log.warning("in_use_lock_not_taken", error=str(error))
            return True

    async def _keep(self) -> None:
        while not self._stopping.is_set():
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_CHECK_SECONDS):
                    await self._stopping.wait()
            if self._stopping.is_set() or await asyncio.to_thread(self._lock.is_held):
                continue
            if not await self._take(0):
                log.error("database_is_being_restored", database=self._where)

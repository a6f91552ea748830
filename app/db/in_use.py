"""Lock the database of a running service against restores."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

import structlog
from sqlalchemy import make_url
from sqlalchemy.exc import DBAPIError

from app.db.address import describe
from app.db.locks import LockName, acquire_with_retries, lock_of
from app.db.problems import DatabaseProblemError

log = structlog.get_logger(__name__)

_WAIT_SECONDS = 60.0
_CHECK_SECONDS = 15.0


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
        except (DBAPIError, OSError) as error:
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

"""Whether the database can be written to: remembered for seconds, found out by a probe."""

import asyncio
import time
from collections.abc import Awaitable, Callable

import structlog

from app.db.problems import Trouble, classify

log = structlog.get_logger(__name__)

PATIENCE_SECONDS = 1.5
"""How long a caller waits for a probe."""
_WELL_SECONDS = 3.0
_TROUBLED_SECONDS = 1.0


class WriteHealth:
    """Knows the outcome of the last probe or failed write. One probe runs at a time.

    A probe that does not end is left to itself and waited for again: the thread of a disk that
    hangs cannot be cancelled, and a cancelled connection to PostgreSQL would be lost.
    """

    def __init__(
        self, probe: Callable[[], Awaitable[None]], has_free_connection: Callable[[], bool]
    ) -> None:
        """``probe`` raises where nothing can be written."""
        self._probe = probe
        self._has_free_connection = has_free_connection
        self._trouble: Trouble | None = None
        self._valid_until = 0.0
        self._running: asyncio.Task[None] | None = None

    def failed(self, error: BaseException) -> None:
        """Remember why a write failed, if that was the database's doing."""
        if (trouble := classify(error)) is not None:
            self._remember(trouble)

    async def trouble(self) -> Trouble | None:
        """Return why nothing can be written; None where it can."""
        if time.monotonic() < self._valid_until:
            return self._trouble
        if self._running is None:
            self._running = asyncio.create_task(self._run(), name="write-probe")
        done, _ = await asyncio.wait({self._running}, timeout=PATIENCE_SECONDS)
        if done:
            return self._trouble
        return Trouble.NO_ANSWER if self._has_free_connection() else Trouble.NO_CONNECTION

    async def aclose(self) -> None:
        """Wait for a probe that runs; give up one that hangs."""
        if (running := self._running) is not None:
            await asyncio.wait({running}, timeout=PATIENCE_SECONDS)
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)

    async def _run(self) -> None:
        trouble: Trouble | None = None
        try:
            await self._probe()
        except Exception as error:
            trouble = classify(error) or Trouble.FAILS
            if trouble is not self._trouble:
                log.warning("database_not_writable", reason=trouble.value, error=str(error))
        finally:
            self._running = None
        self._remember(trouble)

    def _remember(self, trouble: Trouble | None) -> None:
        self._trouble = trouble
        kept = _WELL_SECONDS if trouble is None else _TROUBLED_SECONDS
        self._valid_until = time.monotonic() + kept

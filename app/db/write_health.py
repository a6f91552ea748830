"""Check whether the database can be written to, by probes whose outcome is cached for seconds."""

import asyncio
import time
from collections.abc import Awaitable, Callable

import structlog

from app.db.problems import Trouble, classify

log = structlog.get_logger(__name__)

PATIENCE_SECONDS = 1.5
"""Seconds that a caller waits for a probe."""
_WELL_SECONDS = 3.0
_TROUBLED_SECONDS = 1.0


class WriteHealth:
    """Hold the outcome of the last probe or failed write. One probe runs at a time.

    A probe that does not end keeps running, and later callers wait for it again: the thread of a
    hanging disk cannot be cancelled, and cancelling would lose a connection to PostgreSQL.
    """

    def __init__(
        self, probe: Callable[[], Awaitable[None]], has_free_connection: Callable[[], bool]
    ) -> None:
        """``probe``: raises where nothing can be written."""
        self._probe = probe
        self._has_free_connection = has_free_connection
        self._trouble: Trouble | None = None
        self._valid_until = 0.0
        self._running: asyncio.Task[None] | None = None

    def failed(self, error: BaseException) -> None:
        """Record why a write failed, if the database caused it."""
        if (trouble := classify(error)) is not None:
            self._remember(trouble)

    async def trouble(self) -> Trouble | None:
        """Return why nothing can be written; None where writing works."""
        if time.monotonic() < self._valid_until:
            return self._trouble
        if self._running is None:
            self._running = asyncio.create_task(self._run(), name="write-probe")
        done, _ = await asyncio.wait({self._running}, timeout=PATIENCE_SECONDS)
        if done:
            return self._trouble
        return Trouble.NO_ANSWER if self._has_free_connection() else Trouble.NO_CONNECTION

    async def aclose(self) -> None:
        """Wait for a running probe; cancel one that hangs."""
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

"""Check whether the database can be written to, by probes whose outcome is cached for seconds."""

import asyncio
import time
from collections.abc import Awaitable, Callable

import structlog

from app.db.problems import Fault, classify

log = structlog.get_logger(__name__)

PATIENCE_SECONDS = 1.5
"""Seconds that a caller waits for a probe."""
_WELL_SECONDS = 3.0
_FAULTY_SECONDS = 1.0


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
        self._fault: Fault | None = None
        self._valid_until = 0.0
        self._running: asyncio.Task[None] | None = None

    def failed(self, error: BaseException) -> None:
        """Record why a write failed, if the database caused it."""
        if (fault := classify(error)) is not None:
            self._remember(fault)

    async def fault(self) -> Fault | None:
        """Return why nothing can be written; None where writing works."""
        if time.monotonic() < self._valid_until:
            return self._fault
        if self._running is None:
            self._running = asyncio.create_task(self._run(), name="write-probe")
        done, _ = await asyncio.wait({self._running}, timeout=PATIENCE_SECONDS)
        if done:
            return self._fault
        return Fault.NO_ANSWER if self._has_free_connection() else Fault.NO_CONNECTION

    async def aclose(self) -> None:
        """Wait for a running probe; cancel one that hangs."""
        if (running := self._running) is not None:
            await asyncio.wait({running}, timeout=PATIENCE_SECONDS)
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)

    async def _run(self) -> None:
        fault: Fault | None = None
        try:
            await self._probe()
        except Exception as error:
            fault = classify(error) or Fault.FAILS
            if fault is not self._fault:
                log.warning("database_not_writable", reason=fault.value, error=str(error))
        finally:
            self._running = None
        self._remember(fault)

    def _remember(self, fault: Fault | None) -> None:
        self._fault = fault
        kept = _WELL_SECONDS if fault is None else _FAULTY_SECONDS
        self._valid_until = time.monotonic() + kept

"""Let calls to the engine pass, or hold them while its model is exchanged."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager


class GateBusyError(Exception):
    """Calls were still running after the time to wait for them."""


class CallGate:
    """Count the running calls, and hold new ones while closed."""

    def __init__(self) -> None:
        self._running = 0
        self._open, self._empty = asyncio.Event(), asyncio.Event()
        self._open.set()
        self._empty.set()

    @property
    def is_open(self) -> bool:
        """Whether calls pass at once."""
        return self._open.is_set()

    @asynccontextmanager
    async def passing(self) -> AsyncIterator[None]:
        """Hold a call until the gate is open, and count it while it runs."""
        while not self._open.is_set():
            await self._open.wait()
        with self._counted():
            yield

    @asynccontextmanager
    async def closed(self, wait_seconds: float) -> AsyncIterator[None]:
        """Hold new calls, and enter once the running ones have ended.

        Raises :class:`GateBusyError`, with the gate open again, where they have not ended after
        ``wait_seconds``: the calls behind the gate are not held for longer.
        """
        self._open.clear()
        try:
            try:
                async with asyncio.timeout(wait_seconds):
                    await self._empty.wait()
            except TimeoutError as error:
                raise GateBusyError from error
            yield
        finally:
            self._open.set()

    @contextmanager
    def _counted(self) -> Iterator[None]:
        self._running += 1
        self._empty.clear()
        try:
            yield
        finally:
            self._running -= 1
            if not self._running:
                self._empty.set()

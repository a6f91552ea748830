"""Pool reader processes: few, started on demand, reused, and ended when worn or too slow."""

import asyncio
import contextlib
import os
from collections.abc import AsyncIterator, Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any, BinaryIO, TypeVar

import structlog

from app.readers.errors import (
    ClientDisconnectedError,
    ReadersUnavailableError,
    TooManyReadingsError,
)
from app.readers.jobs import Job
from app.readers.process import ReaderProcess
from app.readers.reading import Ended, Reading
from app.settings import LimitSettings

log = structlog.get_logger(__name__)

T = TypeVar("T")

_FILES = 200
"""Files after which a process is replaced."""
_WORN_MEGABYTES = 256
"""Memory after which a process is replaced: a large file's is seldom returned to the system."""
_RETRY_AFTER = 10
_LEAST_PROCESSES = 2
"""One file that takes all of its time leaves a process for others."""

Disconnect = asyncio.Future[None]
"""Done once the client has disconnected."""


def reading_processes(limits: LimitSettings) -> int:
    """Return the number of files that are read at the same time."""
    cores = os.cpu_count() or 1
    return limits.reading_processes or max(_LEAST_PROCESSES, cores - 1)


class ReaderPool:
    """Read files in separate processes, and kill a process that takes too long.

    A process that dies takes only the file it was reading with it.
    """

    def __init__(
        self, limits: LimitSettings, start: Callable[[int], ReaderProcess] = ReaderProcess
    ) -> None:
        self._limits = limits
        self._start = start
        slots = reading_processes(limits)
        self._slots = asyncio.Semaphore(slots)
        self._waiting = 0
        self._idle: list[ReaderProcess] = []
        self._busy: set[ReaderProcess] = set()
        # Threads that wait for processes; two for each, since one may still be ending.
        self._threads = ThreadPoolExecutor(2 * slots, thread_name_prefix="reader")
        self._closed = False

    async def warm(self) -> None:
        """Start a process for the first caller."""
        if not self._idle and not self._closed:
            self._idle.append(await self._started())

    async def read_one(
        self, job: Job[T], file: BinaryIO, disconnect: Disconnect | None = None
    ) -> T:
        """Return the only item of ``job``. Raises as :meth:`reading` does."""
        async with self.reading(job, file, disconnect) as items:
            found = [item async for item in items]
        (item,) = found
        return item

    @contextlib.asynccontextmanager
    async def reading(
        self, job: Job[T], file: BinaryIO, disconnect: Disconnect | None = None
    ) -> AsyncIterator[AsyncIterator[T]]:
        """Yield the items of ``job`` as they come; ``file`` must not be used meanwhile.

        Raises :class:`~characters.errors.FileError` and the errors of ``errors.py``, and
        ``ClientDisconnectedError`` once ``disconnect`` is done. Leaving the context before the last
        item ends the process.
        """
        async with self._slot(disconnect):
            process = await self._take_process()
            reading = Reading(
                process,
                job,
                file,
                seconds=self._limits.reading_seconds,
                megabytes=self._limits.reading_megabytes,
            )
            try:
                yield self._items(reading, disconnect)
            finally:
                self._give_back(process, reading)

    def forget(self) -> None:
        """End the idle processes, which remember names that they read; others begin as needed."""
        while self._idle:
            self._end(self._idle.pop())

    async def aclose(self) -> None:
        """End every process. Readings in progress fail."""
        self._closed = True
        for process in self._busy:
            process.kill()
        self.forget()
        await asyncio.to_thread(self._threads.shutdown)

    async def _items(self, reading: Reading[T], disconnect: Disconnect | None) -> AsyncIterator[T]:
        while True:
            item = await _unless_disconnected(self._in_thread(reading.take), disconnect)
            if isinstance(item, Ended):
                return
            yield item

    @contextlib.asynccontextmanager
    async def _slot(self, disconnect: Disconnect | None) -> AsyncIterator[None]:
        """Hold one of the slots, first come, first served."""
        if self._slots.locked() and self._waiting >= self._limits.waiting_readings:
            raise TooManyReadingsError(_RETRY_AFTER)
        acquiring = asyncio.ensure_future(self._slots.acquire())
        self._waiting += 1
        try:
            await _unless_disconnected(acquiring, disconnect)
        except BaseException:
            if acquiring.done() and not acquiring.cancelled():
                self._slots.release()
            raise
        finally:
            self._waiting -= 1
        try:
            yield
        finally:
            self._slots.release()

    async def _take_process(self) -> ReaderProcess:
        while self._idle:
            process = self._idle.pop()
            if process.alive:
                break
            self._end(process)
        else:
            process = await self._started()
        self._busy.add(process)
        return process

    async def _started(self) -> ReaderProcess:
        starting = self._in_thread(partial(self._start, self._limits.reading_megabytes))
        try:
            process = await asyncio.shield(starting)
        except asyncio.CancelledError:
            starting.add_done_callback(lambda started: self._end(started.result()))
            raise
        except OSError as error:
            log.error("reader_not_started", error=str(error))
            raise ReadersUnavailableError(_RETRY_AFTER) from error
        log.debug("reader_started", pid=process.pid)
        return process

    def _give_back(self, process: ReaderProcess, reading: Reading[T]) -> None:
        self._busy.discard(process)
        worn = process.files >= _FILES or reading.megabytes > _WORN_MEGABYTES
        if reading.complete and not worn and not self._closed:
            self._idle.append(process)
            return
        self._end(process)

    def _end(self, process: ReaderProcess) -> None:
        process.kill()  # at once: a thread may be waiting for its answer
        try:
            self._threads.submit(process.end)
        except RuntimeError:  # the pool was closed, and its threads with it
            process.end()

    def _in_thread(self, work: Callable[[], T]) -> asyncio.Future[T]:
        return asyncio.get_running_loop().run_in_executor(self._threads, work)


async def _unless_disconnected(work: Awaitable[T], disconnect: Disconnect | None) -> T:
    """Return the result of ``work``; raise ``ClientDisconnectedError`` on a disconnect."""
    task = asyncio.ensure_future(work)
    waited: set[asyncio.Future[Any]] = {task}
    if disconnect is not None:
        waited.add(disconnect)
    try:
        await asyncio.wait(waited, return_when=asyncio.FIRST_COMPLETED)
        if task.done():
            return task.result()
    finally:
        task.cancel()
    raise ClientDisconnectedError

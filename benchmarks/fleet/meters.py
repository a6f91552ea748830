"""Measure what the processes of a run cost: processor time by kind, and connections."""

import asyncio
import contextlib
from collections import defaultdict
from dataclasses import dataclass, field

import psutil

from benchmarks.fleet.databases import backends
from benchmarks.fleet.processes import Child

_SAMPLE_SECONDS = 1.0


@dataclass(slots=True)
class Costs:
    """Hold what was measured while chatters talked."""

    cpu: dict[str, float] = field(default_factory=dict)
    """Seconds of one processor, by kind of process; a process counts from when it was ready."""
    connections: int = 0
    """Most connections of PostgreSQL at once."""


class Meter:
    """Sample the processes once a second, so that what a killed one had used is known."""

    def __init__(self, database: str) -> None:
        """Take the URL of the database, past any pooler."""
        self._database = database
        self._kinds: dict[int, str] = {}
        self._first: dict[tuple[int, float], float] = {}
        self._last: dict[tuple[int, float], tuple[str, float]] = {}
        self._connections = 0
        self._task: asyncio.Task[None] | None = None

    def watch(self, child: Child) -> None:
        """Count a process and its children from now on."""
        self._kinds[child.pid] = child.command.kind
        self._sample_child(child.pid)

    def start(self) -> None:
        """Begin to sample."""
        self._task = asyncio.create_task(self._run())

    async def costs(self) -> Costs:
        """Stop, and return what was measured."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        await asyncio.to_thread(self._sample)
        by_kind: dict[str, float] = defaultdict(float)
        for key, (kind, seconds) in self._last.items():
            by_kind[kind] += seconds - self._first[key]
        return Costs(dict(by_kind), self._connections)

    async def _run(self) -> None:
        while True:
            await asyncio.to_thread(self._sample)
            await asyncio.sleep(_SAMPLE_SECONDS)

    def _sample(self) -> None:
        for pid in [*self._kinds]:
            self._sample_child(pid)
        connected = backends(self._database)
        self._connections = max(self._connections, len(connected))
        for pid in connected:
            self._note(pid, "postgresql")

    def _sample_child(self, pid: int) -> None:
        kind = self._kinds[pid]
        with contextlib.suppress(psutil.Error):
            for each in psutil.Process(pid).children(recursive=True):
                self._note(each.pid, kind)
        self._note(pid, kind)

    def _note(self, pid: int, kind: str) -> None:
        with contextlib.suppress(psutil.Error):
            process = psutil.Process(pid)
            times, key = process.cpu_times(), (pid, process.create_time())
            seconds = float(times.user + times.system)
            self._first.setdefault(key, seconds)
            self._last[key] = kind, seconds

"""Make the trouble of a run: kills, a rolling restart, a rolling change of the embedder."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from app.tools.bench.corpus import Corpus
from app.tools.bench.errors import BenchError
from benchmarks.fleet.operator import embedder_of, until_ready, upload
from benchmarks.fleet.options import SECOND_EMBEDDER
from benchmarks.fleet.system import System

_AWAY_SECONDS = 5.0
"""Between a kill and the start of a new process in its place."""
_WEBS = ("web-1", "web-2")


@dataclass(frozen=True, slots=True)
class Kill:
    """Hold the death of a process."""

    name: str
    kind: str
    address: str
    at: float


@dataclass(slots=True)
class Trouble:
    """Make it, and keep what happened."""

    system: System
    corpus: Corpus
    slugs: list[str]
    """Of the characters that the chatters talk to."""
    kills: list[Kill] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)

    async def run(self) -> None:
        """Make all trouble over the time that the chatters talk."""
        steps: list[tuple[float, Callable[[], Awaitable[None]]]] = [
            (0.12, self.kill_web),
            (0.28, self.kill_worker),
            (0.42, self.kill_engine),
            (0.58, self.restart_all),
            (0.74, self.change_embedder),
        ]
        began = time.perf_counter()
        for share, step in steps:
            wait = began + share * self.system.options.seconds - time.perf_counter()
            await asyncio.sleep(max(0.0, wait))
            started = time.perf_counter()
            try:
                await step()
            except BenchError as error:
                self.faults.append(f"{step.__name__}: {error}")
            took = time.perf_counter() - started
            self.notes.append(
                f"{started - began:6.1f} s  {step.__name__.replace('_', ' ')}, {took:.1f} s"
            )

    async def kill_web(self) -> None:
        """Kill a web process while it answers."""
        await self._kill("web-1")

    async def kill_worker(self) -> None:
        """Kill the worker just after an upload; the new one takes the job over."""
        slug = await upload(self.system.base_url, self.corpus)
        await self._kill("worker")
        await until_ready(self.system.base_url, [slug])
        self.slugs.append(slug)

    async def kill_engine(self) -> None:
        """Kill an engine; its conversations go on at the other one."""
        await self._kill("engine-1")

    async def restart_all(self) -> None:
        """Replace every process of Offbook by another, one after the other."""
        for name in ("worker", *_WEBS):
            await self.system.restart(name)

    async def change_embedder(self) -> None:
        """Change the embedder, the worker first: it indexes anew while web processes go on."""
        for name in ("worker", *_WEBS):
            await self.system.restart(name, SECOND_EMBEDDER)
        await until_ready(self.system.base_url, self.slugs)
        for name in _WEBS:
            embedder = await embedder_of(self.system.parts[name].command.base_url)
            if "384" not in embedder:
                self.faults.append(f"{name} embeds with {embedder}")

    async def _kill(self, name: str) -> None:
        child = self.system.parts[name]
        at = await child.kill()
        self.kills.append(Kill(name, child.command.kind, child.command.address, at))
        await asyncio.sleep(_AWAY_SECONDS)
        await self.system.start(child.command)

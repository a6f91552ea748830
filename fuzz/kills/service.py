"""Start the service under test, kill it, and start it again."""

import asyncio
import time
from dataclasses import dataclass

from fuzz.kills.api import Api, ServiceGoneError
from fuzz.kills.databases import Place
from fuzz.kills.events import EventLog
from fuzz.kills.processes import Process, ProcessError, Processes

_READY_SECONDS = 60.0
_POLL_SECONDS = 0.05


@dataclass(slots=True)
class _Running:
    process: Process
    api: Api


class Service:
    """Run ``offbook serve`` on one database, any number of times."""

    def __init__(self, processes: Processes, place: Place, data_dir: str, log: EventLog) -> None:
        self.place = place
        self._processes = processes
        self._data_dir = data_dir
        self._log = log
        self._running: _Running | None = None
        self._before: list[Api] = []
        """APIs of killed processes; their clients read on until they notice."""
        self.start_seconds = 3.0
        """Duration of the last complete start."""
        self.killed_at: float | None = None
        """Time of the last kill by the monotonic clock; None while the service should run."""

    @property
    def running(self) -> bool:
        """Return whether the service was started and not killed since."""
        return self._running is not None

    @property
    def api(self) -> Api:
        """Return the API of the running service."""
        assert self._running is not None  # noqa: S101 (callers look first)
        return self._running.api

    async def spawn(self) -> Process:
        """Start the process without waiting for it to be ready."""
        return await self._processes.start(
            "serve",
            "--port",
            "0",
            "--data-dir",
            self._data_dir,
            log="service",
            OFFBOOK_DATABASE__URL=self.place.url,
        )

    async def start(self) -> Api:
        """Start the service, wait until it is ready, and return its API.

        Raises :class:`ProcessError`.
        """
        await self.aclose()
        began = time.monotonic()
        process = await self.spawn()
        api = Api(await process.address())
        self._running = _Running(process, api)
        self.killed_at = None
        await self._until_ready(api, process)
        self.start_seconds = time.monotonic() - began
        self._log.write("started", pid=process.pid, seconds=round(self.start_seconds, 2))
        return api

    async def kill(self) -> float:
        """Kill the service, and return the time by the monotonic clock."""
        assert self._running is not None  # noqa: S101 (callers look first)
        running, self._running = self._running, None
        if running.process.ended:
            raise ProcessError(f"The service ended by itself.\n{running.process.said()}")
        self.killed_at = time.monotonic()
        await running.process.kill()
        self._log.write("killed", pid=running.process.pid)
        self._before.append(running.api)
        return self.killed_at

    async def aclose(self) -> None:
        """Close all connections; :class:`Processes` ends the process."""
        apis = [*self._before, *([self._running.api] if self._running else [])]
        self._before.clear()
        for api in apis:
            await api.aclose()

    async def _until_ready(self, api: Api, process: Process) -> None:
        for _ in range(int(_READY_SECONDS / _POLL_SECONDS)):
            try:
                if (await api.call("GET", "/readyz")).ok:
                    return
            except ServiceGoneError:
                pass
            await asyncio.sleep(_POLL_SECONDS)
        raise ProcessError(f"The service is not ready after a minute.\n{process.said()}")

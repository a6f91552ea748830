"""Start the processes of a run, and end each by its id, whatever happens."""

import asyncio
import contextlib
import signal
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import aiohttp

from app.tools.bench.errors import BenchError

_START_SECONDS = 300.0
_STOP_SECONDS = 60.0
_POLL_SECONDS = 0.1
_SHOWN_LOG = 2_000


@dataclass(frozen=True, slots=True)
class Command:
    """Describe a process to start."""

    name: str
    """Of its log, and in reports: ``web-1``."""
    kind: str
    """What its costs are counted under: ``web``."""
    arguments: Sequence[str]
    port: int
    """On loopback."""
    ready: str = ""
    """A path that answers 200 once the process works; without one a connection suffices."""
    environment: Mapping[str, str] = field(default_factory=dict)
    ended_by: signal.Signals = signal.SIGTERM

    @property
    def address(self) -> str:
        """Return the address as nginx's log has it."""
        return f"127.0.0.1:{self.port}"

    @property
    def base_url(self) -> str:
        """Return the address as a client needs it."""
        return f"http://{self.address}"


class Child:
    """Control one running process."""

    def __init__(self, command: Command, process: asyncio.subprocess.Process, log: Path) -> None:
        self.command = command
        self._process = process
        self._log = log
        self.pid = process.pid

    @property
    def ended(self) -> bool:
        """Return whether the process has ended."""
        return self._process.returncode is not None

    async def kill(self) -> float:
        """Send SIGKILL, wait for the end, and return the time of the signal."""
        at = time.perf_counter()
        with contextlib.suppress(ProcessLookupError):
            self._process.kill()
        await self._process.wait()
        return at

    async def stop(self, seconds: float = _STOP_SECONDS) -> None:
        """Ask the process to end, wait for it, and kill it after ``seconds``."""
        with contextlib.suppress(ProcessLookupError):
            self._process.send_signal(self.command.ended_by)
        try:
            await asyncio.wait_for(self._process.wait(), seconds)
        except TimeoutError:
            await self.kill()

    async def until_ready(self) -> None:
        """Wait until the process works.

        Raises :class:`BenchError` with the end of its log.
        """
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_START_SECONDS), aiohttp.ClientSession() as http:
                while not self.ended:
                    if await self._answers(http):
                        return
                    await asyncio.sleep(_POLL_SECONDS)
        said = (await asyncio.to_thread(self._log.read_text, "utf-8", "replace"))[-_SHOWN_LOG:]
        raise BenchError(f"{self.command.name} did not come up. It said:\n{said}")

    async def _answers(self, http: aiohttp.ClientSession) -> bool:
        try:
            if not self.command.ready:
                _, writer = await asyncio.open_connection("127.0.0.1", self.command.port)
                writer.close()
                return True
            async with http.get(self.command.base_url + self.command.ready) as answer:
                return answer.status == 200
        except (aiohttp.ClientError, OSError):
            return False


class Children:
    """Start processes, and end all that still run at the end, the last one first."""

    def __init__(self, folder: Path) -> None:
        """Take the folder of logs."""
        self._folder = folder
        self.running: list[Child] = []

    async def start(self, command: Command) -> Child:
        """Start a process and wait until it works. Raises :class:`BenchError`."""
        log = self._folder / f"{command.name}.log"
        with log.open("ab") as output:
            process = await asyncio.create_subprocess_exec(
                *command.arguments,
                env=dict(command.environment) or None,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=output,
                stderr=output,
            )
        child = Child(command, process, log)
        self.running = [each for each in self.running if not each.ended]
        self.running.append(child)
        await child.until_ready()
        return child

    async def aclose(self) -> None:
        """Stop all that run."""
        while self.running:
            await self.running.pop().stop()

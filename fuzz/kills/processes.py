"""The processes of a run: each is ended by its id, whatever happens."""

import asyncio
import contextlib
import os
import re
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import fuzz

_ROOT = Path(fuzz.__file__).parents[1]
_START_SECONDS = 90.0
_COMMAND_SECONDS = 180.0
_POLL_SECONDS = 0.005
_ADDRESS = re.compile(r"is open: (http://\S+)")
_SHOWN_LOG = 1_500


class ProcessError(Exception):
    """A process that did not do what every run of it has to. The message has the end of its log."""


class Process:
    """A running command of the service."""

    def __init__(self, process: asyncio.subprocess.Process, log: Path) -> None:
        self._process = process
        self._log = log
        self._starts_at = log.stat().st_size
        self.pid = process.pid

    @property
    def ended(self) -> bool:
        """Whether it is over."""
        return self._process.returncode is not None

    async def kill(self) -> None:
        """Send SIGKILL, and wait for the end; nothing where it has ended."""
        with contextlib.suppress(ProcessLookupError):
            self._process.kill()
        await self._process.wait()

    async def wait(self, seconds: float = _COMMAND_SECONDS) -> int:
        """Wait for the end: the exit status. Raises :class:`ProcessError` if that takes longer."""
        try:
            return await asyncio.wait_for(self._process.wait(), seconds)
        except TimeoutError as error:
            await self.kill()
            raise ProcessError(f"It ran for {seconds:.0f} seconds.\n{self.said()}") from error

    async def address(self) -> str:
        """Wait until it says where it listens. Raises :class:`ProcessError` where it never does."""
        for _ in range(int(_START_SECONDS / 0.02)):
            if found := _ADDRESS.search(self.said()):
                return found[1]
            if self.ended:
                break
            await asyncio.sleep(0.02)
        raise ProcessError(f"The service does not come up.\n{self.said()}")

    def said(self) -> str:
        """The end of what it printed."""
        with self._log.open("rb") as file:
            file.seek(self._starts_at)
            return file.read().decode(errors="replace")[-_SHOWN_LOG:]

    async def until(self, happened: Callable[[], bool]) -> bool:
        """Wait until something happened: True; False where the process ended first."""
        while not happened():
            if self.ended:
                return False
            await asyncio.sleep(_POLL_SECONDS)
        return True


class Processes:
    """Starts commands of the service, and ends those that still run."""

    def __init__(self, folder: Path, environment: Mapping[str, str]) -> None:
        """``environment`` has the settings that all of them share."""
        self._folder = folder
        self._shared = environment
        self._running: list[Process] = []

    async def start(self, *arguments: str, log: str, **settings: str) -> Process:
        """``offbook`` with these arguments; what it prints goes to the end of a log file."""
        inherited = {k: v for k, v in os.environ.items() if not k.startswith("OFFBOOK_")}
        path = self._folder / f"{log}.log"
        with path.open("ab") as output:
            process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                "app.cli",
                *arguments,
                env={**inherited, **self._shared, **settings, "PYTHONPATH": str(_ROOT)},
                stdin=asyncio.subprocess.DEVNULL,
                stdout=output,
                stderr=output,
            )
        started = Process(process, path)
        self._running = [each for each in self._running if not each.ended]
        self._running.append(started)
        return started

    async def aclose(self) -> None:
        """Kill whatever runs."""
        for process in self._running:
            await process.kill()

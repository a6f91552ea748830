"""Start the processes of a run, and end each by its id, even after an error."""

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
    """A process failed at what it must always do; the message has the end of its log."""


class Process:
    """Control a running command of the service."""

    def __init__(self, process: asyncio.subprocess.Process, log: Path) -> None:
        self._process = process
        self._log = log
        self._starts_at = log.stat().st_size
        self.pid = process.pid

    @property
    def ended(self) -> bool:
        """Return whether the process has ended."""
        return self._process.returncode is not None

    async def kill(self) -> None:
        """Send SIGKILL, unless the process has ended, and wait for its end."""
        with contextlib.suppress(ProcessLookupError):
            self._process.kill()
        await self._process.wait()

    async def wait(self, seconds: float = _COMMAND_SECONDS) -> int:
        """Wait for the end, and return the exit status.

        Raises :class:`ProcessError` where that takes more than ``seconds``.
        """
        try:
            return await asyncio.wait_for(self._process.wait(), seconds)
        except TimeoutError as error:
            await self.kill()
            raise ProcessError(f"It ran for {seconds:.0f} seconds.\n{self.said()}") from error

    async def address(self) -> str:
        """Wait for the address in the log, and return it. Raises :class:`ProcessError`."""
        for _ in range(int(_START_SECONDS / 0.02)):
            if found := _ADDRESS.search(self.said()):
                return found[1]
            if self.ended:
                break
            await asyncio.sleep(0.02)
        raise ProcessError(f"The service does not come up.\n{self.said()}")

    def said(self) -> str:
        """Return the end of the process's output."""
        with self._log.open("rb") as file:
            file.seek(self._starts_at)
            return file.read().decode(errors="replace")[-_SHOWN_LOG:]

    async def until(self, happened: Callable[[], bool]) -> bool:
        """Wait until ``happened`` returns true; return False where the process ended first."""
        while not happened():
            if self.ended:
                return False
            await asyncio.sleep(_POLL_SECONDS)
        return True


class Processes:
    """Start commands of the service, and kill all that still run at the end."""

    def __init__(self, folder: Path, environment: Mapping[str, str]) -> None:
        """Take the folder of logs, and the environment that all commands share."""
        self._folder = folder
        self._shared = environment
        self._running: list[Process] = []

    async def start(self, *arguments: str, log: str, **settings: str) -> Process:
        """Start ``offbook`` with these arguments; its output is appended to a log file."""
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
        """Kill all commands that still run."""
        for process in self._running:
            await process.kill()

"""Start servers as child processes, and stop them."""

import asyncio
import os
import signal
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import aiohttp

from app.tools.bench.errors import BenchError

_POLL_SECONDS = 0.05
_START_SECONDS = 300.0
"""Long enough for a large model to load."""
_STOP_SECONDS = 20.0
_SHOWN_LOG = 2_000


@dataclass(frozen=True, slots=True)
class Server:
    """Hold the id and the address of a child process that listens on loopback."""

    pid: int
    base_url: str


def free_port() -> int:
    """Return a loopback port that is free now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@asynccontextmanager
async def serving(
    module: str,
    arguments: Sequence[str],
    *,
    ready: str,
    log: Path,
    environment: Mapping[str, str | None] | None = None,
) -> AsyncIterator[Server]:
    """Run ``python -m module --port ...``, from when ``ready`` answers 200 to the end of the block.

    Its output goes to ``log``. ``environment`` changes the child's environment; None removes a
    variable. Raises :class:`BenchError` with the end of the log where it does not come up.
    """
    port = free_port()
    with log.open("wb") as output:
        process = subprocess.Popen(  # noqa: S603, ASYNC220 (our own modules; nothing runs yet)
            [sys.executable, "-m", module, *arguments, "--port", str(port)],
            stdout=output,
            stderr=subprocess.STDOUT,
            env=_environment(environment or {}),
        )
        try:
            server = Server(process.pid, f"http://127.0.0.1:{port}")
            await _until_ready(process, server.base_url + ready, log)
            yield server
        finally:
            await asyncio.to_thread(_stop, process)


def _environment(changes: Mapping[str, str | None]) -> dict[str, str]:
    """Return this process's environment with changes, for a child."""
    changed = {**os.environ, **changes}
    return {name: value for name, value in changed.items() if value is not None}


async def _until_ready(process: "subprocess.Popen[bytes]", url: str, log: Path) -> None:
    try:
        async with asyncio.timeout(_START_SECONDS), aiohttp.ClientSession() as http:
            while process.poll() is None:
                if await _answers(http, url):
                    return
                await asyncio.sleep(_POLL_SECONDS)
    except TimeoutError:
        pass
    said = (await asyncio.to_thread(log.read_text, "utf-8", "replace"))[-_SHOWN_LOG:]
    raise BenchError(f"{url} did not come up. The process said:\n{said}")


async def _answers(http: aiohttp.ClientSession, url: str) -> bool:
    try:
        async with http.get(url) as answer:
            return answer.status == 200
    except aiohttp.ClientError:
        return False


def _stop(process: "subprocess.Popen[bytes]") -> None:
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(_STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()

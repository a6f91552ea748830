"""A vllm-router on a loopback port, with the flags of ``docs/deploy.md``."""

import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

import httpx

PROGRAM = Path(sys.executable).with_name("vllm-router")
Policy = Literal["cache_aware", "consistent_hash"]
_START_SECONDS = 90


def _arguments(engines: Sequence[str], policy: Policy, ports: Sequence[int]) -> list[str]:
    return [
        *("--host", "127.0.0.1", "--port", str(ports[0]), "--prometheus-port", str(ports[1])),
        *("--worker-urls", *engines, "--policy", policy),
        # After two failures a retry goes to another engine; by default it takes ten.
        *("--cb-failure-threshold", "2", "--cb-timeout-duration-secs", "10"),
        *("--health-check-interval-secs", "5", "--health-failure-threshold", "2"),
        *("--worker-startup-check-interval", "1"),
    ]


@contextmanager
def routing(engines: Sequence[str], policy: Policy, log: Path) -> Iterator[str]:
    """The address of a router in front of ``engines``; it ends with the block.

    Raises :class:`RuntimeError` with its ``log`` where it does not come up.
    """
    ports = free_ports(2)
    with log.open("wb") as output:
        process = subprocess.Popen(
            [str(PROGRAM), *_arguments(engines, policy, ports)],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        address = f"http://127.0.0.1:{ports[0]}"
        _wait_ready(address, process, log)
        yield address
    finally:
        process.kill()
        process.wait()


def free_ports(count: int) -> list[int]:
    """Ports that were free a moment ago."""
    probes = [socket.socket() for _ in range(count)]
    for probe in probes:
        probe.bind(("127.0.0.1", 0))
    ports: list[int] = [probe.getsockname()[1] for probe in probes]
    for probe in probes:
        probe.close()
    return ports


def _wait_ready(address: str, process: "subprocess.Popen[bytes]", log: Path) -> None:
    deadline = time.monotonic() + _START_SECONDS
    with httpx.Client(base_url=address, timeout=5, trust_env=False) as client:
        while time.monotonic() < deadline and process.poll() is None:
            try:
                if client.get("/readiness").is_success:
                    return
            except httpx.HTTPError:
                time.sleep(0.1)
    raise RuntimeError(f"The router did not come up:\n{log.read_text(errors='replace')[-4_000:]}")

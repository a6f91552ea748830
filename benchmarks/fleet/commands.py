"""Build the command line and the environment of each process of a fleet."""

import json
import os
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path
from signal import SIGINT

import benchmarks
from app.tools.bench.errors import BenchError
from benchmarks.fleet.options import FleetOptions
from benchmarks.fleet.processes import Command

_ROOT = Path(benchmarks.__file__).parents[1]
ADMIN_KEY = "ob_the-key-of-the-load-test"
_CACHED_TOKENS = 2_000_000
"""Of an engine: room for all conversations, so that only a turn at another engine misses them."""
_DRAIN_SECONDS = 2.0
_SHUTDOWN_SECONDS = 20
"""Replies take a few seconds, and finish."""


def program(name: str) -> str:
    """Return the path of a program of the system. Raises :class:`BenchError` without it."""
    found = shutil.which(
        name, path=f"{os.environ.get('PATH', '')}:/usr/sbin:{Path(sys.executable).parent}"
    )
    if found is None:
        raise BenchError(f"{name} is not installed; docs/scale.md lists what the load test needs.")
    return found


def serve(
    name: str,
    role: str,
    port: int,
    options: FleetOptions,
    *,
    database: str,
    direct: str,
    engine: str,
    embedder: str,
) -> Command:
    """Return the command of a process of Offbook; ``role`` is ``web``, ``worker`` or ``all``."""
    settings = {
        "OFFBOOK_SERVER__ROLE": role,
        "OFFBOOK_SERVER__DRAIN_SECONDS": str(_DRAIN_SECONDS),
        "OFFBOOK_SERVER__SHUTDOWN_TIMEOUT": str(_SHUTDOWN_SECONDS),
        "OFFBOOK_DATA_DIR": str(options.folder / "data"),
        "OFFBOOK_DATABASE__URL": database,
        "OFFBOOK_DATABASE__DIRECT_URL": direct,
        "OFFBOOK_ENGINE__KIND": "openai",
        "OFFBOOK_ENGINE__BASE_URL": engine,
        "OFFBOOK_EMBEDDER__NAME": embedder,
        "OFFBOOK_ACCESS__ADMIN_KEY": ADMIN_KEY,
        "OFFBOOK_ACCESS__TRUSTED_PROXIES": json.dumps(["127.0.0.1"]),
        "OFFBOOK_LOAD_SAMPLES": "false",
        "OFFBOOK_LOG_FORMAT": "json",
        # Chatters are guests, and talk more than a guest would.
        "OFFBOOK_QUOTAS__GUEST__REQUESTS_A_MINUTE": "none",
        "OFFBOOK_QUOTAS__GUEST__TOKENS_A_DAY": "none",
    }
    arguments = [sys.executable, "-m", "app.cli", "serve", "--port", str(port)]
    return Command(name, role, arguments, port, "/readyz", _environment(settings))


def upgrade(options: FleetOptions, database: str) -> tuple[list[str], dict[str, str]]:
    """Return the command that brings the database to the newest schema, and its environment."""
    settings = {
        "OFFBOOK_DATABASE__URL": database,
        "OFFBOOK_DATA_DIR": str(options.folder / "data"),
    }
    return [sys.executable, "-m", "app.cli", "db", "upgrade"], _environment(settings)


def engine(name: str, port: int, options: FleetOptions) -> Command:
    """Return the command of a scripted engine."""
    arguments = [
        *(sys.executable, "-m", "app.engines.scripted_server", "--port", str(port)),
        f"--tokens-per-second={options.tokens_per_second}",
        f"--reply-tokens={options.reply_tokens}",
        f"--cached-tokens={_CACHED_TOKENS}",
    ]
    return Command(name, "engine", arguments, port, "/health", _environment({}))


def router(port: int, metrics_port: int, engines: list[str]) -> Command:
    """Return the command of vllm-router in front of engines, as docs/deploy.md starts it."""
    arguments = [
        *(program("vllm-router"), "--host", "127.0.0.1", "--port", str(port)),
        *("--worker-urls", *engines),
        *("--policy", "consistent_hash"),
        *("--prometheus-port", str(metrics_port), "--log-level", "warning"),
        *("--cb-failure-threshold", "2", "--cb-timeout-duration-secs", "10"),
        *("--health-check-interval-secs", "5", "--health-failure-threshold", "2"),
        *("--worker-startup-check-interval", "1"),
    ]
    return Command("router", "router", arguments, port, "/health", _environment({}))


def pgbouncer(file: Path, port: int) -> Command:
    """Return the command of PgBouncer, which refuses to run as root."""
    user = ["-u", "nobody"] if os.geteuid() == 0 else []
    arguments = [program("pgbouncer"), *user, str(file)]
    return Command("pgbouncer", "pgbouncer", arguments, port, ended_by=SIGINT)


def nginx(file: Path, port: int) -> Command:
    """Return the command of nginx."""
    folder = file.parent
    own = f"daemon off; pid {folder}/nginx.pid;" + (" user root;" if os.geteuid() == 0 else "")
    arguments = [program("nginx"), "-e", f"{folder}/nginx-start.log", "-p", str(folder)]
    return Command("nginx", "nginx", [*arguments, "-c", str(file), "-g", own], port)


def _environment(settings: Mapping[str, str]) -> dict[str, str]:
    inherited = {k: v for k, v in os.environ.items() if not k.startswith("OFFBOOK_")}
    return {**inherited, **settings, "PYTHONPATH": str(_ROOT)}

"""Plan and carry out a run: rounds of load that each end in a kill, with other kills around."""

import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from random import Random

from app.tools.bench.processes import serving
from fuzz.kills.client import Client
from fuzz.kills.closing import close
from fuzz.kills.databases import Databases
from fuzz.kills.events import EventLog
from fuzz.kills.ledger import Ledger
from fuzz.kills.load import Load
from fuzz.kills.phase_backup import compare_backups, kill_backup, kill_restore
from fuzz.kills.phase_service import kill_under_load, kill_while_starting
from fuzz.kills.phase_upgrade import kill_upgrade
from fuzz.kills.processes import Processes
from fuzz.kills.service import Service
from fuzz.kills.snapshot import SnapshotReader
from fuzz.kills.stage import Stage

Phase = Callable[[Stage], Awaitable[None]]

OTHER_PHASES: dict[str, tuple[float, Phase]] = {
    "startup": (0.12, kill_while_starting),
    "backup": (0.10, kill_backup),
    "restore": (0.08, kill_restore),
    "upgrade": (0.20, kill_upgrade),
}
"""By name: the share of all kills, and the phase; the rest are kills under load."""
_BESIDE_LOAD = {"backup"}

_TOKENS_PER_SECOND = 4.0
"""English replies take about six seconds, Chinese ones about fifteen."""


@dataclass(frozen=True, slots=True)
class Options:
    """Hold the options of a run."""

    kills: int
    seed: int
    clients: int
    minutes: float
    server: str | None
    """URL of a PostgreSQL database; None for SQLite."""


@asynccontextmanager
async def staged(options: Options, folder: Path) -> AsyncIterator[Stage]:
    """Set up a run in an empty folder, and end all its processes with the block."""
    for name in ("temporary", "backups"):
        (folder / name).mkdir()
    log = EventLog(folder / "events.jsonl")
    databases = Databases(folder, options.server)
    ledger = Ledger(log)
    async with serving(
        "app.engines.scripted_server",
        ["--tokens-per-second", str(_TOKENS_PER_SECOND), "--reply-tokens", "0"],
        ready="/health",
        log=folder / "engine.log",
    ) as engine:
        processes = Processes(folder, _environment(engine.base_url, folder))
        database = databases.empty("main")
        service = Service(processes, database, str(folder / "main"), log)
        load = Load([Client(n, options.seed, ledger) for n in range(options.clients)], service)
        reader = SnapshotReader(database.service_url)
        random = Random(options.seed)
        stage = Stage(folder, random, log, ledger, databases, processes, service, load, reader)
        try:
            yield stage
        finally:
            await load.aclose()
            await service.aclose()
            await processes.aclose()
            reader.close()
            log.close()


async def run(options: Options, stage: Stage) -> None:
    """Carry out all kills that the time allows, with checks in between and at the end."""
    end = time.monotonic() + options.minutes * 60
    for phases in plan(options.kills, Random(f"{options.seed} plan")):
        if time.monotonic() > end:
            stage.ledger.blame("out of time", f"after {options.minutes:.0f} minutes")
            break
        await stage.up()
        for name in phases:
            phase = kill_under_load if name == "load" else OTHER_PHASES[name][1]
            await phase(stage)
        await compare_backups(stage)
    await close(stage)


def plan(kills: int, random: Random) -> list[list[str]]:
    """Return rounds of phases, ``kills`` phases in all; each round has one kill under load.

    Phases beside the load come before it; the others need the service stopped, and come after.
    """
    counts = {name: round(kills * share) for name, (share, _) in OTHER_PHASES.items()}
    under_load = max(1, kills - sum(counts.values()))
    rounds: list[list[str]] = [["load"] for _ in range(under_load)]
    for name, count in counts.items():
        for _ in range(count):
            chosen: list[str] = random.choice(rounds)
            if name in _BESIDE_LOAD:
                chosen.insert(0, name)
            else:
                chosen.append(name)
    return rounds


def _environment(engine_url: str, folder: Path) -> dict[str, str]:
    return {
        "OFFBOOK_ENGINE__KIND": "openai",
        "OFFBOOK_ENGINE__BASE_URL": engine_url,
        "OFFBOOK_EMBEDDER__NAME": "hashing",
        "OFFBOOK_EMBEDDER__INGESTION_WORKERS": "1",
        "OFFBOOK_LOAD_SAMPLES": "false",
        "OFFBOOK_LOG_LEVEL": "warning",
        "PYTHONUNBUFFERED": "1",
        "TMPDIR": str(folder / "temporary"),
    }

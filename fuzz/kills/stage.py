"""Hold the state that the phases of a run share, and compare it between phases."""

import asyncio
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

from fuzz.kills.databases import Databases
from fuzz.kills.events import EventLog
from fuzz.kills.facts import Fact, Key
from fuzz.kills.ledger import Ledger
from fuzz.kills.load import Load
from fuzz.kills.processes import Processes
from fuzz.kills.reading import read_all
from fuzz.kills.service import Service
from fuzz.kills.snapshot import SnapshotReader
from fuzz.kills.verify import verify

_COMPARED_AGAIN = 5
"""Unchanged items that are compared over the API again, beside the changed ones."""


@dataclass(slots=True)
class Tally:
    """Count the results of a run so far."""

    kills: Counter[str] = field(default_factory=Counter)
    """By phase."""
    losses: list[float] = field(default_factory=list)
    """Seconds lost of each reply that a kill interrupted."""
    verified: int = 0
    """Comparisons with the database that agreed."""
    compared: int = 0
    """Comparisons with the API."""
    happened: int = 0
    """Requests without an answer that were carried out."""
    undone: int = 0
    backups: int = 0
    """Whole backups that were restored and compared."""


@dataclass(slots=True)
class Stage:
    """Hold the parts of a run."""

    folder: Path
    random: Random
    log: EventLog
    ledger: Ledger
    databases: Databases
    processes: Processes
    service: Service
    load: Load
    reader: SnapshotReader
    tally: Tally = field(default_factory=Tally)
    to_restore: dict[Path, dict[Key, Fact | None]] = field(default_factory=dict)
    """Backups made under load, and the facts that each must contain."""

    @property
    def backups(self) -> Path:
        """Return the folder in which backups are made."""
        return self.folder / "backups"

    async def up(self) -> None:
        """Start the service if it is down, and compare all it had acknowledged."""
        if not self.service.running:
            killed_at = self.service.killed_at
            await self.service.start()
            await self.compare(killed_at)

    async def compare(self, killed_at: float | None) -> None:
        """Compare database and API with the ledger, while no client uses the service."""
        snapshot = await asyncio.to_thread(self.reader.read)
        verdict = verify(self.ledger, snapshot, killed_at)
        self.tally.losses += [loss.seconds for loss in verdict.losses]
        self.tally.verified += verdict.verified
        self.tally.happened += verdict.happened
        self.tally.undone += verdict.undone
        known = list(self.ledger.facts)
        again = self.random.sample(known, min(_COMPARED_AGAIN, len(known)))
        keys = (self.ledger.touched | set(again)) & self.ledger.facts.keys()
        self.ledger.touched.clear()
        self.tally.compared += await read_all(self.service.api, self.ledger, keys)
        self.log.write(
            "compared",
            verified=verdict.verified,
            losses=[round(loss.seconds, 2) for loss in verdict.losses],
        )

    def count(self, phase: str) -> None:
        """Count a kill."""
        self.tally.kills[phase] += 1
        self.log.write("kill", phase=phase)

"""Everything that the phases of a run share, and what happens between two of them."""

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
"""Items that the API is asked for once more, beside what changed."""


@dataclass(slots=True)
class Tally:
    """What a run came to so far."""

    kills: Counter[str] = field(default_factory=Counter)
    """By phase."""
    losses: list[float] = field(default_factory=list)
    """Seconds lost of each reply that a kill cut off."""
    verified: int = 0
    """Comparisons with the database."""
    compared: int = 0
    """Comparisons with the API."""
    happened: int = 0
    """Requests without an answer that were carried out."""
    undone: int = 0
    backups: int = 0
    """Backups that were made whole, and restored and compared."""


@dataclass(slots=True)
class Stage:
    """A run's machinery."""

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
    """Backups made under load, and what each has to hold."""

    @property
    def backups(self) -> Path:
        """The folder that backups are made in."""
        return self.folder / "backups"

    async def up(self) -> None:
        """Have the service run, and all that it acknowledged before compared."""
        if not self.service.running:
            killed_at = self.service.killed_at
            await self.service.start()
            await self.compare(killed_at)

    async def compare(self, killed_at: float | None) -> None:
        """Hold database and API against the ledger. Nobody may use the service meanwhile."""
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
        """Note a kill."""
        self.tally.kills[phase] += 1
        self.log.write("kill", phase=phase)

"""Choose how large a run is."""

from dataclasses import dataclass
from pathlib import Path

FIRST_EMBEDDER = "hashing"
SECOND_EMBEDDER = "hashing:384"
"""Another vector space, for which every character is indexed again; both cost next to nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FleetOptions:
    """Describe a run."""

    postgres: str
    """A PostgreSQL server on which databases may be made: the URL of any database there."""
    folder: Path
    """Of logs, configurations and data; empty, and the run's own."""
    chatters: int = 200
    minutes: float = 10.0
    think_seconds: float = 30.0
    """Before each message, on average."""
    reply_tokens: int = 100
    tokens_per_second: float = 50.0
    """Of each stream of an engine."""
    characters: int = 8
    """That the chatters talk to, all of one script."""
    pool_mode: str = "transaction"
    """Of PgBouncer."""
    seed: int = 1

    @property
    def seconds(self) -> float:
        """Return how long the chatters talk."""
        return self.minutes * 60

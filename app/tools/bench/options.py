"""What a run is made of."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from app.tools.bench.corpus import Corpus
from app.tools.bench.scenario import Scenario

EngineKind = Literal["scripted", "embedded", "openai"]


@dataclass(frozen=True, slots=True)
class BenchOptions:
    """The command's options."""

    corpus: Corpus
    scenario: Scenario
    engine: EngineKind
    chatters: list[int]
    """Each is measured by itself, one after another."""
    reply_tokens: int
    tokens_per_second: float
    """Of each stream; the scripted engine's."""
    embedder: str
    database_url: str | None
    """None: SQLite in a folder of the run's own."""
    idle_conversations: int
    soak_seconds: float
    """Both at the end; 0 leaves out."""
    out: Path

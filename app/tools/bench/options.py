"""Define the options of a run."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from app.tools.bench.corpus import Corpus
from app.tools.bench.scenario import Scenario

EngineKind = Literal["scripted", "embedded", "openai"]


@dataclass(frozen=True, slots=True, kw_only=True)
class BenchOptions:
    """Hold the command's options."""

    corpus: Corpus
    scenario: Scenario
    engine: EngineKind
    chatters: list[int]
    """Numbers of chatters, measured one after another."""
    reply_tokens: int
    tokens_per_second: float
    """Of each stream of the scripted engine."""
    embedder: str
    database_url: str | None
    """None for SQLite in a folder of the run's own."""
    idle_conversations: int
    soak_seconds: float
    """Idle conversations and soak come at the end; 0 leaves them out."""
    out: Path

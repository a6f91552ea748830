"""How often each target has run so far: one JSON object a line, appended by every run."""

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

LEDGER = Path(__file__).with_name("ledger.jsonl")


@dataclass(frozen=True, slots=True)
class Run:
    """What libFuzzer said at the end of one run."""

    date: str
    target: str
    executions: int
    seconds: int
    slowest_seconds: int
    """Longest execution, whole seconds rounded down."""
    peak_mb: int
    """Largest resident memory of the process, with the interpreter and the libraries."""


def append(run: Run) -> None:
    """Add a run at the end."""
    with LEDGER.open("a", encoding="utf-8") as file:
        file.write(json.dumps(asdict(run)) + "\n")


def runs() -> Iterator[Run]:
    """All runs, oldest first."""
    if LEDGER.exists():
        for row in LEDGER.read_text(encoding="utf-8").splitlines():
            yield Run(**json.loads(row))


def totals() -> Counter[str]:
    """Executions of each target over all runs."""
    counts: Counter[str] = Counter()
    for run in runs():
        counts[run.target] += run.executions
    return counts

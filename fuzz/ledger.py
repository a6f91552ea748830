"""Record every run and its executions: one JSON object a line."""

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

LEDGER = Path(__file__).with_name("ledger.jsonl")


@dataclass(frozen=True, slots=True)
class Run:
    """Hold libFuzzer's figures of one run."""

    date: str
    target: str
    executions: int
    seconds: int
    slowest_seconds: int
    """The longest execution, in whole seconds, rounded down."""
    peak_mb: int
    """Peak resident memory of the process, with the interpreter and the libraries."""


def append(run: Run) -> None:
    """Append a run."""
    with LEDGER.open("a", encoding="utf-8") as file:
        file.write(json.dumps(asdict(run)) + "\n")


def runs() -> Iterator[Run]:
    """Yield all runs, oldest first."""
    if LEDGER.exists():
        for row in LEDGER.read_text(encoding="utf-8").splitlines():
            yield Run(**json.loads(row))


def totals() -> Counter[str]:
    """Return the executions of each target over all runs."""
    counts: Counter[str] = Counter()
    for run in runs():
        counts[run.target] += run.executions
    return counts

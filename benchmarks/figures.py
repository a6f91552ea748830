"""Percentiles, and the report they end in."""

import json
import platform
import statistics
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured number, and what it should be at most (or at least)."""

    name: str
    value: float
    unit: str
    target: str = ""


def median(values: Sequence[float]) -> float:
    return statistics.median(values)


def write_report(figures: Sequence[Figure], path: Path) -> None:
    """Print a table, and write the same as JSON with the machine and the date."""
    machine = f"{platform.node()}, {platform.machine()}, Python {platform.python_version()}"
    date = datetime.now(UTC).isoformat(timespec="seconds")
    print(f"\n{machine}\n{date}\n")
    width = max(len(figure.name) for figure in figures)
    for figure in figures:
        print(f"{figure.name:{width}}  {figure.value:10.2f} {figure.unit:5} {figure.target}")
    path.parent.mkdir(parents=True, exist_ok=True)
    content = {"machine": machine, "date": date, "figures": [asdict(f) for f in figures]}
    path.write_text(json.dumps(content, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    print(f"\nwritten to {path}")

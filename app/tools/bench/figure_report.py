"""Write figures as a table for people and as JSON for programs."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from app.tools.bench.environment import date, machine
from app.tools.bench.figures import Figure


def write_figures(figures: Sequence[Figure], path: Path) -> str:
    """Write the figures to ``path`` as JSON, with machine and date; return them as a table."""
    content = {"machine": machine(), "date": date(), "figures": [asdict(f) for f in figures]}
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    width = max(len(figure.name) for figure in figures)
    rows = [
        f"{figure.name:{width}}  {figure.value:10.2f} {figure.unit:5} {figure.target}"
        for figure in figures
    ]
    return "\n".join([f"\n{machine()}\n{date()}\n", *rows, f"\nwritten to {path}"])

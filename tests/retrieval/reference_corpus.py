"""The reference's sansan.csv as plain texts; it lies beside the repository, not in it."""

import csv
from pathlib import Path

import pytest

REFERENCE = Path(__file__).parents[3] / "shared" / "reference" / "index-roleplay"


def sansan_scenes() -> list[str]:
    """All 88 scenes; skips the test where the reference is absent."""
    path = REFERENCE / "sansan.csv"
    if not path.exists():
        pytest.skip(f"the reference corpus is not at {path}")
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))
    return [row[1] for row in rows[1:]]

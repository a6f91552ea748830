"""The made-up benchmark of the tests, and dialogues like its own."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from app.tools.evaluation.roleplay.dataset import DatasetRow, Item

FIXTURES = Path(__file__).parents[4] / "fixtures" / "roleplay"


def make_item(id: str, role: str, rows: Sequence[str], novel: str = "雾港") -> Item:
    """An item from rows like ``Name：line``."""
    read = [DatasetRow(*row.split("：", 1)) for row in rows]
    return Item(id, role, novel, read, [("Fluency", "对话流利度")], {"context": "\n".join(rows)})


def load(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))

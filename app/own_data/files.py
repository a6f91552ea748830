"""Define the files of the archive that holds everything of an owner."""

import json
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Any

from app.access import Caller
from app.db.session import Database


@dataclass(frozen=True, slots=True)
class OwnFile:
    """Hold a file, or its next piece: large files are written piece by piece."""

    name: str
    content: bytes


Files = Callable[[Database, Caller], AsyncIterator[OwnFile]]
"""What yields the files of a feature; pieces of one file follow each other."""


def to_json(value: Any, *, indent: int | None = 2) -> bytes:
    """Return a value as UTF-8; ids and times become texts."""
    return json.dumps(value, ensure_ascii=False, indent=indent, default=str).encode(
        errors="replace"
    )

"""Identify the run whose replies a folder holds, so that those of two are never mixed."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from app.search.benchmark.errors import EvaluationError

_FILE = "run.json"


@dataclass(frozen=True, slots=True)
class Identity:
    """Hold everything that determines how a role is played."""

    data: Mapping[str, str]
    """SHA-256 of the benchmark's files."""
    model: str
    prompt_style: str
    examples: str
    retrieval: str
    embedder: str
    seed: int


def claim_folder(folder: Path, identity: Identity) -> None:
    """Write the run's identity into the folder, or compare it with the one there.

    Raises :class:`~app.search.benchmark.errors.EvaluationError` where they differ, naming the
    fields.
    """
    known = read_identity(folder)
    if known is None:
        content = json.dumps(asdict(identity), indent=2, ensure_ascii=False)
        (folder / _FILE).write_text(content + "\n", encoding="utf-8")
    elif known != identity:
        before, now = asdict(known), asdict(identity)
        changed = ", ".join(name for name in now if before[name] != now[name])
        raise EvaluationError(
            f"{folder} holds the replies of another run: {changed} differ. Choose another --out, "
            "or delete it."
        )


def read_identity(folder: Path) -> Identity | None:
    """Return the identity of the run in the folder, or None where no reply was generated yet."""
    path = folder / _FILE
    if not path.exists():
        return None
    return Identity(**json.loads(path.read_text(encoding="utf-8")))

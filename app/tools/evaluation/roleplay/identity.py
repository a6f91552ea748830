"""Whose replies lie in a folder: those of two runs are never mixed."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from app.search.benchmark.errors import EvaluationError

_FILE = "run.json"


@dataclass(frozen=True, slots=True)
class Identity:
    """What decides how a role is played."""

    data: Mapping[str, str]
    """SHA-256 of the benchmark's files."""
    model: str
    prompt_style: str
    examples: str
    retrieval: str
    embedder: str
    seed: int


def claim_folder(folder: Path, identity: Identity) -> None:
    """Say in the folder whose replies are there, or see that they are of this very run.

    Raises :class:`~app.search.benchmark.errors.EvaluationError` where they are another's, and names
    what differs.
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
    """None where nothing was generated yet."""
    path = folder / _FILE
    if not path.exists():
        return None
    return Identity(**json.loads(path.read_text(encoding="utf-8")))

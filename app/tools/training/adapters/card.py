"""Describe an adapter: what it was trained on, how, and what that changed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import file_digest
from importlib.metadata import version
from pathlib import Path
from typing import Any

from app.adapters.contents import NAME
from app.tools.durations import duration
from app.tools.markdown import table
from app.tools.training.adapters.base import Base
from app.tools.training.adapters.dataset_folder import TrainingData
from app.tools.training.adapters.errors import TrainingError
from app.tools.training.adapters.plan import TrainingPlan

FORMAT = 1
_LIBRARIES = ("torch", "transformers", "peft", "trl")


def check_name(name: str) -> str:
    """Return the name of an adapter. Raises :class:`TrainingError` for one that is none."""
    if not NAME.fullmatch(name):
        raise TrainingError(
            f"{name!r} is no name for an adapter: a to z, 0 to 9, '.', '_' and '-', 64 at most. "
            "Give another with --name."
        )
    return name


@dataclass(frozen=True, slots=True, kw_only=True)
class CardFacts:
    """Hold what a card says."""

    plan: TrainingPlan
    base: Base
    base_sha256: str | None
    data: TrainingData
    left_out: Mapping[str, int]
    """Rows longer than a prompt may be, by file."""
    device: str
    dtype: str
    attention: str
    steps: int
    tokens: int
    seconds: float
    resumed: bool
    losses: Sequence[tuple[int, float]]
    """Of the training rows, by step."""
    curve: Sequence[tuple[int, float]]
    """Of the held-out rows, by step."""
    held_out: Mapping[str, Any] | None
    """None where nothing was held out."""


def card_of(facts: CardFacts, folder: Path, files: Sequence[str]) -> dict[str, Any]:
    """Return the card of the adapter in a folder."""
    plan, base = facts.plan, facts.base
    return {
        "format": FORMAT,
        "offbook": version("offbook"),
        "name": plan.name,
        "kind": plan.kind,
        "base": base.name,
        # Only a file's: the catalogue knows it, and an engine can compare it.
        "base_sha256": facts.base_sha256 if base.file else None,
        "base_weights": {
            "of": base.file or base.repository or Path(base.source).name,
            "sha256": facts.base_sha256,
            "licence": base.licence,
        },
        "data": facts.data.card,
        "data_sha256": facts.data.sha256,
        "settings": {**plan.settings(), "dtype": facts.dtype},
        "made_with": {each: version(each) for each in _LIBRARIES},
        "figures": {
            "device": facts.device,
            "attention": facts.attention,
            "steps": facts.steps,
            "tokens": facts.tokens,
            "seconds": round(facts.seconds, 1),
            "resumed": facts.resumed,
            "left_out": dict(facts.left_out),
            "training_loss": [list(each) for each in facts.losses],
            "held_out_loss": [list(each) for each in facts.curve],
            "held_out": facts.held_out,
        },
        "files": {name: _described(folder / name) for name in files},
        "notes": _notes(facts),
    }


def _described(path: Path) -> dict[str, object]:
    with path.open("rb") as file:
        return {"size": path.stat().st_size, "sha256": file_digest(file, "sha256").hexdigest()}


def _notes(facts: CardFacts) -> list[str]:
    notes = [str(each) for each in facts.data.card.get("notes", [])]
    if facts.held_out is None:
        notes.append("Nothing was held out: what the training did to other replies is not known.")
    elif not facts.data.has_scenes:
        notes.append(
            "The held-out rows do not say which scene they are from: the intervals take each row "
            "for a scene, and are too narrow where a scene has several."
        )
    if facts.resumed:
        notes.append(
            "The training was stopped and resumed: tokens and seconds are of its last part."
        )
    return notes


def card_text(card: Mapping[str, Any]) -> str:
    """Return a card as Markdown."""
    figures, settings = card["figures"], card["settings"]
    parts = [
        f"# {card['name']}: a LoRA adapter for {card['base']}",
        f"Offbook {card['offbook']}, trained by {card['kind'].upper()} on "
        f"{figures['device']}: {figures['steps']} steps, {figures['tokens']:,} tokens, "
        f"{duration(figures['seconds'])}. Base weights: {card['base_weights']['of']} "
        f"({card['base_weights']['licence']}).",
        *(f"**Note.** {note}" for note in card["notes"]),
    ]
    if held_out := figures["held_out"]:
        parts += [
            f"## On {held_out['rows']} held-out rows of {held_out['scenes']} scenes",
            _held_out(held_out),
        ]
    parts += [
        "## Settings",
        table([["setting", "value"], *([name, str(value)] for name, value in settings.items())]),
    ]
    if licences := card["data"].get("licences"):
        rows = [[each["of"], each["what"], each["licence"]] for each in licences]
        parts += ["## Licences of the data", table([["of", "what", "licence"], *rows])]
    return "\n\n".join(parts)


def _held_out(figures: Mapping[str, Any]) -> str:
    nats = figures["nats_a_token"]
    rows = [["", "before", "after", "gain"]]
    loss = figures["loss"]
    rows.append(
        ["loss", *(f"{loss[each]:.3f}" for each in ("before", "after")), ""],
    )
    rows.append(
        [
            "log-probability a token",
            *(f"{nats[each]['value']:.3f}" for each in ("before", "after")),
            _interval(nats["gain"], signed=True),
        ]
    )
    if "margin" in figures:
        rows.append(["margin of the preferred reply", "0.000", _interval(figures["margin"]), ""])
        rows.append(["pairs further apart", "", _interval(figures["preferred"]), ""])
    return table(rows) + "\n\nIn brackets: 95 % intervals by resampling scenes."


def _interval(value: Mapping[str, float], *, signed: bool = False) -> str:
    form = "+.3f" if signed else ".3f"
    return f"{value['value']:{form}} [{value['low']:{form}}, {value['high']:{form}}]"

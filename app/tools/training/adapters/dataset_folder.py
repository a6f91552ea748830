"""Read a folder that ``offbook dataset`` wrote: rows in TRL's formats, and a card."""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, get_args

from app.engines.port import ChatMessage, EnginePrompt, PromptStyle
from app.tools.training.adapters.errors import TrainingError
from app.tools.training.adapters.plan import COMMANDS, Kind

TRAIN, VALIDATION, CARD = "train.jsonl", "validation.jsonl", "card.json"
_MOST_ROWS = 2_000_000
_MOST_ROW_CHARACTERS = 2_000_000
_MOST_CARD_BYTES = 8_000_000
_ROLES = ("system", "user", "assistant")
_ANSWERS: Mapping[Kind, tuple[str, ...]] = {
    "sft": ("completion",),
    "dpo": ("chosen", "rejected"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """Hold a prompt, and the reply to it that is right."""

    prompt: EnginePrompt
    reply: str
    rejected: str | None = None
    scene: str
    """Rows of one scene are resampled together."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingData:
    """Hold a dataset."""

    layout: PromptStyle
    train: Sequence[Example]
    validation: Sequence[Example]
    has_scenes: bool
    """Whether the held-out rows say which scene they are from."""
    card: dict[str, Any] = field(default_factory=dict)
    sha256: str = ""
    """Of both files of rows."""


def read_dataset(folder: Path, kind: Kind) -> TrainingData:
    """Return a dataset of a kind. Raises :class:`TrainingError`."""
    for name in (TRAIN, VALIDATION):
        if not (folder / name).is_file():
            raise TrainingError(
                f"{folder} is no dataset: it has no {name}. `offbook dataset {kind} … --out FOLDER`"
                " makes one."
            )
    card = _card(folder)
    other: Kind = "dpo" if kind == "sft" else "sft"
    if card.get("kind") == other:
        raise TrainingError(
            f"{folder} is a dataset for {other.upper()}: `offbook train {COMMANDS[other]}` "
            "learns from it."
        )
    train = [example for example, _ in _rows(folder / TRAIN, kind)]
    validation = list(_rows(folder / VALIDATION, kind))
    if not train:
        raise TrainingError(f"{folder} has no row to train on.")
    held_out = [example for example, _ in validation]
    return TrainingData(
        layout=_layout(folder, [*train, *held_out]),
        train=train,
        validation=held_out,
        has_scenes=bool(validation) and all(known for _, known in validation),
        card=card,
        sha256=_sha256([folder / TRAIN, folder / VALIDATION]),
    )


def _card(folder: Path) -> dict[str, Any]:
    """Return the dataset's card; empty for a dataset of another program."""
    path = folder / CARD
    if not path.is_file():
        return {}
    if path.stat().st_size > _MOST_CARD_BYTES:
        raise TrainingError(f"{path} has more than {_MOST_CARD_BYTES:,} bytes.")
    try:
        card = json.loads(path.read_bytes())
    except (ValueError, RecursionError) as error:
        raise TrainingError(f"{path} is no JSON: {error}. Make the dataset again.") from error
    if not isinstance(card, dict):
        raise TrainingError(f"{path} holds no JSON object. Make the dataset again.")
    return card


def _rows(path: Path, kind: Kind) -> Iterator[tuple[Example, bool]]:
    """Yield the rows of a file, and whether each names its scene."""
    with path.open(encoding="utf-8", errors="strict") as file:
        for number, line in enumerate(_lines(file, path), start=1):
            where = f"{path}, line {number}"
            try:
                row = json.loads(line)
                json.dumps(row, ensure_ascii=False).encode()  # half a character has no token
            except (ValueError, RecursionError) as error:
                raise TrainingError(f"{where} is no JSON: {error}.") from error
            if not isinstance(row, dict):
                raise TrainingError(f"{where} holds no JSON object.")
            scene = row.get("scene")
            yield _example(row, kind, where, number), isinstance(scene, str | int)


def _lines(file: Any, path: Path) -> Iterator[str]:
    number = 0
    try:
        while line := file.readline(_MOST_ROW_CHARACTERS):
            number += 1
            if len(line) == _MOST_ROW_CHARACTERS:
                raise TrainingError(f"{path}, line {number} is too long.")
            if number > _MOST_ROWS:
                raise TrainingError(f"{path} has more than {_MOST_ROWS:,} rows.")
            yield line
    except UnicodeDecodeError as error:
        raise TrainingError(f"{path} is not UTF-8 behind line {number}.") from error


def _example(row: Mapping[str, Any], kind: Kind, where: str, number: int) -> Example:
    prompt = _prompt(row.get("prompt"), where)
    names = _ANSWERS[kind]
    answers = [_answer(row.get(name), name, prompt, where) for name in names]
    return Example(
        prompt=prompt,
        reply=answers[0],
        rejected=answers[1] if len(answers) > 1 else None,
        scene=str(row.get("scene", f"row {number}")),
    )


def _prompt(value: object, where: str) -> EnginePrompt:
    if isinstance(value, str) and value:
        return value
    if isinstance(value, list) and value:
        return [_message(each, where) for each in value]
    raise TrainingError(f"{where} has no prompt: neither messages nor a text.")


def _answer(value: object, name: str, prompt: EnginePrompt, where: str) -> str:
    """Return a reply; it is a text where the prompt is one, and else a single message."""
    text = value
    if not isinstance(prompt, str):
        messages = [_message(each, where) for each in value] if isinstance(value, list) else []
        if len(messages) != 1 or messages[0].role != "assistant":
            raise TrainingError(f"{where}: {name} is not one message of the assistant's.")
        text = messages[0].content
    if not isinstance(text, str) or not text.strip():
        raise TrainingError(f"{where} has no {name}.")
    return text


def _message(value: object, where: str) -> ChatMessage:
    role = value.get("role") if isinstance(value, dict) else None
    content = value.get("content") if isinstance(value, dict) else None
    if role not in _ROLES or not isinstance(content, str):
        raise TrainingError(
            f"{where} has a message without content, or of a role that is none of "
            f"{', '.join(_ROLES)}."
        )
    return ChatMessage(role, content)


def _layout(folder: Path, examples: Sequence[Example]) -> PromptStyle:
    styles = {"completion" if isinstance(each.prompt, str) else "chat" for each in examples}
    if len(styles) > 1:
        raise TrainingError(f"{folder} has prompts of both layouts, messages and texts.")
    style = styles.pop()
    return next(each for each in get_args(PromptStyle) if each == style)


def _sha256(paths: Sequence[Path]) -> str:
    digest = hashlib.sha256()
    for path in paths:
        with path.open("rb") as file:
            digest.update(hashlib.file_digest(file, "sha256").digest())
    return digest.hexdigest()

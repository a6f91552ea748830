"""Read the benchmark's three files, in the form of github.com/morecry/CharacterEval, ``data/``.

- ``test_data.jsonl``: despite its name one JSON array of ``{id, role, novel_name, context}``;
  ``context`` is the dialogue so far, a row ``Name：line`` for each line.
- ``character_profiles.json``: an object, for each role its profile, itself an object or a text.
- ``id2metric.jsonl``: an object, for each id (as text) the pairs ``[English, Chinese]`` of the
  metrics by which its reply is judged.

Beside them may be a file of Offbook's own, ``mbti.json``: ``{role: "INTJ"}``; see
``personality.py``.
"""

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from app.search.benchmark.errors import EvaluationError
from characters.json_values import JsonObject, JsonTextError, JsonValue, parse_json

TEST_DATA = "test_data.jsonl"
PROFILES = "character_profiles.json"
METRICS = "id2metric.jsonl"
TYPES = "mbti.json"

_MOST_BYTES = 500_000_000
"""Of one file; the published files have a few million."""
_TYPE = re.compile(r"[EI][SN][TF][JP]")
_NARRATOR = "旁白"
"""The speaker of text before the first name."""
_NAME = re.compile(r"([^：:\n]{1,80})[：:]")


class DatasetRow(NamedTuple):
    """Hold one line of a dialogue."""

    speaker: str
    text: str


@dataclass(frozen=True, slots=True)
class Item:
    """Hold a dialogue whose next line is the role's."""

    id: str
    role: str
    novel: str
    rows: Sequence[DatasetRow]
    metrics: Sequence[tuple[str, str]]
    """English and Chinese names."""
    source: JsonObject
    """The item as the file has it; result files for other tools repeat all of it."""

    @property
    def context(self) -> str:
        return str(self.source["context"])


@dataclass(frozen=True, slots=True)
class Dataset:
    """Hold the benchmark's items, profiles and types."""

    items: Sequence[Item]
    profiles: Mapping[str, JsonValue]
    digests: Mapping[str, str]
    """SHA-256 of each of the benchmark's files."""
    types: Mapping[str, str]
    """Personality types by role, where they are known."""


def read_dataset(folder: Path) -> Dataset:
    """Read the benchmark from a folder.

    Raises :class:`~app.search.benchmark.errors.EvaluationError` where a file is missing or has
    another shape, naming the file and the item.
    """
    contents = {name: _read(folder / name) for name in (TEST_DATA, PROFILES, METRICS)}
    values = {name: _parse(name, content) for name, content in contents.items()}
    profiles, metrics = _object(values, PROFILES), _object(values, METRICS)
    listed = values[TEST_DATA]
    if not isinstance(listed, list) or not listed:
        raise EvaluationError(f"{TEST_DATA} must be one JSON array of items, and have some.")
    items = [_item(number, each, metrics) for number, each in enumerate(listed, start=1)]
    _check_ids(items)
    for item in items:
        if not isinstance(profiles.get(item.role), str | dict):
            raise EvaluationError(
                f"{PROFILES}: {item.role}, the role of item {item.id} in {TEST_DATA}, has no "
                "profile; an object or a text is expected."
            )
    digests = {name: hashlib.sha256(content).hexdigest() for name, content in contents.items()}
    return Dataset(items, profiles, digests, _read_types(folder / TYPES))


def _read_types(path: Path) -> dict[str, str]:
    if not path.exists():
        return {}
    listed = _object({TYPES: _parse(TYPES, _read(path))}, TYPES)
    types = {role: str(type).upper() for role, type in listed.items()}
    for role, type in types.items():
        if _TYPE.fullmatch(type) is None:
            raise EvaluationError(f"{TYPES}: {role} has no type like INTJ, but {type[:20]!r}.")
    return types


def _read(path: Path) -> bytes:
    try:
        if path.stat().st_size > _MOST_BYTES:
            raise EvaluationError(f"{path.name} has more than {_MOST_BYTES:,} bytes.")
        return path.read_bytes()
    except OSError as error:
        raise EvaluationError(
            f"{path} cannot be read ({error.strerror}). --data is a folder with {TEST_DATA}, "
            f"{PROFILES} and {METRICS}."
        ) from error


def _parse(name: str, content: bytes) -> JsonValue:
    try:
        return parse_json(content)
    except JsonTextError as error:
        raise EvaluationError(f"{name} is {error}.") from error


def _object(values: Mapping[str, JsonValue], name: str) -> JsonObject:
    value = values[name]
    if not isinstance(value, dict):
        raise EvaluationError(f"{name} must be one JSON object.")
    return value


def _item(number: int, source: JsonValue, metrics: JsonObject) -> Item:
    where = f"{TEST_DATA}, item number {number}"
    if not isinstance(source, dict):
        raise EvaluationError(f"{where}: an object is expected.")
    id = source.get("id")
    if isinstance(id, bool) or not isinstance(id, str | int):
        raise EvaluationError(f"{where}: “id” must be a number or a text.")
    where = f"{TEST_DATA}, item {id}"
    role, novel, context = (
        _text(source, name, where) for name in ("role", "novel_name", "context")
    )
    rows = _rows(context, where)
    if rows[-1].speaker == role:
        raise EvaluationError(f"{where}: the last line is {role}'s own; there is none to answer.")
    if not rows[-1].text:
        raise EvaluationError(f"{where}: the last line says nothing.")
    return Item(str(id), role, novel, rows, _metrics(str(id), metrics), source)


def _text(source: JsonObject, name: str, where: str) -> str:
    value = source.get(name)
    if not isinstance(value, str) or not value.strip():
        raise EvaluationError(f"{where}: “{name}” must be a text.")
    return value.strip()


def _rows(context: str, where: str) -> list[DatasetRow]:
    """Return the lines of a context; a row without a name continues the line above."""
    rows: list[DatasetRow] = []
    named = 0
    for row in filter(None, map(str.strip, context.splitlines())):
        if (found := _NAME.match(row)) is not None:
            named += 1
            rows.append(DatasetRow(found[1].strip(), row[found.end() :].strip()))
        elif rows:
            rows[-1] = DatasetRow(rows[-1].speaker, f"{rows[-1].text}\n{row}")
        else:
            rows.append(DatasetRow(_NARRATOR, row))
    if not named:
        raise EvaluationError(f"{where}: “context” must have rows like “Name：line”.")
    return rows


def _metrics(id: str, metrics: JsonObject) -> list[tuple[str, str]]:
    listed = metrics.get(id)
    pairs = listed if isinstance(listed, list) else []
    read = [
        (pair[0], pair[1])
        for pair in pairs
        if isinstance(pair, list)
        and len(pair) == 2
        and isinstance(pair[0], str)
        and isinstance(pair[1], str)
    ]
    if not read or len(read) != len(pairs):
        raise EvaluationError(
            f'{METRICS}, item {id}: a list of pairs like ["Fluency", "对话流利度"] is expected.'
        )
    return read


def _check_ids(items: Sequence[Item]) -> None:
    seen: set[str] = set()
    for item in items:
        if item.id in seen:
            raise EvaluationError(f"{TEST_DATA}: there are two items {item.id}.")
        seen.add(item.id)

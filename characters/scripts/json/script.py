"""Read JSON files: an array of lines or of whole dialogues, or one dialogue a row."""

import json
import re
from collections import deque
from collections.abc import Iterator
from dataclasses import replace
from typing import BinaryIO

from characters.scripts.containers import ContainerRequest, Contents
from characters.scripts.encodings.detection import detect_encoding
from characters.scripts.json.dialogues import TURNS, JsonDialogue, find_dialogue
from characters.scripts.json.elements import JsonElement, read_elements
from characters.scripts.json.lines import ObjectReader
from characters.scripts.json.turns import Turn, Unreadable
from characters.scripts.lines import Refusal, read_line, reject
from characters.scripts.model import (
    SCENE_LINES,
    Line,
    NonDialogue,
    ParseItem,
    Profile,
    Rejection,
    Scene,
)
from characters.scripts.rows import read_rows, with_damage
from characters.scripts.tables.columns import GUESSED, ColumnNames
from characters.scripts.tables.rows import TableRow, gather_scenes, read_row

_ARRAY = re.compile(r'\s*\[\s*(?:\[\s*)?\{\s*"')
_OBJECT = re.compile(r"\s*\{")
_FIELDS = "|".join(TURNS)
_DIALOGUE = re.compile(rf'"(?:(?:{_FIELDS})"\s*:\s*\[|novel_name"\s*:)')
_UNUSED = Refusal("unused_columns", "These fields of the record were left out.")
_NOT_TEXT = Refusal("not_text", "No speaker and text was found in this part of the dialogue.")
_NOT_AN_OBJECT = Refusal("not_an_object", "The array has this where a record belongs.")
_EMPTY = Refusal("empty_scene", "The record has no line of dialogue.")


class JsonScript:
    """Read a JSON array, or records one behind the other, however they are laid out in rows.

    A record with a list of dialogue is a scene: see ``dialogues.py``. Any other record is a line,
    its fields found by name like the columns of a table: see ``lines.py``. Where the caller names
    columns, all records are lines.

    A row is a physical row of the file. In a dialogue, rows with a line count as dialogue, and the
    rest of the record is layout. All rows of a line's record are its own. A row shared by several
    records belongs to the first.
    """

    name = "json"

    def claims(self, file: BinaryIO, head: bytes, filename: str) -> bool:
        """Return whether the file is an array of objects or arrays, or begins with a dialogue."""
        try:
            text = head.decode(json.detect_encoding(head), "replace").removeprefix("\ufeff")
        except LookupError:
            return False
        if _ARRAY.match(text):
            return True
        return _OBJECT.match(text) is not None and _DIALOGUE.search(text) is not None

    def open(self, file: BinaryIO, request: ContainerRequest) -> Contents:
        """Detect the encoding, and defer parsing; see ``ContainerFormat.open``."""
        found = detect_encoding(file, request.encoding)
        columns = request.columns or GUESSED
        characters = request.limits.record_characters

        def parse() -> Iterator[ParseItem]:
            damaged_rows: deque[Rejection] = deque()
            chunks = read_rows(file, found.name, characters, damaged_rows)
            items = gather_scenes(_read(read_elements(chunks, characters), columns))
            return with_damage(items, damaged_rows) if found.damaged else items

        return Contents(found.name, found.confidence, parse)


def _read(
    elements: Iterator[JsonElement | NonDialogue | Rejection], columns: ColumnNames
) -> Iterator[TableRow | ParseItem]:
    objects = ObjectReader(columns)
    reported: set[str] = set()
    for element in elements:
        if not isinstance(element, JsonElement):
            yield element
            continue
        row, value, source, rows, _ = element
        dialogue = find_dialogue(value) if columns == GUESSED else None
        if dialogue is not None:
            unused = ", ".join(field for field in dialogue.unused if field not in reported)
            reported.update(dialogue.unused)
            if unused:
                yield reject(row, unused, _UNUSED, rows=0)
            yield from _read_dialogue(element, dialogue)
        elif isinstance(value, dict):
            yield from objects.read(row, value, source, rows)
        else:
            yield reject(row, source, _NOT_AN_OBJECT, rows)


def _read_dialogue(element: JsonElement, dialogue: JsonDialogue) -> Iterator[ParseItem]:
    """Yield scenes, then the rest; each row is counted by the first item read from it."""
    items = [item for turn in dialogue.turns for item in _read_turn(turn, element)]
    lines = [item for item in items if isinstance(item, Line)]
    rows = _RowCounter(element)
    for start in range(0, len(lines), SCENE_LINES):
        scene = lines[start : start + SCENE_LINES]
        own = sum(rows.count(line.row) for line in scene)
        yield Scene(
            scene, scene[0].row, dialogue.heading, dialogue.episode, continued=own - len(scene)
        )
    if not lines:
        yield reject(element.row, element.source, _EMPTY, rows.count(element.row))
    for item in items:
        if not isinstance(item, Line):
            yield replace(item, rows=rows.count(item.row))
    if (text := dialogue.profile) is not None:
        counted = rows.count(text.row)
        yield Profile(text.row, "narration", counted, name=dialogue.character or "", text=str(text))
    if left := element.rows - rows.counted:
        yield NonDialogue(element.row, "layout", left)


def _read_turn(
    turn: Turn | Unreadable, element: JsonElement
) -> Iterator[Line | NonDialogue | Rejection]:
    if isinstance(turn, Unreadable):
        yield reject(turn.row or element.row, element.source, _NOT_TEXT)
    elif turn.speaker is None:
        for piece in turn.text.split("\n"):
            if source := piece.strip():
                yield read_line(turn.text.row, source)
    else:
        yield read_row(TableRow(turn.text.row, turn.speaker, str(turn.text), "", "", rows=1))


class _RowCounter:
    """Count each row of a record once."""

    def __init__(self, element: JsonElement) -> None:
        self._before = element.before
        self._rows: set[int] = set()

    @property
    def counted(self) -> int:
        """Return the number of rows counted so far."""
        return len(self._rows)

    def count(self, row: int) -> int:
        """Return 1 for a row that was not counted before, else 0."""
        if row <= self._before or row in self._rows:
            return 0
        self._rows.add(row)
        return 1

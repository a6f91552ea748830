"""Read JSON files: an array of lines or of whole dialogues, or one dialogue a row."""

import json
import re
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import BinaryIO

from characters.errors import ScriptError
from characters.scripts.containers import ContainerRequest, Contents
from characters.scripts.directions import Directions
from characters.scripts.encodings.detection import detect_encoding
from characters.scripts.json.data_sets import find_data_set
from characters.scripts.json.dialogues import find_dialogue
from characters.scripts.json.elements import JsonElement, Value, read_elements
from characters.scripts.json.exports import (
    ends_scene,
    find_export,
    is_slack_message,
    read_slack_message,
)
from characters.scripts.json.lines import JsonLines, ObjectReader
from characters.scripts.json.messages import is_lone_message, read_lone_message
from characters.scripts.json.other_files import refuse_known, refuse_other
from characters.scripts.json.speech import find_speech
from characters.scripts.json.templates import find_template
from characters.scripts.json.transcripts import NESTED_HINTS, find_nested, find_transcript
from characters.scripts.json.turns import Turn, Unreadable
from characters.scripts.json.values import Dialogue
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
from characters.scripts.tables.columns import GUESSED, ColumnNames, find_columns
from characters.scripts.tables.rows import TableRow, gather_scenes, read_row

_ARRAY = re.compile(r'\s*\[\s*(?:\[\s*)?\{\s*"')
_OBJECT = re.compile(r'\s*\{\s*"(?:[^"\\\n]|\\.){0,200}"\s*:')
_FIELDS = "|".join(NESTED_HINTS)
_DIALOGUE = re.compile(rf'"(?:(?:{_FIELDS})"\s*:\s*\[|novel_name"\s*:)')
_ACCOUNT = re.compile(r"[UWB][0-9A-Z]{6,12}")
_ACCOUNTS = 100
_NO_PROFILE = Refusal(
    "account_id",
    "This file knows its author only by an account's number: upload the whole ZIP of the export,"
    " which has users.json, or rename the speaker.",
)
_UNUSED = Refusal("unused_columns", "These fields of the record were left out.")
_NOT_TEXT = Refusal("not_text", "No speaker and text was found in this part of the dialogue.")
_NO_SPEAKER = Refusal("no_speaker", "The file does not say who says this.")
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
        """Return whether the file is an array of objects or arrays, or begins as an object.

        Rows of one object with a speaker and a line each are left to ``JsonLines``.
        """
        try:
            text = head.decode(json.detect_encoding(head), "replace").removeprefix("\ufeff")
        except LookupError:
            return False
        if _ARRAY.match(text):
            return True
        if _OBJECT.match(text) is None:
            return False
        return _DIALOGUE.search(text) is not None or not JsonLines().sniff(text, filename)

    def open(self, file: BinaryIO, request: ContainerRequest) -> Contents:
        """Detect the encoding, and defer parsing; see ``ContainerFormat.open``."""
        found = detect_encoding(file, request.encoding)
        columns = request.columns or GUESSED
        characters = request.limits.record_characters

        def parse() -> Iterator[ParseItem]:
            damaged_rows: deque[Rejection] = deque()
            chunks = read_rows(file, found.name, characters, damaged_rows)
            items = _advise(read_records(chunks, characters, columns))
            return with_damage(items, damaged_rows) if found.damaged else items

        return Contents(found.name, found.confidence, parse)


def _advise(items: Iterator[ParseItem]) -> Iterator[ParseItem]:
    """Yield ``items``; of a record or row that is too long, say how to part it."""
    try:
        yield from items
    except ScriptError as error:
        if error.code not in ("line_too_long", "record_too_long"):
            raise
        message = (
            f"{error} If the file is one long row, write it with row ends and indents"
            " (python -m json.tool); if one record holds everything, export its conversations one"
            " by one, or as JSON Lines."
        )
        raise ScriptError(error.code, message, **error.detail) from error


def read_records(
    chunks: Iterable[list[str]], characters: int, columns: ColumnNames
) -> Iterator[ParseItem]:
    """Yield the scenes of the records in ``chunks`` of rows; see ``read_elements``."""
    return gather_scenes(_read(read_elements(chunks, characters), columns))


def _read(
    elements: Iterator[JsonElement | NonDialogue | Rejection], columns: ColumnNames
) -> Iterator[TableRow | ParseItem]:
    objects = ObjectReader(columns)
    reported: set[str] = set()
    accounts: set[str] = set()
    begun = columns != GUESSED
    newest: float | None = None
    for element in elements:
        if not isinstance(element, JsonElement):
            yield element
            continue
        row, value, source, rows, _ = element
        if not begun and isinstance(value, dict) and (known := refuse_known(value)):
            raise known
        begun = True
        if isinstance(value, dict) and columns == GUESSED and is_slack_message(value):
            time, turn = read_slack_message(value)
            if ends_scene(newest, time):
                yield TableRow(row, "", "", "", "", rows=0)
            newest = time if time is not None else newest
            yield _read_message(turn, element)
            yield from _report_account(turn, element, accounts)
            continue
        if isinstance(value, dict) and columns == GUESSED and is_lone_message(value):
            yield _read_message(read_lone_message(value), element)
            continue
        dialogues = find_dialogues(value) if columns == GUESSED else None
        if dialogues is not None:
            fields = dict.fromkeys(field for each in dialogues for field in each.unused)
            unused = ", ".join(field for field in fields if field not in reported)
            reported.update(fields)
            if unused:
                yield reject(row, unused, _UNUSED, rows=0)
            yield from _read_dialogues(element, dialogues)
        elif isinstance(value, dict):
            if objects.is_first and columns == GUESSED and (other := refuse_other(value)):
                raise other
            yield from objects.read(row, value, source, rows)
        else:
            yield reject(row, source, _NOT_AN_OBJECT, rows)


def _read_message(turn: Turn | Unreadable, element: JsonElement) -> TableRow | ParseItem:
    """Return a record that is one message of a chat, with all of its rows."""
    row, rows = element.row, element.rows
    if isinstance(turn, Unreadable):
        return reject(row, element.source, _NOT_TEXT, rows)
    if not turn.speaker:
        return NonDialogue(row, "narration", rows)
    return TableRow(row, turn.speaker, str(turn.text), "", "", rows)


def _report_account(
    turn: Turn | Unreadable, element: JsonElement, reported: set[str]
) -> Iterator[Rejection]:
    """Yield a doubt where a speaker is called by the number of an account, once for each."""
    name = turn.speaker if isinstance(turn, Turn) else None
    if name and name not in reported and len(reported) < _ACCOUNTS and _ACCOUNT.fullmatch(name):
        reported.add(name)
        yield reject(element.row, name, _NO_PROFILE, rows=0)


def find_dialogues(value: Value) -> list[Dialogue] | None:
    """Return the dialogues in one record, or None where it holds at most a line."""
    found = _find_known(value)
    if found is not None:
        # A list under a dialogue's name may hold whole dialogues.
        said = any(isinstance(turn, Turn) for dialogue in found for turn in dialogue.turns)
        return found if said else find_nested(value, _find_known) or found
    if isinstance(value, dict) and find_columns(tuple(value), GUESSED) is not None:
        return None
    return find_nested(value, _find_known) or find_template(value)


def _find_known(value: Value) -> list[Dialogue] | None:
    for find in (find_export, find_data_set, find_transcript, find_speech):
        found = find(value)
        if found is not None:
            return found
    if isinstance(value, dict) and isinstance(value.get("rejected"), list):
        value = {"messages" if key == "chosen" else key: each for key, each in value.items()}
        del value["rejected"]  # what people liked less is no part of the dialogue
    dialogue = find_dialogue(value)
    return None if dialogue is None else [dialogue]


def _read_dialogues(element: JsonElement, dialogues: list[Dialogue]) -> Iterator[ParseItem]:
    rows = _RowCounter(element)
    for dialogue in dialogues:
        yield from _read_dialogue(element, dialogue, rows)
    if left := element.rows - rows.counted:
        yield NonDialogue(element.row, "layout", left)


def _read_dialogue(
    element: JsonElement, dialogue: Dialogue, rows: "_RowCounter"
) -> Iterator[ParseItem]:
    """Yield scenes, then the rest; each row is counted by the first item read from it."""
    lines: list[Line] = []
    others: list[NonDialogue | Rejection] = []
    directions = Directions()
    said = False
    for turn in dialogue.turns:
        if isinstance(turn, Turn) and turn.staged:
            directions.add(len(lines), turn.text.row, str(turn.text))
        for item in _read_turn(turn, element):
            if not isinstance(item, Line):
                others.append(item)
                continue
            said = True
            lines.append(item)
            if len(lines) == SCENE_LINES:
                yield _scene(lines, dialogue, directions, rows)
                lines = []
    if lines:
        yield _scene(lines, dialogue, directions, rows)
    if not said:
        yield reject(element.row, element.source, _EMPTY, rows.count(element.row))
    for other in others:
        yield replace(other, rows=rows.count(other.row))
    if (text := dialogue.profile) is not None:
        counted = rows.count(text.row)
        yield Profile(text.row, "narration", counted, name=dialogue.character or "", text=str(text))


def _scene(
    lines: list[Line], dialogue: Dialogue, directions: Directions, rows: "_RowCounter"
) -> Scene:
    own = sum(rows.count(line.row) for line in lines)
    return Scene(
        lines,
        lines[0].row,
        dialogue.heading,
        dialogue.episode,
        continued=own - len(lines),
        directions=directions.take(len(lines)),
    )


def _read_turn(
    turn: Turn | Unreadable, element: JsonElement
) -> Iterator[Line | NonDialogue | Rejection]:
    if isinstance(turn, Unreadable) and turn.text:
        yield reject(turn.row or element.row, turn.text, _NO_SPEAKER)
    elif isinstance(turn, Unreadable):
        yield reject(turn.row or element.row, element.source, _NOT_TEXT)
    elif turn.speaker is None:
        for piece in turn.text.split("\n"):
            if source := piece.strip():
                yield read_line(turn.text.row, source)
    else:
        item = read_row(TableRow(turn.text.row, turn.speaker, str(turn.text), "", "", rows=1))
        if isinstance(item, Line) and turn.thought and item.direction is None:
            item = item._replace(direction=turn.thought)
        yield item


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

"""JSON Lines tables: one object a row, one line of dialogue an object.

Source: https://jsonlines.org.
"""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache

from characters.errors import ScriptError
from characters.scripts.columns import (
    GUESSED,
    UNUSED,
    ColumnNames,
    Columns,
    find_columns,
    list_unused,
    need_columns,
)
from characters.scripts.lines import Refusal, reject
from characters.scripts.model import Narration, ParseItem, Rejection
from characters.scripts.table_rows import TableRow, gather_scenes

_SNIFFED_ROWS = 20
_KNOWN_KEYS = 256
_INVALID = Refusal("invalid_json", "The row is no JSON object.")
_COLUMNS = Refusal("missing_column", "The object has no field for the speaker or for the line.")
_NOT_TEXT = Refusal("not_text", "Speaker and line must be texts.")


@dataclass(frozen=True, slots=True)
class JsonLines:
    """One object a row, its fields found by their names as the columns of a table are.

    Objects need not all have the same fields. ``ScriptError`` ``no_columns`` and
    ``unknown_column`` where the first object does not have what is needed.
    """

    columns: ColumnNames = GUESSED
    name = "jsonl"

    def with_columns(self, columns: ColumnNames) -> "JsonLines":
        """The same format, its fields named."""
        return JsonLines(columns)

    def sniff(self, head: str, filename: str) -> float:
        """The share of rows that are objects, if the first has a speaker and a line."""
        rows = [row for row in head.split("\n")[:_SNIFFED_ROWS] if row.strip()]
        rows = rows[:-1] or rows  # the last may be cut off
        objects = [item for item in map(_load, rows) if item is not None]
        if not objects or self._find(tuple(objects[0])) is None:
            return 0
        return len(objects) / len(rows)

    def parse(self, rows: Iterable[str]) -> Iterator[ParseItem]:
        """See ``ScriptFormat.parse``."""
        return gather_scenes(self._read(rows))

    def _read(self, rows: Iterable[str]) -> Iterator[TableRow | Narration | Rejection]:
        find = lru_cache(_KNOWN_KEYS)(self._find)  # objects mostly have the same fields
        first = True
        for number, row in enumerate(rows, start=1):
            if not row.strip():
                yield TableRow(number, "", "", "", "", rows=0)
                continue
            item = _load(row)
            if item is None:
                yield reject(number, row, _INVALID)
                continue
            keys = tuple(item)
            if first:
                first = False
                columns: Columns | None = need_columns(keys, self.columns)
                if columns is not None and (unused := list_unused(keys, columns)):
                    yield reject(number, unused, UNUSED, rows=0)
            else:
                columns = find(keys)
            if columns is None:
                yield reject(number, row, _COLUMNS)
            else:
                yield _read_object(number, row, list(item.values()), columns)

    def _find(self, keys: tuple[str, ...]) -> Columns | None:
        try:
            return find_columns(keys, self.columns)
        except ScriptError:
            return None


def _load(row: str) -> dict[str, object] | None:
    try:
        item = json.loads(row)
    except (ValueError, RecursionError):  # ValueError also for integers of thousands of digits
        return None
    return item if isinstance(item, dict) else None


def _read_object(
    number: int, row: str, values: list[object], columns: Columns
) -> TableRow | Rejection:
    speaker, line = values[columns.speaker], values[columns.line]
    if not isinstance(speaker, str | None) or not isinstance(line, str | None):
        return reject(number, row, _NOT_TEXT)
    scene, episode = (
        "" if column is None or values[column] is None else str(values[column])
        for column in (columns.scene, columns.episode)
    )
    return TableRow(number, speaker or "", line or "", scene, episode, rows=1)

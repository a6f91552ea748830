"""Read JSON Lines tables: one object a row, one line of dialogue an object.

Source: https://jsonlines.org.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache

from characters.errors import ScriptError
from characters.scripts.json.escapes import repair_escapes
from characters.scripts.lines import Refusal, reject
from characters.scripts.model import Header, ParseItem, Rejection
from characters.scripts.tables.columns import (
    GUESSED,
    UNUSED,
    ColumnNames,
    Columns,
    describe_header,
    find_columns,
    list_unused,
    need_columns,
)
from characters.scripts.tables.rows import TableRow, gather_scenes

_SNIFFED_ROWS = 20
_KNOWN_KEYS = 256
_INVALID = Refusal("invalid_json", "The row is no JSON object.")
_COLUMNS = Refusal("missing_column", "The object has no field for the speaker or for the line.")
_NOT_TEXT = Refusal("not_text", "Speaker and line must be texts.")


@dataclass(frozen=True, slots=True)
class JsonLines:
    """Read one object a row; its fields are found by name, like the columns of a table.

    Objects need not all have the same fields. Raises ``ScriptError`` ``no_columns`` and
    ``unknown_column`` where the first object lacks a needed field.
    """

    columns: ColumnNames = GUESSED
    name = "jsonl"

    def with_columns(self, columns: ColumnNames) -> "JsonLines":
        """Return the same format with its fields named."""
        return JsonLines(columns)

    def sniff(self, head: str, filename: str) -> float:
        """Return the share of rows that are objects, if the first has a speaker and a line."""
        rows = [row for row in head.split("\n")[:_SNIFFED_ROWS] if row.strip()]
        rows = rows[:-1] or rows  # the last may be cut off
        objects = [item for item in map(_load, rows) if item is not None]
        if not objects or _find_columns(tuple(objects[0]), self.columns) is None:
            return 0
        return len(objects) / len(rows)

    def parse(self, rows: Iterable[str]) -> Iterator[ParseItem]:
        """Yield scenes and rejections; see ``ScriptFormat.parse``."""
        return gather_scenes(self._read(rows))

    def _read(self, rows: Iterable[str]) -> Iterator[TableRow | Header | Rejection]:
        objects = ObjectReader(self.columns)
        for number, row in enumerate(rows, start=1):
            if not row.strip():
                yield TableRow(number, "", "", "", "", rows=0)
            elif (item := _load(row)) is None:
                yield reject(number, row, _INVALID)
            else:
                yield from objects.read(number, item, row)


class ObjectReader:
    """Turn successive objects, a line of dialogue each, into rows of a table."""

    def __init__(self, names: ColumnNames) -> None:
        """Take the column names, which the first object must have; later ones need not."""
        self._names = names
        self._first = True
        # objects mostly have the same fields
        self._find = lru_cache(_KNOWN_KEYS)(lambda keys: _find_columns(keys, names))

    @property
    def is_first(self) -> bool:
        """Return whether no object was read yet."""
        return self._first

    def read(
        self, row: int, item: Mapping[str, object], source: str, rows: int = 1
    ) -> Iterator[TableRow | Header | Rejection]:
        """Yield the line of ``item``, written as ``source``, and the parts that were left out.

        See ``TableRow`` for ``rows``. Raises ``ScriptError`` ``no_columns`` and ``unknown_column``
        on the first object.
        """
        keys = tuple(item)
        if self._first:
            self._first = False
            columns = need_columns(keys, self._names)
            yield describe_header(row, keys, columns, rows=0)
            if unused := list_unused(keys, columns):
                yield reject(row, unused, UNUSED, rows=0)
        else:
            found = self._find(keys)
            if found is None:
                yield reject(row, source, _COLUMNS, rows)
                return
            columns = found
        yield _read_object(row, source, list(item.values()), columns, rows)


def _find_columns(keys: tuple[str, ...], names: ColumnNames) -> Columns | None:
    try:
        return find_columns(keys, names)
    except ScriptError:
        return None


def _load(row: str) -> dict[str, object] | None:
    try:
        item = json.loads(repair_escapes(row))
    except (ValueError, RecursionError):  # ValueError also for integers of thousands of digits
        return None
    return item if isinstance(item, dict) else None


def _read_object(
    row: int, source: str, values: list[object], columns: Columns, rows: int
) -> TableRow | Rejection:
    speaker, line = values[columns.speaker], values[columns.line]
    if not isinstance(speaker, str | None) or not isinstance(line, str | None):
        return reject(row, source, _NOT_TEXT, rows)
    scene, episode = (
        "" if column is None or values[column] is None else str(values[column])
        for column in (columns.scene, columns.episode)
    )
    return TableRow(row, str(speaker or ""), str(line or ""), scene, episode, rows)

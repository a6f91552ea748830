"""CSV and TSV tables with one line of dialogue a record."""

import csv
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain, dropwhile

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
from characters.scripts.csv_records import Record, read_records
from characters.scripts.lines import Refusal, reject
from characters.scripts.model import Narration, ParseItem, Rejection
from characters.scripts.table_rows import TableRow, gather_scenes

_DELIMITERS = (",", "\t", ";")
_EXTRA = Refusal(
    "extra_column",
    "This stands behind the last column of the header and was left out; text that contains the"
    " separator must be put in double quotes.",
)


@dataclass(frozen=True, slots=True)
class Table:
    """A header, then records with a speaker, a line, and a scene and an episode where they are.

    Which of comma, tab and semicolon parts the columns is told from the header's row, in which it
    stands most often. ``ScriptError`` ``no_columns`` and ``unknown_column``: see ``columns.py``.
    """

    columns: ColumnNames = GUESSED
    name = "table"

    def with_columns(self, columns: ColumnNames) -> "Table":
        """The same format, its columns named."""
        return Table(columns)

    def sniff(self, head: str, filename: str) -> float:
        """Sure if the first row is a header that tells speaker and line."""
        row = head.lstrip().split("\n", 1)[0]
        try:
            header = next(csv.reader([row], delimiter=_find_delimiter(row)), [])
            return 0.95 if find_columns(header, self.columns) else 0
        except (csv.Error, ScriptError):
            return 0

    def parse(self, rows: Iterable[str]) -> Iterator[ParseItem]:
        """See ``ScriptFormat.parse``."""
        return gather_scenes(self._read(rows))

    def _read(self, rows: Iterable[str]) -> Iterator[TableRow | Narration | Rejection]:
        numbered = dropwhile(lambda pair: not pair[1].strip(), enumerate(rows))
        skipped, first = next(numbered, (0, ""))
        columns: Columns | None = None
        width = 0
        rest = chain([first], (row for _, row in numbered))
        for record in read_records(rest, _find_delimiter(first), skipped + 1):
            if isinstance(record, Rejection):
                yield record
            elif columns is None:
                columns = need_columns(record.cells, self.columns)
                width = len(record.cells)
                yield Narration(record.row, "header", record.rows)
                if unused := list_unused(record.cells, columns):
                    yield reject(record.row, unused, UNUSED, rows=0)
            else:
                yield _read_record(record, columns)
                if extra := " ".join(record.cells[width:]).strip():
                    yield reject(record.row, extra, _EXTRA, rows=0)


def _find_delimiter(header: str) -> str:
    return max(_DELIMITERS, key=header.count)


def _read_record(record: Record, columns: Columns) -> TableRow:
    row, cells, rows = record
    speaker, line, scene, episode = (
        cells[column] if column is not None and column < len(cells) else "" for column in columns
    )
    return TableRow(row, speaker, line, scene, episode, rows)

"""Read CSV and TSV tables with one line of dialogue a record."""

import csv
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain, dropwhile, islice

from characters.errors import ScriptError
from characters.scripts.lines import Refusal, reject
from characters.scripts.model import NonDialogue, ParseItem, Rejection
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
from characters.scripts.tables.csv_records import CsvRecord, read_records
from characters.scripts.tables.rows import TableRow, gather_scenes

TABLE_ENDINGS = (".csv", ".tsv")
"""File name endings of tables."""

_new_row = tuple.__new__  # as in lines.py
_SNIFFED_RECORDS = 20
_DELIMITERS = (",", "\t", ";")
_EXTRA = Refusal(
    "extra_column",
    "This stands behind the last column of the header and was left out; text that contains the"
    " separator must be put in double quotes.",
)


@dataclass(frozen=True, slots=True)
class Table:
    """Read a header, then records with a speaker, a line, and optionally a scene and an episode.

    The separator is the one of comma, tab and semicolon that is most frequent in the header's row.
    ``columns.py`` has the errors ``no_columns`` and ``unknown_column``.
    """

    columns: ColumnNames = GUESSED
    name = "table"

    def with_columns(self, columns: ColumnNames) -> "Table":
        """Return the same format with its columns named."""
        return Table(columns)

    def sniff(self, head: str, filename: str) -> float:
        """Return 0.95 if the first row is a header with columns for speaker and line.

        0 where the rows below have no columns: a title may read ``Character, Text``.
        """
        head = head.lstrip()
        row = head.split("\n", 1)[0]
        delimiter = _find_delimiter(row)
        try:
            header = next(csv.reader([row], delimiter=delimiter), [])
            if not find_columns(header, self.columns):
                return 0
        except (csv.Error, ScriptError):
            return 0
        return 0.95 if _has_columns(head, delimiter) else 0

    def parse(self, rows: Iterable[str]) -> Iterator[ParseItem]:
        """Yield scenes and rejections; see ``ScriptFormat.parse``."""
        return gather_scenes(self._read(rows))

    def _read(self, rows: Iterable[str]) -> Iterator[TableRow | NonDialogue | Rejection]:
        numbered = dropwhile(lambda pair: not pair[1].strip(), enumerate(rows))
        skipped, first = next(numbered, (0, ""))
        rest = chain([first], (row for _, row in numbered))
        return read_table(read_records(rest, _find_delimiter(first), skipped + 1), self.columns)


def _has_columns(head: str, delimiter: str) -> bool:
    """Return whether half of the first records below the header have more than one cell."""
    try:
        records = list(islice(csv.reader(head.split("\n"), delimiter=delimiter), _SNIFFED_RECORDS))
    except csv.Error:
        return True
    filled = [record for record in records[1:] if any(record)]
    return 2 * sum(len(record) > 1 for record in filled) >= len(filled)


def read_table(
    records: Iterable[CsvRecord | Rejection], names: ColumnNames
) -> Iterator[TableRow | NonDialogue | Rejection]:
    """Yield the rows of a table whose first record is its header.

    Raises ``ScriptError`` ``no_columns`` and ``unknown_column``.
    """
    records = iter(records)
    for record in records:
        if isinstance(record, CsvRecord):
            yield from _read_header(record, names)
            yield from _read_rows(records, need_columns(record.cells, names), len(record.cells))
        else:
            yield record


def _read_header(header: CsvRecord, names: ColumnNames) -> Iterator[NonDialogue | Rejection]:
    columns = need_columns(header.cells, names)
    yield describe_header(header.row, header.cells, columns, header.rows)
    if unused := list_unused(header.cells, columns):
        yield reject(header.row, unused, UNUSED, rows=0)


def _read_rows(
    records: Iterator[CsvRecord | Rejection], columns: Columns, width: int
) -> Iterator[TableRow | Rejection]:
    extra = ""
    speaker, line, scene, episode = (width if column is None else column for column in columns)
    for record in records:
        if isinstance(record, Rejection):
            yield record
            continue
        row, cells, rows = record
        if len(cells) == width:
            cells.append("")  # read by columns that the table lacks
            said = (row, cells[speaker], cells[line], cells[scene], cells[episode], rows)
        else:
            extra = " ".join(cells[width:]).strip()
            there = min(len(cells), width)  # short rows are not padded: a table may be wide
            cells = [
                cells[column] if column < there else ""
                for column in (speaker, line, scene, episode)
            ]
            said = (row, cells[0], cells[1], cells[2], cells[3], rows)
        yield _new_row(TableRow, said)
        if extra:
            yield reject(row, extra, _EXTRA, rows=0)
            extra = ""


def _find_delimiter(header: str) -> str:
    return max(_DELIMITERS, key=header.count)

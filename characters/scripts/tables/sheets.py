"""Read the rows of a sheet: a table of lines, scenes in the reference's columns, or plain text."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import chain, islice

from characters.errors import ScriptError
from characters.scripts.containers import ContainerRequest
from characters.scripts.lines import Refusal, reject
from characters.scripts.model import ParseItem, Rejection, Scene
from characters.scripts.tables.columns import GUESSED, ColumnNames, find_columns, need_columns
from characters.scripts.tables.csv_records import CsvRecord
from characters.scripts.tables.delimited import read_table
from characters.scripts.tables.reference_csv import find_scenes, read_scene, report_header
from characters.scripts.tables.rows import gather_scenes
from characters.scripts.text.plain_text import PlainText

_EXAMINED_ROWS = 20
"""Non-blank rows in which a header or the kind of sheet is sought."""
_HEAD_ROWS = 200
"""Rows that this may take, including blank ones."""
_SURE = 0.5
_HIDDEN = Refusal("hidden_sheet", "The sheet is hidden, and was left out; show it to have it read.")
_TITLE = Refusal("above_header", "This stands above the header of the table, and was left out.")


def read_sheet(
    records: Iterator[CsvRecord], title: str, visible: bool, request: ContainerRequest
) -> Iterator[ParseItem]:
    """Yield the items of the sheet called ``title`` from its rows ``records``; see ``Workbook``."""
    if not visible:
        return _refuse_sheet(records, title, _HIDDEN)
    names = request.columns or GUESSED
    head = _take_head(records)
    rest = chain(head, records)
    if (header := _find_header(head, names)) is not None:
        above = [record for record in head[:header] if record.rows]
        titles = (reject(record.row, " ".join(record.cells).strip(), _TITLE) for record in above)
        table = read_table(chain(head[header:], records), names)
        return chain(titles, gather_scenes(table))
    filled = [record for record in head if record.rows]
    if names != GUESSED or not filled:
        return _refuse_table(rest, names)
    if find_scenes([record.cells for record in filled]) >= _SURE:
        return _read_scenes(rest)
    rows = [" ".join(record.cells) for record in head]
    single = all(len(list(filter(str.strip, record.cells))) == 1 for record in filled)
    if single and PlainText().sniff("\n".join(rows), "") >= _SURE:
        joined = (" ".join(" ".join(record.cells).split("\n")) for record in rest)
        return request.read_rows(joined, "")
    return _refuse_table(rest, names)


def _take_head(records: Iterator[CsvRecord]) -> list[CsvRecord]:
    head: list[CsvRecord] = []
    filled = 0
    for record in islice(records, _HEAD_ROWS):
        head.append(record)
        filled += record.rows
        if filled == _EXAMINED_ROWS:
            break
    return head


def _find_header(head: list[CsvRecord], names: ColumnNames) -> int | None:
    for index, record in enumerate(head):
        try:
            if find_columns(record.cells, names) is not None:
                return index
        except ScriptError:  # a column that the caller named is missing
            continue
    return None


def _refuse_table(records: Iterator[CsvRecord], names: ColumnNames) -> Iterator[ParseItem]:
    """Reject a sheet without the columns that a table needs, in one rejection."""
    header = next((record for record in records if record.rows), None)
    if header is None:
        return iter(())
    try:
        need_columns(header.cells, names)
        raise AssertionError("it would have been found")
    except ScriptError as error:
        refusal = Refusal(error.code, str(error))
    return _refuse_sheet(chain([header], records), " | ".join(header.cells), refusal)


def _refuse_sheet(records: Iterable[CsvRecord], text: str, refusal: Refusal) -> Iterator[Rejection]:
    rows = [record.row for record in records if record.rows]
    yield reject(rows[0] if rows else 1, text, refusal, len(rows))


def _read_scenes(records: Iterator[CsvRecord]) -> Iterator[ParseItem]:
    header = next(record for record in records if record.rows)
    yield report_header(header)
    for record in records:
        yield from _in_one_row(record.row, read_scene(record))


def _in_one_row(row: int, items: Iterator[ParseItem]) -> Iterator[ParseItem]:
    """Yield the items of a record, whose lines share a row of the sheet: the first counts it."""
    left = 1
    for item in items:
        if isinstance(item, Scene):
            lines = [line._replace(row=row) for line in item.lines]
            yield replace(item, lines=lines, row=row, continued=left - len(lines))
        elif left or isinstance(item, Rejection):
            yield replace(item, row=row, rows=left)
        left = 0

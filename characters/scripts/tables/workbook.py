"""Read XLSX workbooks: every sheet a table of lines, or scenes in the reference's columns."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime
from datetime import time as clock_time
from functools import partial
from itertools import chain, islice
from typing import BinaryIO, Protocol, cast
from zipfile import ZipFile

from characters.archives import Archive, has_file
from characters.errors import ScriptError
from characters.scripts.containers import ContainerRequest, Contents
from characters.scripts.documents.xml import check_tokens
from characters.scripts.lines import Refusal, reject
from characters.scripts.model import NonDialogue, ParseItem, Rejection
from characters.scripts.tables.csv_records import CsvRecord
from characters.scripts.tables.sheets import read_sheet

_WORKBOOK = "xl/workbook.xml"
_SHEET_ROWS = 1_048_576
"""The last row that a sheet can have: Excel's specifications and limits."""
_GAP_ROWS = 5_000
"""Successive blank rows after which a sheet counts as ended: a forgotten cell at the very bottom
would otherwise take a second to reach."""
_BLANK_ROWS = 500_000
"""Most blank rows of all sheets together."""
_GAP = Refusal(
    "far_rows",
    f"More than {_GAP_ROWS:,} blank rows follow here; what stands below them was not read.",
)


class _Sheet(Protocol):
    title: str
    sheet_state: str

    def iter_rows(self, *, values_only: bool) -> Iterator[tuple[object, ...]]: ...

    def reset_dimensions(self) -> None: ...


class Workbook:
    """Read sheets in their order; ``part`` names the sheet, and a row is a row of it.

    A sheet is a table if one of its first rows is a header with speaker and line (see
    ``columns.py``), scenes if its second column holds them (see ``reference_csv.py``), or plain
    text in a single column. Any other sheet is rejected, and so is a hidden one. Of a formula, the
    value stored with it is read. Numbers and dates are read as text.
    """

    name = "xlsx"

    def claims(self, file: BinaryIO, head: bytes, filename: str) -> bool:
        """Return whether the file is a ZIP archive with a workbook's main part."""
        return has_file(file, _WORKBOOK)

    def open(self, file: BinaryIO, request: ContainerRequest) -> Contents:
        """Inflate everything once, to bound it, and defer parsing; see ``ContainerFormat.open``."""
        archive = Archive(file, request.archive_limits)
        for path in archive.paths:
            check_tokens(archive.stream(path))
        return Contents("utf-8", 1.0, lambda: _read_book(file, request), archive.inflated)


def _read_book(file: BinaryIO, request: ContainerRequest) -> Iterator[ParseItem]:
    from openpyxl.reader.excel import ExcelReader  # noqa: PLC0415  # heavy

    cells = _CellCounter(request.limits.table_cells)
    try:
        reader = ExcelReader(file, read_only=True, data_only=True, keep_links=False)
        bounded = partial(_read_part, reader.archive, request.limits.page_bytes)
        reader.archive.read = bounded  # type: ignore[method-assign]  # openpyxl has no bounds of its own
        reader.read()
        sheets = cast(list[_Sheet], reader.wb.worksheets)
    except Exception as error:  # damaged parts make openpyxl raise nearly anything
        raise _damaged(error) from error
    for sheet in sheets:
        gaps: list[Rejection] = []
        records = _read_records(sheet, cells, gaps)
        visible = sheet.sheet_state == "visible"
        for item in chain(read_sheet(records, sheet.title, visible, request), gaps):
            yield item if isinstance(item, NonDialogue) else replace(item, member=sheet.title)


def _read_part(archive: ZipFile, limit: int, path: str) -> bytes:
    """Return a part that becomes a tree in memory, as sheets and their texts do not."""
    with archive.open(path) as part:
        content = part.read(limit + 1)
    if len(content) > limit:
        raise ValueError(f"{path[:100]} is larger than {limit:,} bytes")
    return content


class _CellCounter:
    """Count the cells of all sheets together, including empty ones."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._count = 0
        self._blank = 0

    def add_blank(self) -> None:
        self._blank += 1
        if self._blank > _BLANK_ROWS:
            raise ScriptError(
                "too_many_cells",
                f"The workbook has more than {_BLANK_ROWS:,} blank rows, the most that one may"
                " have; delete them, or upload its sheets one by one.",
                limit=_BLANK_ROWS,
            )

    def add(self, cells: int) -> None:
        self._count += max(1, cells)
        if self._count > self._limit:
            raise ScriptError(
                "too_many_cells",
                f"The workbook has more than {self._limit:,} cells, the most that one may have;"
                " upload its sheets one by one.",
                limit=self._limit,
            )


def _read_records(
    sheet: _Sheet, counter: _CellCounter, gaps: list[Rejection]
) -> Iterator[CsvRecord]:
    """Yield the rows up to too long a run of blank ones, which is recorded in ``gaps``."""
    sheet.reset_dimensions()  # the size that a sheet declares is often wrong
    last = 0
    try:
        for row, cells in enumerate(islice(sheet.iter_rows(values_only=True), _SHEET_ROWS), 1):
            counter.add(len(cells))
            if any(cell is not None for cell in cells):
                texts = list(map(_read_cell, cells))
                last = row
                yield CsvRecord(row, texts, 1 if any(map(str.strip, texts)) else 0)
                continue
            counter.add_blank()
            if row - last > _GAP_ROWS:
                gaps.append(reject(last + 1, "", _GAP, rows=0))
                return
            yield CsvRecord(row, [], 0)
    except (ScriptError, GeneratorExit):
        raise
    except Exception as error:
        raise _damaged(error) from error


def _read_cell(value: object) -> str:
    """Return a cell as it would be typed."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value.replace("_x000D_", "").replace("\r\n", "\n").replace("\r", "\n")
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == clock_time() else value.isoformat(" ")
    return value.isoformat() if isinstance(value, date | clock_time) else str(value)


def _damaged(error: Exception) -> ScriptError:
    return ScriptError("damaged_workbook", f"The workbook cannot be read: {str(error)[:200]}.")

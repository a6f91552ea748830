"""Turn the paragraphs and tables of a document into rows of text."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import reduce

from characters.scripts.names import SPEAKER_CHARACTERS
from characters.scripts.tables.columns import GUESSED, Columns, find_columns
from characters.scripts.text.wrapping import join_rows

_ROW_CELLS = 1_000
"""Most cells of a table's row; the rest becomes a further row, so that it fits in memory."""

_HELD_CHARACTERS = 1_000_000
"""Most characters of the open cells of all tables; longer cells are released as paragraphs."""

_NUMBER = re.compile(r"#?[\d:.,\-–]+[.)]?")

_CELL_ROWS = 50
"""Most rows of a table's cell; one with more is a part of a page's layout."""


@dataclass(slots=True)
class _Table:
    columns: Columns | None = None
    has_rows: bool = False
    cells: list[list[str]] = field(default_factory=list)
    """Cells of its open row."""


class DocumentRows:
    """Gather rows in ``complete``, from where the caller takes them.

    A table of two columns, or with a header that names speaker and line, becomes ``Name: line``.
    Other cells stand side by side, and cells with several paragraphs, as in a page laid out with a
    table, below each other. Blank rows set a table apart.
    """

    def __init__(self) -> None:
        self.complete: list[str] = []
        self._tables: list[_Table] = []
        self._held = 0

    @property
    def in_table(self) -> bool:
        """Return whether a table is open."""
        return bool(self._tables)

    def add(self, rows: Sequence[str]) -> None:
        """Add the rows of a paragraph."""
        if not self._tables or not self._tables[-1].cells:
            self.complete += rows
            return
        cells = self._tables[-1].cells
        cells[-1] += rows
        self._held += sum(map(len, rows))
        if len(cells[-1]) > _CELL_ROWS or self._held > _HELD_CHARACTERS:
            self._release()

    def begin_table(self) -> None:
        """Begin a table; inside a cell of another, that one is a part of the page's layout."""
        self._release()
        self.complete.append("")
        self._tables.append(_Table())

    def end_table(self) -> None:
        """End the innermost table."""
        self.end_row()
        if self._tables:
            self._tables.pop()
        self.complete.append("")

    def begin_cell(self) -> None:
        """Begin a cell of the open row."""
        if self._tables:
            if len(self._tables[-1].cells) == _ROW_CELLS:
                self.end_row()
            self._tables[-1].cells.append([])

    def end_row(self) -> None:
        """End a row of the innermost table."""
        if self._tables:
            table = self._tables[-1]
            cells, table.cells = table.cells, []
            self._held = 0
            self.complete += _read_cells(table, cells)

    def _release(self) -> None:
        """Give the open cells of all tables as paragraphs."""
        self._held = 0
        for table in self._tables:
            for cell in table.cells:
                self.complete += cell
                cell.clear()


def _read_cells(table: _Table, cells: Sequence[Sequence[str]]) -> list[str]:
    if sum(any(map(str.strip, cell)) for cell in cells) < 2:
        return [row for cell in cells for row in cell]
    texts = [reduce(join_rows, filter(None, map(str.strip, cell)), "") for cell in cells]
    if not table.has_rows:
        table.has_rows = True
        table.columns = find_columns(texts, GUESSED)
        if table.columns is not None:
            # In brackets no format takes it for the header of a table of text.
            return [f"({' | '.join(texts)})", ""]
    if table.columns is not None and max(table.columns.speaker, table.columns.line) < len(texts):
        return [_name_line(texts[table.columns.speaker], texts[table.columns.line])]
    name, *rest = _drop_numbers([text for text in texts if text])
    if len(rest) == 1 and len(name) <= SPEAKER_CHARACTERS:
        return [_name_line(name, rest[0])]
    if any(len(cell) > 1 for cell in cells):
        return [row for cell in cells for row in cell]
    return ["\t".join(texts)]


def _drop_numbers(texts: list[str]) -> list[str]:
    """Return the cells without a number or a time in front of two others."""
    return texts[1:] if len(texts) == 3 and _NUMBER.fullmatch(texts[0]) else texts


def _name_line(name: str, line: str) -> str:
    if not name:
        return line
    name = name.removesuffix(":").removesuffix("：")
    return f"{name}: {line}" if name.isascii() else f"{name}：{line}"

"""Read tables in Markdown: ``| Speaker | Line |``, a rule, and a line of dialogue a row."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from characters.errors import ScriptError
from characters.scripts.headings import heading_title, is_heading
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
)
from characters.scripts.tables.rows import TableRow, gather_scenes

_SNIFFED_ROWS = 200
_TABLE_SHARE = 0.6
_RULE = re.compile(r"(?=.*\|.*(?:\||--)|.*--.*\|)\|?\s*:?-+:?\s*(?:\|\s*:?-+:?\s*)*\|?")
_CELLS = re.compile(r"(?<!\\)\|")
_BREAK = re.compile(r"<br\s*/?>", re.IGNORECASE)
_EMPHASIS = re.compile(r"(\*{1,3}|_{1,3})([^*_]+)\1")
_SHORT = Refusal("missing_column", "The row has no cell for the speaker or for the line.")


@dataclass(frozen=True, slots=True)
class MarkdownTable:
    """Read rows of cells between vertical bars; headings between tables begin scenes.

    Columns are found by their names; in a table of two columns without such names the first one
    speaks. Other rows are narration.
    """

    columns: ColumnNames = GUESSED
    name = "markdown"

    def with_columns(self, columns: ColumnNames) -> "MarkdownTable":
        """Return the same format with its columns named."""
        return MarkdownTable(columns)

    def sniff(self, head: str, filename: str) -> float:
        """Return 0.94 where most rows are a table's, with a header over a rule."""
        rows = [row for row in map(str.strip, head.split("\n")[:_SNIFFED_ROWS]) if row]
        barred = [row for row in rows if _is_barred(row)]
        if not barred or len(barred) < _TABLE_SHARE * len(rows):
            return 0
        if not any(_RULE.fullmatch(row) for row in barred[:2]):
            return 0
        try:
            return 0.94 if _choose(_split(barred[0]), self.columns) else 0
        except ScriptError:
            return 0

    def parse(self, rows: Iterable[str]) -> Iterator[ParseItem]:
        """Yield scenes and rejections; see ``ScriptFormat.parse``."""
        return gather_scenes(self._read(rows))

    def _read(self, rows: Iterable[str]) -> Iterator[TableRow | NonDialogue | Rejection]:
        columns: Columns | None = None
        scene = ""
        for number, row in enumerate(map(str.strip, rows), 1):
            if not row:
                columns = None
            elif not _is_barred(row):
                columns = None
                heading = is_heading(row)
                scene = (heading_title(row) or "") if heading else scene
                yield NonDialogue(number, "heading" if heading else "narration")
            elif _RULE.fullmatch(row):
                yield NonDialogue(number, "layout")
            elif columns is None:
                columns = _choose(_split(row), self.columns)
                yield from _describe(number, _split(row), columns)
            else:
                yield _read_row(number, row, columns, scene)


def _is_barred(row: str) -> bool:
    """Return whether a stripped row is a table's: the bars at its ends may be left out."""
    return row.startswith("|") or _CELLS.search(row) is not None


def _describe(
    number: int, header: Sequence[str], columns: Columns | None
) -> Iterator[NonDialogue | Rejection]:
    if columns is None:
        yield reject(number, " | ".join(header), _SHORT)
        return
    yield describe_header(number, header, columns, 1)
    if unused := list_unused(header, columns):
        yield reject(number, unused, UNUSED, rows=0)


def _choose(header: Sequence[str], names: ColumnNames) -> Columns | None:
    """Return the columns of ``header``; of two without the usual names the first one speaks."""
    found = find_columns(header, names)
    if found is None and len(header) == 2 and names == GUESSED:  # two cells
        return Columns(0, 1, None, None)
    return found


def _read_row(
    number: int, row: str, columns: Columns, scene: str
) -> TableRow | NonDialogue | Rejection:
    cells = _split(row)
    if max(columns.speaker, columns.line) >= len(cells):
        return reject(number, row, _SHORT)
    own, episode = (
        "" if column is None or column >= len(cells) else cells[column]
        for column in (columns.scene, columns.episode)
    )
    return TableRow(number, cells[columns.speaker], cells[columns.line], own or scene, episode, 1)


def _split(row: str) -> list[str]:
    """Return the cells of a row, without markup."""
    cells = _CELLS.split(row.strip().removeprefix("|"))
    if len(cells) > 1 and not cells[-1].strip():
        cells.pop()
    return [_clean(cell) for cell in cells]


def _clean(cell: str) -> str:
    cell = " ".join(map(str.strip, _BREAK.split(cell))).replace("\\|", "|").strip()
    match = _EMPHASIS.fullmatch(cell)
    return match[2].strip(" :：") if match else cell

"""The reference's corpus: a CSV file with one scene in each record.

Source: ``roleplay/`` of the public repository bilibili/Index-1.9B, which reads it with Python's
``csv`` module: header ``序号,对话``, then an episode number and the scene's lines in one cell.
"""

import csv
from collections import deque
from collections.abc import Iterable, Iterator
from itertools import islice

from characters.errors import ScriptError
from characters.scripts.lines import Refusal, find_colon, read_line, reject
from characters.scripts.model import Line, ParseItem, Rejection, Scene

RECORD_CHARACTERS = 131_072
"""The longest record: the field limit of Python's ``csv`` module, and so of the reference."""

RECOVERIES = 100
"""How often a quote that is never closed is stepped over before the whole file is refused."""

_SNIFFED_RECORDS = 20

_HEADER = Refusal(
    "header_row", "The first row of a CSV script is its header; this dialogue in it was left out."
)
_MISSING = Refusal("missing_column", "The row has no second column, where the scene belongs.")
_EMPTY = Refusal("empty_scene", "The second column is empty.")
_EXTRA = Refusal(
    "extra_column",
    "This stands behind the second column and was left out; if it belongs to the scene, put the"
    " whole scene in double quotes.",
)
_UNTERMINATED = Refusal(
    "unterminated_quote", "The double quote opened here, or in a row above, is never closed."
)
_MISPLACED = Refusal(
    "misplaced_quote", 'A double quote inside quoted text must be written twice (“""”).'
)
_TOO_LONG = Refusal(
    "record_too_long", f"A scene may have at most {RECORD_CHARACTERS:,} characters."
)


class ReferenceCsv:
    """Column 1: episode number, often empty. Column 2: the scene, one line of dialogue a row.

    The first record is skipped whatever it says. Row numbers are physical rows of the file: the
    third row of a quoted cell that begins in row 7 is row 9, as a text editor counts.

    A line is split at its first colon. Rows of a scene without a colon are rejected one by one,
    and the rest of the scene is kept. Text in further columns is reported as ``extra_column``,
    the first two columns are kept. Blank rows and records of empty cells mean nothing.

    A quote that is never closed would swallow all that follows. It is noticed where the next
    quote does not fit, at the end of the file, or after 131,072 characters; the rows it had
    swallowed are then rejected or read again as rows of their own.
    """

    name = "csv"

    def sniff(self, head: str, filename: str) -> float:
        """The share of records with a colon in the second column and none in the first."""
        try:
            records = list(islice(csv.reader(head.split("\n")), 1 + _SNIFFED_RECORDS))
        except csv.Error:
            records = []
        if records and [cell.strip("\ufeff ") for cell in records[0]] == ["序号", "对话"]:
            return 1.0
        records = [record for record in records[1:] if any(record)]
        scenes = sum(
            len(record) > 1 and find_colon(record[1]) >= 0 and find_colon(record[0]) < 0
            for record in records
        )
        bonus = 0.1 if scenes and filename.lower().endswith(".csv") else 0
        return 0.9 * scenes / max(1, len(records)) + bonus

    def parse(self, rows: Iterable[str]) -> Iterator[ParseItem]:
        """See ``ScriptFormat.parse``."""
        header = True
        for record in _read_records(rows):
            if isinstance(record, Rejection):
                yield record
            elif header:
                yield from _report_header(*record)
            else:
                yield from _read_scene(*record)
            header = False


def _report_header(row: int, cells: list[str]) -> Iterator[Rejection]:
    """A header that looks like a scene is not skipped without a word."""
    if len(cells) > 1 and find_colon(cells[1]) >= 0:
        yield reject(row, cells[1], _HEADER)


def _read_scene(row: int, cells: list[str]) -> Iterator[ParseItem]:
    if not any(cell.strip() for cell in cells):
        return
    if len(cells) == 1:
        yield reject(row, cells[0].strip(), _MISSING)
        return
    episode, scene, *extra = cells
    row += episode.count("\n")
    lines: list[Line] = []
    rejected: list[Rejection] = []
    for offset, source in enumerate(scene.split("\n")):
        if text := source.strip():
            item = read_line(row + offset, text)
            if isinstance(item, Line):
                lines.append(item)
            else:
                rejected.append(item)
    if lines:
        yield Scene(lines, lines[0].row, episode=episode.strip() or None)
    elif not rejected:
        yield reject(row, episode.strip(), _EMPTY)
    yield from rejected
    row += scene.count("\n")
    for cell in extra:
        if text := cell.strip():
            yield reject(row, text, _EXTRA)
        row += cell.count("\n")


class _RecordTooLongError(Exception):
    """The rows of one record add up to more than ``RECORD_CHARACTERS``."""


class _Feed:
    """Hands physical rows to ``csv.reader`` and keeps those of the record being read."""

    def __init__(self, rows: Iterable[str]) -> None:
        self._rows = iter(rows)
        self._again: deque[str] = deque()
        self._taken: list[str] = []
        self._characters = 0
        self._exhausted = False
        self._recoveries = 0
        self.first_row = 1

    def __iter__(self) -> "_Feed":
        return self

    def __next__(self) -> str:
        if self._characters > RECORD_CHARACTERS:
            raise _RecordTooLongError
        if self._again:
            row = self._again.popleft()
        else:
            try:
                row = next(self._rows)
            except StopIteration:
                self._exhausted = True
                raise
        self._taken.append(row)
        self._characters += len(row) + 1
        return row + "\n"

    def finish(self) -> None:
        """The record is complete: the next row begins another."""
        self.first_row += len(self._taken)
        self._taken.clear()
        self._characters = 0

    def recover(self) -> Iterator[Rejection]:
        """Give up the record that could not be read; put back the rows that may be others."""
        taken = self._taken
        endless = self._exhausted or self._characters > RECORD_CHARACTERS
        if len(taken) == 1:
            refusal = _MISPLACED
            if endless:
                refusal = _UNTERMINATED if self._exhausted else _TOO_LONG
            lost = 1
        else:
            refusal = _UNTERMINATED
            lost = 1 if endless else len(taken) - 1
        if endless and lost < len(taken):
            self._count_recovery()
        for number, row in enumerate(taken[:lost], start=self.first_row):
            if text := row.strip():
                yield reject(number, text, refusal)
        self._again.extendleft(reversed(taken[lost:]))
        self._exhausted = False
        del taken[lost:]
        self.finish()

    def _count_recovery(self) -> None:
        self._recoveries += 1
        if self._recoveries > RECOVERIES:
            raise ScriptError(
                "unterminated_quote",
                f"Row {self.first_row}: a double quote is opened and never closed, as in many"
                " rows above; check the quotes of this CSV file.",
                row=self.first_row,
            )


def _read_records(rows: Iterable[str]) -> Iterator[tuple[int, list[str]] | Rejection]:
    """Records with the row in which each begins, and rows that belong to none."""
    feed = _Feed(rows)
    reader = csv.reader(feed, strict=True)
    while True:
        try:
            cells = next(reader)
        except StopIteration:
            return
        except (csv.Error, _RecordTooLongError):
            yield from feed.recover()
        else:
            yield feed.first_row, cells
            feed.finish()

"""Read the records of a CSV file, with the physical rows they stand in."""

import csv
from collections import deque
from collections.abc import Iterable, Iterator
from contextlib import suppress
from itertools import accumulate, islice
from typing import NamedTuple

from characters.errors import ScriptError
from characters.scripts.lines import Refusal, reject
from characters.scripts.model import Rejection

RECORD_CHARACTERS = 131_072
"""Longest record: the field limit of Python's ``csv`` module, and therefore of the reference."""

RECOVERIES = 100
"""Unclosed quotes that are stepped over before the whole file is refused."""

_BLOCK_ROWS = 1_024

_UNTERMINATED = Refusal(
    "unterminated_quote", "The double quote opened here, or in a row above, is never closed."
)
_MISPLACED = Refusal(
    "misplaced_quote", 'A double quote inside quoted text must be written twice (“""”).'
)
_TOO_LONG = Refusal(
    "record_too_long", f"A scene may have at most {RECORD_CHARACTERS:,} characters."
)


class CsvRecord(NamedTuple):
    """Hold one record of a CSV file."""

    row: int
    """1-based physical row in which it begins."""
    cells: list[str]
    """Empty for a blank row. A newline in a cell is the end of a physical row."""
    rows: int
    """Physical rows that are not blank."""


_new_record = tuple.__new__  # as in lines.py


class _RecordTooLongError(Exception):
    """Signal that the rows of one record add up to more than ``RECORD_CHARACTERS``."""


class _Feed:
    """Pass physical rows to ``csv.reader``, and keep the rows of the record being read."""

    def __init__(self, rows: Iterable[str], first_row: int) -> None:
        self._rows = iter(rows)
        self._block_rows = _BLOCK_ROWS
        self._again: deque[str] = deque()
        self._taken: list[str] = []
        self._characters = 0
        self._exhausted = False
        self._recoveries = 0
        self.first_row = first_row

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

    def count_rows(self) -> int:
        """Return how many rows of the record are not blank."""
        return len(self._taken) - sum(not row or row.isspace() for row in self._taken)

    def finish(self) -> None:
        """Complete the record: the next row begins another."""
        self.first_row += len(self._taken)
        self._taken.clear()
        self._characters = 0

    def read_block(self, delimiter: str) -> Iterator[CsvRecord]:
        """Yield many records at once, and stop before the first that needs a closer look.

        The rows from there on are put back. Passing a block to ``csv.reader`` saves a Python call
        for each row.
        """
        block = [self._again.popleft() for _ in range(min(len(self._again), self._block_rows))]
        block += islice(self._rows, self._block_rows - len(block))
        ended = [row + "\n" for row in block]
        characters = [0, *accumulate(map(len, ended))]
        blank = [0, *accumulate(map(str.isspace, ended))]
        reader = csv.reader(ended, strict=True, delimiter=delimiter)
        first = self.first_row
        start = 0
        with suppress(csv.Error):
            for cells in reader:
                end = reader.line_num
                if characters[end] - characters[start] > RECORD_CHARACTERS:
                    break
                rows = end - start - blank[end] + blank[start]
                yield _new_record(CsvRecord, (first + start, cells, rows))
                start = end
        self.first_row = first + start
        self._again.extendleft(reversed(block[start:]))
        self._block_rows = max(1, min(2 * start, _BLOCK_ROWS))

    def recover(self) -> Iterator[Rejection]:
        """Reject the record that could not be read; put back the rows that may be other records."""
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


def read_records(
    rows: Iterable[str], delimiter: str = ",", first_row: int = 1
) -> Iterator[CsvRecord | Rejection]:
    """Yield records in bounded memory, and the rows that belong to none.

    ``first_row`` is the number of the first of ``rows``.

    A quote that is never closed would swallow the rest of the file. It is noticed where the next
    quote does not fit, at the end of the file, or after 131,072 characters; the swallowed rows are
    then rejected or read again as rows of their own. Raises ``ScriptError`` ``unterminated_quote``
    after a hundred unclosed quotes.
    """
    feed = _Feed(rows, first_row)
    reader = csv.reader(feed, strict=True, delimiter=delimiter)
    while True:
        yield from feed.read_block(delimiter)
        try:
            cells = next(reader)
        except StopIteration:
            return
        except (csv.Error, _RecordTooLongError):
            yield from feed.recover()
        else:
            yield CsvRecord(feed.first_row, cells, feed.count_rows())
            feed.finish()

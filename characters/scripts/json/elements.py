"""Read the records of a JSON file one by one, with the rows of their texts.

A file is one array of records, or records one behind the other (JSON Lines among them). Sources:
RFC 8259, https://jsonlines.org.
"""

import json
import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple, TypeAlias, Union

from characters.errors import ScriptError
from characters.scripts.json.escapes import repair_escapes
from characters.scripts.lines import Refusal, reject
from characters.scripts.model import REJECTED_CHARACTERS, NonDialogue, Rejection

RECOVERIES = 100
"""Unclosed records that are stepped over before the whole file is refused."""

_STRING = re.compile(r'"(?:[^"\\]|\\.)*+"')
_BETWEEN = re.compile(r"[\s,\]]*")
_SPACE = re.compile(r"\s*")
_OPENING = re.compile(r"\[[\s,\]]*")
_DEEPEST_INDENT = 100
_KEPT_CHARACTERS = 1 << 14
_INVALID = Refusal("invalid_json", "The record is not JSON, or is not closed.")


class Text(str):
    """Hold a string of the file, and its row."""

    __slots__ = ("row",)
    row: int

    def __new__(cls, text: str, row: int) -> "Text":
        """Create a text that stands in the 1-based ``row``."""
        made = super().__new__(cls, text)
        made.row = row
        return made

    def __reduce__(self) -> tuple[type[str], tuple[str]]:
        """Pickle as a plain string: the row has no meaning outside of the reader."""
        return str, (str(self),)


Value: TypeAlias = Union[  # noqa: UP007  # a recursive alias needs quoted names
    Text, int, float, bool, list["Value"], dict[str, "Value"], None
]


class JsonElement(NamedTuple):
    """Hold one record of the file."""

    row: int
    """1-based physical row of the file in which it begins."""
    value: Value
    source: str
    """Its beginning, as much as a rejection shows."""
    rows: int
    """Physical rows that are not blank, except a row in which another record ended."""
    before: int
    """The last row of the content before it."""


class _Pairs(list[tuple[str, object]]):
    """Keep an object as it is written; a dict would lose repeated keys."""


_DECODER = json.JSONDecoder(object_pairs_hook=_Pairs)


def read_elements(
    chunks: Iterable[list[str]], characters: int
) -> Iterator[JsonElement | NonDialogue | Rejection]:
    """Yield the records in ``chunks`` of rows, their layout, and rejections.

    A record that is not JSON is rejected, and reading resumes at the next row that begins an object
    and is not indented further. Raises ``ScriptError``: ``record_too_long`` for a record of more
    than ``characters``; ``invalid_json`` after a hundred unclosed ones.
    """
    return _Reader(chunks, characters).read()


class _Reader:
    def __init__(self, chunks: Iterable[list[str]], limit: int) -> None:
        self._chunks = iter(chunks)
        self._limit = limit
        self._text = ""
        """Whole rows, each with its end."""
        self._at = 0
        self._row = 1
        self._counted = 0
        """The last row that was counted."""
        self._recoveries = 0

    def read(self) -> Iterator[JsonElement | NonDialogue | Rejection]:
        yield from self._skip(_SPACE)
        yield from self._skip(_OPENING)
        while True:
            yield from self._skip(_BETWEEN)
            if self._at == len(self._text):
                return
            yield self._read_element()
            self._forget()

    def _forget(self) -> None:
        """Drop the rows already read: the decoder counts lines over all of them for each error."""
        if self._at > _KEPT_CHARACTERS and self._at > len(self._text) // 64:
            start = self._row_start()
            self._text = self._text[start:]
            self._at -= start

    def _skip(self, pattern: re.Pattern[str]) -> Iterator[NonDialogue]:
        """Advance over matches of ``pattern``; rows wholly within them are layout."""
        while True:
            match = pattern.match(self._text, self._at)
            end = match.end() if match else self._at
            first = self._row
            last = self._text.rfind("\n", self._at, end) + 1
            if last and (rows := self._advance(last)):
                yield NonDialogue(first, "layout", rows)
            self._at = end
            if end < len(self._text) or not self._read_more():
                return

    def _read_element(self) -> JsonElement | Rejection:
        row, before = self._row, self._counted
        source = self._text[self._at : self._at + REJECTED_CHARACTERS].rstrip()
        try:
            value, end = self._decode()
            located = _locate(value, self._rows_of_strings(end))
        except json.JSONDecodeError as error:
            return self._recover(source, error.pos)
        except RecursionError:  # nested deeper than the decoder can go
            return self._recover(source, len(self._text))
        except ValueError:  # an integer of thousands of digits
            return self._recover(source, self._at)
        return JsonElement(row, located, source, self._advance(end), before)

    def _decode(self) -> tuple[object, int]:
        while True:
            try:
                return _DECODER.raw_decode(self._text, self._at)
            except json.JSONDecodeError as error:
                behind = _SPACE.match(self._text, error.pos + 1)
                if behind is not None and behind.end() < len(self._text):
                    raise
                if len(self._text) - self._at > self._limit:
                    raise _too_long(self._row, self._limit) from None
                if not self._read_more():
                    raise

    def _rows_of_strings(self, end: int) -> Iterator[int]:
        """Yield the rows of the strings up to ``end`` in order, including keys."""
        for row, piece in enumerate(self._text[self._at : end].split("\n"), self._row):
            for _ in _STRING.finditer(piece):
                yield row

    def _recover(self, source: str, error: int) -> Rejection:
        """Give up the record that begins here; resume where another one may begin."""
        row = self._row
        indent = min(self._at - self._row_start(), _DEEPEST_INDENT)
        if error >= self._text.index("\n", self._at):
            self._count_recovery()
        rows = self._advance(self._text.index("\n", self._at) + 1)
        while self._at < len(self._text) or self._read_more():
            begins = self._text[self._at : self._at + indent + 1]
            if begins.lstrip(" \t\n,[").startswith("{"):
                break
            rows += self._advance(self._text.index("\n", self._at) + 1)
        return reject(row, source, _INVALID, rows)

    def _count_recovery(self) -> None:
        self._recoveries += 1
        if self._recoveries > RECOVERIES:
            raise ScriptError(
                "invalid_json",
                f"Row {self._row:,}: a record is opened and never closed, as in many rows above;"
                " check this JSON file.",
                row=self._row,
            )

    def _row_start(self) -> int:
        return self._text.rfind("\n", 0, self._at) + 1

    def _read_more(self) -> bool:
        """Double the text, so that a long record is decoded only a few times."""
        start = self._row_start()
        self._at -= start
        pieces = [self._text[start:]]
        size = len(pieces[0])
        wanted = 2 * size + 1
        while size < wanted and (rows := next(self._chunks, None)) is not None:
            if rows:
                pieces.append(repair_escapes("\n".join(rows)) + "\n")
                size += len(pieces[-1])
        self._text = "".join(pieces)
        return len(pieces) > 1

    def _advance(self, end: int) -> int:
        """Move to ``end``; return how many non-blank rows on the way were not counted before."""
        count = 0
        pieces = self._text[self._at : end].split("\n")
        for row, piece in enumerate(pieces, self._row):
            if row > self._counted and piece and not piece.isspace():
                count += 1
                self._counted = row
        self._row += len(pieces) - 1
        self._at = end
        return count


def _locate(value: object, rows: Iterator[int]) -> Value:
    """Return ``value`` with the row of each text; ``rows`` come in the order of texts and keys."""
    if isinstance(value, str):
        return Text(value, next(rows))
    if isinstance(value, _Pairs):
        return {key: _locate(item, rows) for key, item in value if next(rows)}
    if isinstance(value, list):
        return [_locate(item, rows) for item in value]
    assert value is None or isinstance(value, int | float)  # noqa: S101  # JSON has no other types
    return value


def _too_long(row: int, limit: int) -> ScriptError:
    return ScriptError(
        "record_too_long",
        f"The record that begins in row {row:,} is never closed, or longer than {limit:,}"
        " characters, the most that a record may have.",
        row=row,
        limit=limit,
    )

"""Read the rows of a text file, and report the rows in which bytes do not decode."""

from collections import deque
from collections.abc import Iterable, Iterator
from typing import BinaryIO

from characters.errors import ScriptError
from characters.scripts.encodings.decoding import CHUNK_BYTES
from characters.scripts.encodings.marking import MARK, Damage, make_decoder
from characters.scripts.model import REJECTED_CHARACTERS, ParseItem, Rejection

UNDECODABLE = "undecodable_bytes"
"""Code of a row in which bytes do not decode."""

_BEFORE_DAMAGE = 60
_REPLACEMENT = "\ufffd"


def read_head(file: BinaryIO, encoding: str, characters: int) -> str:
    r"""Return about the first ``characters`` of the file; row ends are ``\n``."""
    file.seek(0)
    decoder, _ = make_decoder(encoding)
    head = decoder.decode(file.read(characters))
    return head.removeprefix("\ufeff").replace(MARK, _REPLACEMENT)


def read_rows(
    file: BinaryIO, encoding: str, line_characters: int, damaged_rows: deque[Rejection]
) -> Iterator[list[str]]:
    """Yield the rows of the file without their ends, a chunk's worth at a time.

    Only CRLF, CR and LF end a row: ``str.splitlines`` would also split at U+2028 and other
    characters that may stand inside a line of dialogue. A leading byte order mark is dropped. Bytes
    that do not decode are read as U+FFFD, and each run of them is appended to ``damaged_rows``.
    """
    file.seek(0)
    decoder, damage = make_decoder(encoding)
    rest = ""
    count = 0
    final = False
    while not final:
        chunk = file.read(CHUNK_BYTES)
        final = not chunk
        text = decoder.decode(chunk, final=final)
        if not count and not rest:
            text = text.removeprefix("\ufeff")
        rows = (rest + text).split("\n")
        if max(map(len, rows)) > line_characters:
            raise _line_too_long(rows, count, line_characters)
        rest = rows.pop()
        if damage:
            rows = [
                _unmark(row, n, encoding, damage, damaged_rows)
                for n, row in enumerate(rows, count + 1)
            ]
        count += len(rows)
        yield rows
    if rest:
        yield [_unmark(rest, count + 1, encoding, damage, damaged_rows)]


def with_damage(items: Iterable[ParseItem], damaged_rows: deque[Rejection]) -> Iterator[ParseItem]:
    """Yield ``items`` and what is appended to ``damaged_rows`` meanwhile, in the order of rows."""
    for item in items:
        while damaged_rows and damaged_rows[0].row <= item.row:
            yield damaged_rows.popleft()
        yield item
    yield from damaged_rows


def _unmark(
    row: str, number: int, encoding: str, damage: deque[Damage], damaged_rows: deque[Rejection]
) -> str:
    """Return ``row`` as shown; move its damage, the first in the queue, to ``damaged_rows``."""
    if MARK not in row:
        return row
    shown = row.replace(MARK, _REPLACEMENT)
    for position, character in enumerate(row):
        if character == MARK:
            start = max(0, position - _BEFORE_DAMAGE)
            text = shown[start : start + REJECTED_CHARACTERS].strip()
            damaged_rows.append(_doubt(number, text, encoding, damage.popleft()))
    return shown


def _doubt(row: int, text: str, encoding: str, damage: Damage) -> Rejection:
    last = damage.byte + damage.size - 1
    where = f"byte {damage.byte:,}" if damage.size == 1 else f"bytes {damage.byte:,} to {last:,}"
    reason = f"In {encoding} there is nothing at {where} of the file, so � stands there."
    return Rejection(row, text, UNDECODABLE, reason, rows=0)


def _line_too_long(rows: list[str], before: int, limit: int) -> ScriptError:
    row = before + 1 + next(index for index, row in enumerate(rows) if len(row) > limit)
    return ScriptError(
        "line_too_long",
        f"Row {row:,} is longer than {limit:,} characters, the most that a row may have.",
        row=row,
        limit=limit,
    )

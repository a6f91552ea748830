"""Guess encodings of a file from its rows with non-ASCII bytes."""

import codecs
import math
from collections.abc import Iterator
from typing import BinaryIO, NamedTuple

from characters.scripts.encodings.chinese import PLAUSIBLE
from characters.scripts.encodings.decoding import ASCII, CHUNK_BYTES
from characters.scripts.encodings.plausibility import PLAUSIBILITIES

_PART_BYTES = 16_384
_DAMAGED_SHARE = 0.05
_MIXED_SHARE = 0.3
_UNSURE = 0.9
_OTHERS = [
    "cp1250",
    "cp1251",
    "cp1253",
    "cp1254",
    "iso8859_15",
    "koi8_r",
]
"""Further encodings of scripts; charset-normalizer knows many more."""


class Guess(NamedTuple):
    """Hold codecs of one family, the narrowest first, and the confidence in one of them, 0 to 1."""

    names: tuple[str, ...]
    confidence: float


def guess_encodings(file: BinaryIO) -> Iterator[Guess]:
    """Yield encodings in which ``file``, without a byte order mark, reads well, best first.

    UTF-8 is recognised regardless of language, and where much of the file is UTF-8, but not all, no
    other encoding is guessed. For encodings common in East Asia and the West our own measures of
    plausibility decide, which need fewer words than charset-normalizer; it decides the rest.
    """
    from charset_normalizer import from_bytes  # noqa: PLC0415 (needed for few files)

    part = _foreign_rows(file)
    if _is_utf8(part):
        yield Guess(("utf-8",), 1.0)
    if _has_utf8(part):
        return
    own = {}
    for names, measure in PLAUSIBILITIES.items():
        text = part.decode(names[-1], "replace")
        if (plausibility := measure(text)) >= PLAUSIBLE:
            own[Guess(names, _confidence(plausibility, text))] = plausibility
    yield from sorted(own, key=lambda guess: -own[guess])
    for match in from_bytes(part, cp_isolation=_OTHERS):
        yield Guess((codecs.lookup(match.encoding).name,), round(_UNSURE * (1 - match.chaos), 3))


def _confidence(plausibility: float, text: str) -> float:
    """Return the plausibility, lowered for short texts: two characters can look like anything."""
    foreign = sum(character > "\x7f" for character in text)
    return round(plausibility * (1 - math.exp2(-foreign / 2)), 3)


def _is_utf8(part: bytes) -> bool:
    """Return whether nearly all of ``part`` is UTF-8."""
    text, _ = codecs.utf_8_decode(part, "replace", False)  # the part's end may cut a character
    foreign = sum(character > "\x7f" for character in text)
    # A U+FFFD that the file itself contains is not damage.
    damaged = text.count("\ufffd") - part.count("\ufffd".encode())
    return damaged <= _DAMAGED_SHARE * foreign


def _has_utf8(part: bytes) -> bool:
    """Return whether much of ``part`` is UTF-8, as other encodings are only in a few byte pairs."""
    text = part.decode("utf-8", "ignore")
    long = sum(character >= "\u0800" for character in text)  # three bytes or four
    return long * 3 > _MIXED_SHARE * len(part.translate(None, ASCII))


def _foreign_rows(file: BinaryIO) -> bytes:
    """Return rows of the file with non-ASCII bytes, about 16 KB of them."""
    file.seek(0)
    part = b""
    while len(part) < _PART_BYTES and (chunk := file.read(CHUNK_BYTES)):
        if not chunk.isascii():
            rows = (row for row in chunk.splitlines(keepends=True) if not row.isascii())
            for row in rows:
                part += row[:_PART_BYTES]
                if len(part) >= _PART_BYTES:
                    break
    return part

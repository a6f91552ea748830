"""Decode a file in one pass, in bounded memory, and measure the damage."""

from dataclasses import dataclass
from typing import BinaryIO

from characters.scripts.encodings.marking import MarkingDecoder, make_decoder

CHUNK_BYTES = 1 << 18
ASCII = bytes(range(128))

_SAMPLE_CHARACTERS = 20_000
_DAMAGED_SHARE = 0.05
_DAMAGED_PLACES = 10_000


@dataclass(frozen=True, slots=True)
class DecodingFailure:
    """Locate the first bytes of a file that do not decode."""

    byte: int
    """0-based offset in the file."""
    row: int
    """1-based row of the file."""


@dataclass(slots=True)
class Decoding:
    """Hold the measurements of one pass over a file."""

    failure: DecodingFailure | None = None
    """The first position that does not decode."""
    size: int = 0
    """Bytes of the file that were examined."""
    foreign_bytes: int = 0
    """Bytes that depend on the encoding: non-ASCII bytes, or all of UTF-16 and UTF-32."""
    damaged_bytes: int = 0
    sample: str = ""
    """Beginnings of the first chunks with non-ASCII text."""
    blank: bool = True
    """Whether the file has nothing but white space."""
    hopeless: bool = False
    """Whether so little decodes that the pass ended early."""

    @property
    def damaged_share(self) -> float:
        """Return the share of bad bytes among ``foreign_bytes``, 0 to 1."""
        return self.damaged_bytes / max(1, self.foreign_bytes)

    @property
    def readable(self) -> bool:
        """Return whether few enough bytes fail to be damage rather than another encoding."""
        return not self.hopeless and self.damaged_share <= _DAMAGED_SHARE


def decode_all(file: BinaryIO, encoding: str) -> Decoding:
    """Decode ``file`` from start to end, or until it is clearly in another encoding."""
    file.seek(0)
    decoder = MarkingDecoder(encoding)
    found = Decoding()
    wide = encoding.startswith(("utf-16", "utf-32"))
    first: int | None = None
    while not found.hopeless:
        chunk = file.read(CHUNK_BYTES)
        try:
            text = decoder.decode(chunk, final=not chunk)
        except UnicodeError:  # UTF-16 without a byte order mark
            found.failure, found.hopeless = DecodingFailure(0, 1), True
            return found
        _count(found, chunk, text, wide)
        if decoder.damage:
            first = decoder.damage[0].byte if first is None else first
            found.damaged_bytes = sum(damage.size for damage in decoder.damage)
            found.hopeless = len(decoder.damage) > _DAMAGED_PLACES or _is_another(found)
        if not chunk:
            break
    if first is not None:
        found.failure = DecodingFailure(first, _row_of(file, encoding, first))
    return found


def _count(found: Decoding, chunk: bytes, text: str, wide: bool) -> None:
    found.size += len(chunk)
    if wide:
        found.foreign_bytes += len(chunk)
    elif not chunk.isascii():
        found.foreign_bytes += len(chunk.translate(None, ASCII))
    if found.blank and text.strip().strip("\ufeff\0").strip():
        found.blank = False
    if len(found.sample) < _SAMPLE_CHARACTERS and not text.isascii():
        found.sample += text[:_SAMPLE_CHARACTERS]


def _is_another(found: Decoding) -> bool:
    """Return whether the damage in a large file so far is enough to end the pass."""
    return found.damaged_bytes > CHUNK_BYTES // 64 and not found.readable


def _row_of(file: BinaryIO, encoding: str, byte: int) -> int:
    """Return the row of the bad byte at the offset ``byte``."""
    file.seek(0)
    decoder, _ = make_decoder(encoding)
    row = 1
    left = byte + 1  # include the bad byte, which shows that a CR before it ends a row
    while left > 0 and (chunk := file.read(min(CHUNK_BYTES, left))):
        left -= len(chunk)
        row += decoder.decode(chunk, final=not left).count("\n")
    return row

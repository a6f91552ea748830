"""Decoding in bounded memory; every place that does not decode is noted and stepped over."""

import codecs
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from io import IncrementalNewlineDecoder
from typing import BinaryIO, NamedTuple

CHUNK_BYTES = 1 << 18

MARK = "\udfff"
"""Stands for bytes that do not decode; no decoder yields half of a surrogate pair by itself."""

_SAMPLE_CHARACTERS = 20_000
_BLOCK_BYTES = 4_096
_DAMAGED_SHARE = 0.05
_DAMAGED_PLACES = 10_000
ASCII = bytes(range(128))


class Damage(NamedTuple):
    """Bytes that do not decode."""

    byte: int
    """0-based offset in the file."""
    size: int


@dataclass(frozen=True, slots=True)
class Failure:
    """Where a file stops being in an encoding."""

    byte: int
    """0-based offset in the file."""
    row: int
    """1-based row of the file."""


class MarkingDecoder(codecs.IncrementalDecoder):
    """A strict decoder that goes on behind bytes that do not decode.

    Each run of them becomes one ``MARK`` and is appended to ``damage``, in order. ``UnicodeError``
    is left for where nothing can be decoded: UTF-16 without its mark.
    """

    def __init__(self, encoding: str) -> None:
        super().__init__()
        self._decoder = codecs.getincrementaldecoder(encoding)("strict")
        self._offset = 0
        self.damage: deque[Damage] = deque()

    def decode(self, input: bytes, final: bool = False) -> str:  # type: ignore[override]  # the base class takes any buffer
        """The text of the next bytes of the file."""
        before = self._decoder.getstate()
        try:
            text = self._decoder.decode(input, final)
        except UnicodeDecodeError:
            self._decoder.setstate(before)
            return "".join(self._decode_blocks(input, final))
        self._offset += len(input)
        return text

    def _decode_blocks(self, data: bytes, final: bool) -> Iterator[str]:
        """As ``decode``; in blocks, since what follows a bad byte is looked at again."""
        last = max(0, len(data) - 1) // _BLOCK_BYTES * _BLOCK_BYTES
        for start in range(0, last + 1, _BLOCK_BYTES):
            block = data[start : start + _BLOCK_BYTES]
            pending, state = self._decoder.getstate()
            yield from self._step_over(
                pending + block, len(pending), state, final and start == last
            )
            self._offset += len(block)

    def _step_over(self, data: bytes, pending: int, state: int, final: bool) -> Iterator[str]:
        """The text of ``data``, the first ``pending`` bytes of which were read before."""
        offset = self._offset - pending
        while True:
            self._decoder.setstate((b"", state))
            try:
                yield self._decoder.decode(data, final)
                return
            except UnicodeDecodeError as error:
                self._decoder.setstate((b"", state))
                yield self._decoder.decode(data[: error.start])
                state = self._decoder.getstate()[1]
                yield self._note(offset + error.start, error.end - error.start)
                data = data[error.end :]
                offset += error.end

    def _note(self, byte: int, size: int) -> str:
        last = self.damage[-1] if self.damage else None
        if last is not None and last.byte + last.size == byte:
            self.damage[-1] = Damage(last.byte, last.size + size)
            return ""
        self.damage.append(Damage(byte, size))
        return MARK


@dataclass(slots=True)
class Decoding:
    """What a pass over a file saw."""

    failure: Failure | None = None
    """The first place that does not decode."""
    size: int = 0
    """Bytes of the file that were looked at."""
    foreign_bytes: int = 0
    """Bytes in which the encoding shows: those that are not ASCII, or all of UTF-16 and UTF-32."""
    damaged_bytes: int = 0
    sample: str = ""
    """Beginnings of the first chunks with non-ASCII text."""
    blank: bool = True
    """Whether there was nothing but white space."""
    hopeless: bool = False
    """Whether so little decodes that the pass ended early."""

    @property
    def damaged_share(self) -> float:
        """Bad bytes of those in which the encoding shows, 0 to 1."""
        return self.damaged_bytes / max(1, self.foreign_bytes)

    @property
    def readable(self) -> bool:
        """Whether so few bytes fail that they are damage and not another encoding."""
        return not self.hopeless and self.damaged_share <= _DAMAGED_SHARE


def decode_all(file: BinaryIO, encoding: str) -> Decoding:
    """Decode ``file`` from its start to its end, or to where it is clearly something else."""
    file.seek(0)
    decoder = MarkingDecoder(encoding)
    found = Decoding()
    wide = encoding.startswith(("utf-16", "utf-32"))
    first: int | None = None
    while not found.hopeless:
        chunk = file.read(CHUNK_BYTES)
        try:
            text = decoder.decode(chunk, final=not chunk)
        except UnicodeError:  # UTF-16 without a mark
            found.failure, found.hopeless = Failure(0, 1), True
            return found
        _count(found, chunk, text, wide)
        if decoder.damage:
            first = decoder.damage[0].byte if first is None else first
            found.damaged_bytes = sum(damage.size for damage in decoder.damage)
            found.hopeless = len(decoder.damage) > _DAMAGED_PLACES or _is_another(found)
        if not chunk:
            break
    if first is not None:
        found.failure = Failure(first, _row_of(file, encoding, first))
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
    """Whether what a pass saw of a large file so far is enough to end it."""
    return found.damaged_bytes > CHUNK_BYTES // 64 and not found.readable


def make_decoder(encoding: str) -> tuple[IncrementalNewlineDecoder, deque[Damage]]:
    """Decodes to text whose only row end is ``\\n``, whichever of CRLF, CR and LF was there.

    Also given: what did not decode and became a ``MARK``, as it is met.
    """
    decoder = MarkingDecoder(encoding)
    return IncrementalNewlineDecoder(decoder, translate=True), decoder.damage


def _row_of(file: BinaryIO, encoding: str, byte: int) -> int:
    """The row in which the bad byte at the offset ``byte`` stands."""
    file.seek(0)
    decoder, _ = make_decoder(encoding)
    row = 1
    left = byte + 1  # with the bad byte, so that a CR before it is known to end a row
    while left > 0 and (chunk := file.read(min(CHUNK_BYTES, left))):
        left -= len(chunk)
        row += decoder.decode(chunk, final=not left).count("\n")
    return row

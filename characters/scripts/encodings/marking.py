"""Decode past bytes that do not decode, and mark their positions."""

import codecs
from collections import deque
from collections.abc import Iterator
from io import IncrementalNewlineDecoder
from typing import NamedTuple

MARK = "\udfff"
"""Placeholder for bytes that do not decode; no decoder yields half of a surrogate pair itself."""

_BLOCK_BYTES = 4_096


class Damage(NamedTuple):
    """Locate bytes that do not decode."""

    byte: int
    """0-based offset in the file."""
    size: int


class MarkingDecoder(codecs.IncrementalDecoder):
    """Decode strictly, but continue behind bytes that do not decode.

    Each run of them becomes one ``MARK`` and is appended to ``damage``, in order. ``UnicodeError``
    remains for files in which nothing can be decoded: UTF-16 without its byte order mark.
    """

    def __init__(self, encoding: str) -> None:
        super().__init__()
        self._decoder = codecs.getincrementaldecoder(encoding)("strict")
        self._offset = 0
        self.damage: deque[Damage] = deque()

    def decode(self, input: bytes, final: bool = False) -> str:  # type: ignore[override]  # the base class takes any buffer
        """Return the text of the next bytes of the file."""
        before = self._decoder.getstate()
        try:
            text = self._decoder.decode(input, final)
        except UnicodeDecodeError:
            self._decoder.setstate(before)
            return "".join(self._decode_blocks(input, final))
        self._offset += len(input)
        return text

    def _decode_blocks(self, data: bytes, final: bool) -> Iterator[str]:
        """Decode in blocks, since the bytes behind a bad one are decoded again."""
        last = max(0, len(data) - 1) // _BLOCK_BYTES * _BLOCK_BYTES
        for start in range(0, last + 1, _BLOCK_BYTES):
            block = data[start : start + _BLOCK_BYTES]
            pending, state = self._decoder.getstate()
            yield from self._step_over(
                pending + block, len(pending), state, final and start == last
            )
            self._offset += len(block)

    def _step_over(self, data: bytes, pending: int, state: int, final: bool) -> Iterator[str]:
        """Yield the text of ``data``, whose first ``pending`` bytes were read before."""
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


def make_decoder(encoding: str) -> tuple[IncrementalNewlineDecoder, deque[Damage]]:
    r"""Return a decoder whose only row end is ``\n``, for CRLF, CR and LF, and its damage.

    Runs of bytes that did not decode and became a ``MARK`` are appended to the queue as they occur.
    """
    decoder = MarkingDecoder(encoding)
    return IncrementalNewlineDecoder(decoder, translate=True), decoder.damage

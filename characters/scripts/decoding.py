"""One strict pass over a file in one encoding, in bounded memory."""

import codecs
from contextlib import suppress
from dataclasses import dataclass
from io import IncrementalNewlineDecoder
from typing import BinaryIO

CHUNK_BYTES = 1 << 18

_SAMPLE_CHARACTERS = 20_000


@dataclass(frozen=True, slots=True)
class Failure:
    """Where a file stops being in an encoding."""

    byte: int
    """0-based offset in the file."""
    row: int
    """1-based row of the file."""


@dataclass(frozen=True, slots=True)
class Decoding:
    """What a pass saw."""

    failure: Failure | None
    sample: str
    """Beginnings of the first chunks with non-ASCII text."""
    blank: bool
    """Whether there was nothing but white space."""


def decode_all(file: BinaryIO, encoding: str) -> Decoding:
    """Decode ``file`` strictly, from its start to its end or the first byte that fails."""
    file.seek(0)
    decoder = codecs.getincrementaldecoder(encoding)("strict")
    sample = ""
    blank = True
    offset = 0
    while True:
        chunk = file.read(CHUNK_BYTES)
        pending = len(decoder.getstate()[0])
        try:
            text = decoder.decode(chunk, final=not chunk)
        except UnicodeError as error:
            byte = offset
            if isinstance(error, UnicodeDecodeError):  # else: UTF-16 without a mark
                byte = max(0, offset - pending + error.start)
            return Decoding(Failure(byte, _row_of(file, encoding, byte)), sample, blank)
        if blank and text.strip().strip("\ufeff\0").strip():
            blank = False
        if len(sample) < _SAMPLE_CHARACTERS and not text.isascii():
            sample += text[:_SAMPLE_CHARACTERS]
        if not chunk:
            return Decoding(None, sample, blank)
        offset += len(chunk)


def make_decoder(encoding: str, errors: str = "strict") -> IncrementalNewlineDecoder:
    """Decodes to text whose only row end is ``\\n``, whichever of CRLF, CR and LF was there."""
    return IncrementalNewlineDecoder(codecs.getincrementaldecoder(encoding)(errors), translate=True)


def _row_of(file: BinaryIO, encoding: str, byte: int) -> int:
    """The row in which the byte at the offset ``byte`` stands."""
    file.seek(0)
    decoder = make_decoder(encoding, "ignore")
    row = 1
    with suppress(UnicodeError):  # some codecs fail however they are told to ignore errors
        while byte > 0 and (chunk := file.read(min(CHUNK_BYTES, byte))):
            row += decoder.decode(chunk).count("\n")
            byte -= len(chunk)
    return row

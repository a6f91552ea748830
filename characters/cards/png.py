"""Read and write ``tEXt`` chunks of PNG and APNG pictures, before the end of the picture.

Format: PNG specification, third edition, sections 5.3 (chunks) and 11.3.3.2 (tEXt). APNG only
adds chunks to PNG's, so it needs no code of its own.
"""

import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from characters.errors import CardError

SIGNATURE = b"\x89PNG\r\n\x1a\n"
_OVERHEAD = 12
"""Bytes of length, type and checksum around a chunk's data."""


@dataclass(frozen=True, slots=True)
class Chunk:
    """Hold one chunk: its four-letter type and its data."""

    type: bytes
    data: bytes

    def encode(self) -> bytes:
        """Return the chunk's bytes, with length and checksum."""
        body = self.type + self.data
        return len(self.data).to_bytes(4, "big") + body + zlib.crc32(body).to_bytes(4, "big")


@dataclass(frozen=True, slots=True)
class TextChunk:
    """Hold a ``tEXt`` chunk; the keyword in lower case, since readers disagree on its case."""

    keyword: str
    value: bytes


def read_texts(content: bytes) -> list[TextChunk]:
    """Return the ``tEXt`` chunks of a PNG, in order. Raises ``CardError`` ``damaged_picture``."""
    texts = []
    for chunk in _chunks(content):
        if chunk.type == b"tEXt":
            keyword, _, value = chunk.data.partition(b"\0")
            texts.append(TextChunk(keyword.decode("latin-1").lower(), value))
    return texts


def with_texts(content: bytes, texts: Iterable[tuple[str, bytes]]) -> bytes:
    """Return the same picture with ``texts`` as its only text chunks, right before its end.

    The old text chunks are dropped: an old card, an image generator's prompt, and any chunk that
    a program which reads only the first would take for the card.
    """
    kept = [c for c in _chunks(content) if c.type not in (b"tEXt", b"zTXt", b"iTXt", b"IEND")]
    new = [Chunk(b"tEXt", keyword.encode("latin-1") + b"\0" + value) for keyword, value in texts]
    return SIGNATURE + b"".join(chunk.encode() for chunk in (*kept, *new, Chunk(b"IEND", b"")))


def _chunks(content: bytes) -> Iterator[Chunk]:
    """Yield the chunks up to and including IEND; later bytes are no part of the picture."""
    if not content.startswith(SIGNATURE):
        raise CardError("damaged_picture", "The picture is not a PNG.")
    position = len(SIGNATURE)
    while position < len(content):
        length = int.from_bytes(content[position : position + 4], "big")
        end = position + _OVERHEAD + length
        if end > len(content):
            raise CardError("damaged_picture", "The PNG ends in the middle of a chunk.")
        body = content[position + 4 : end - 4]
        if zlib.crc32(body).to_bytes(4, "big") != content[end - 4 : end]:
            name = body[:4].decode("latin-1")
            raise CardError("damaged_picture", f"The PNG is damaged: chunk {name!r} is not intact.")
        yield Chunk(body[:4], body[4:])
        if body[:4] == b"IEND":
            return
        position = end

"""Read text chunks of PNG and APNG pictures, and write ``tEXt``, before the end of the picture.

Format: PNG specification, third edition, sections 5.3 (chunks) and 11.3.3 (tEXt, zTXt, iTXt).
APNG only adds chunks to PNG's, so it needs no code of its own.
"""

import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from characters.errors import CardError

SIGNATURE = b"\x89PNG\r\n\x1a\n"
_TEXT_TYPES = (b"tEXt", b"zTXt", b"iTXt")
_CARD_KEYWORDS = ("chara", "ccv")
INFLATED_BYTES = 32 * 1024 * 1024
"""Most bytes of a picture's compressed texts once inflated: the largest card in base64, twice."""
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
    """Hold a text chunk; the keyword in lower case, since readers disagree on its case."""

    keyword: str
    value: bytes


def read_texts(content: bytes, inflated: int = INFLATED_BYTES) -> list[TextChunk]:
    """Return the texts of a PNG, in order; compressed ones inflate to ``inflated`` bytes in all.

    Compressed texts that are no part of a card are left out. Raises ``CardError``:
    ``damaged_picture``; ``too_large`` beyond ``inflated``.
    """
    texts = []
    for chunk in _chunks(content):
        if chunk.type not in _TEXT_TYPES:
            continue
        key, _, value = chunk.data.partition(b"\0")
        keyword = key.decode("latin-1").lower()
        compressed = chunk.type == b"zTXt"
        if compressed:
            value = value[1:]
        elif chunk.type == b"iTXt":
            compressed, value = _international(value)
        if compressed:
            if not keyword.startswith(_CARD_KEYWORDS):
                continue
            value = _inflate(value, inflated)
            inflated -= len(value)
        texts.append(TextChunk(keyword, value))
    return texts


def _international(value: bytes) -> tuple[bool, bytes]:
    """Return whether the text behind the keyword of an ``iTXt`` is compressed, and the text.

    Before it stand a flag, the method, a language and the translated keyword, each ended by NUL.
    """
    flag, rest = value[:1], value[2:]
    _, _, rest = rest.partition(b"\0")
    _, _, text = rest.partition(b"\0")
    return flag == b"\1", text


def _inflate(value: bytes, most: int) -> bytes:
    inflater = zlib.decompressobj()
    try:
        text = inflater.decompress(value, max(1, most))
    except zlib.error as error:
        raise CardError(
            "damaged_picture", f"The PNG is damaged: a compressed text cannot be read: {error}."
        ) from error
    if inflater.unconsumed_tail or len(text) > most:
        raise CardError("too_large", "The compressed texts of the picture are too long.")
    return text


def with_texts(content: bytes, texts: Iterable[tuple[str, bytes]]) -> bytes:
    """Return the same picture with ``texts`` as its only text chunks, right before its end.

    The old text chunks are dropped: an old card, an image generator's prompt, and any chunk that
    a program which reads only the first would take for the card.
    """
    kept = [c for c in _chunks(content) if c.type not in (*_TEXT_TYPES, b"IEND")]
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

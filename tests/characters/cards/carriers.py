"""Files around a card's JSON, built by hand: another way than the code under test takes."""

import base64
import json
import struct
import zipfile
import zlib
from io import BytesIO
from pathlib import Path
from typing import Any

FIXTURES = Path(__file__).parents[2] / "fixtures" / "cards"
SIGNATURE = b"\x89PNG\r\n\x1a\n"
V3_TEXT = (FIXTURES / "lantern-keeper.v3.json").read_bytes()
V3: dict[str, Any] = json.loads(V3_TEXT)
V1: dict[str, Any] = json.loads((FIXTURES / "ferry-clerk.v1.json").read_bytes())


def v2(**data: Any) -> dict[str, Any]:
    return {"spec": "chara_card_v2", "spec_version": "2.0", "data": {"name": "Vi", **data}}


def encode(document: Any) -> bytes:
    return json.dumps(document).encode()


def chunk(kind: bytes, data: bytes) -> bytes:
    checksum = zlib.crc32(kind + data)
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", checksum)


def text_chunk(keyword: str, document: Any) -> bytes:
    return chunk(b"tEXt", keyword.encode() + b"\0" + base64.b64encode(encode(document)))


def png(*extra: bytes, before: bytes = b"") -> bytes:
    """A picture of one grey pixel, ``before`` ahead of its pixels and ``extra`` after them."""
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0))
    pixels = chunk(b"IDAT", zlib.compress(b"\0\x80"))
    return SIGNATURE + header + before + pixels + b"".join(extra) + chunk(b"IEND", b"")


def apng(*extra: bytes) -> bytes:
    """The same picture as an animation of one frame."""
    control = chunk(b"acTL", struct.pack(">II", 1, 0))
    frame = chunk(b"fcTL", struct.pack(">IIIIIHHBB", 0, 1, 1, 0, 0, 1, 10, 0, 0))
    return png(*extra, before=control + frame)


def texts_of(content: bytes) -> list[tuple[str, Any]]:
    """The text chunks of a PNG as (keyword, JSON), each checksum verified."""
    found, position = [], len(SIGNATURE)
    while position < len(content):
        (length,) = struct.unpack_from(">I", content, position)
        body = content[position + 4 : position + 8 + length]
        (checksum,) = struct.unpack_from(">I", content, position + 8 + length)
        assert zlib.crc32(body) == checksum
        if body[:4] == b"tEXt":
            keyword, value = body[4:].split(b"\0")
            found.append((keyword.decode(), json.loads(base64.b64decode(value, validate=True))))
        position += 12 + length
    return found


def archive(files: dict[str, bytes], compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    buffer = BytesIO()
    with zipfile.ZipFile(buffer, "w", compression) as opened:
        for path, content in files.items():
            opened.writestr(path, content)
    return buffer.getvalue()


def webp(comment: bytes) -> bytes:
    """A WebP of one pixel whose EXIF holds ``comment``, written as TIFF 6.0 lays it out."""
    from PIL import Image

    entry = struct.pack("<HHII", 37_510, 7, len(comment), 44)
    exif = struct.pack("<2sHI", b"II", 42, 8)
    exif += struct.pack("<H", 1) + struct.pack("<HHII", 0x8769, 4, 1, 26) + struct.pack("<I", 0)
    exif += struct.pack("<H", 1) + entry + struct.pack("<I", 0) + comment
    buffer = BytesIO()
    Image.new("RGB", (1, 1)).save(buffer, "WEBP", exif=exif)
    return buffer.getvalue()


def jpeg() -> bytes:
    from PIL import Image

    buffer = BytesIO()
    Image.new("RGB", (8, 4)).save(buffer, "JPEG")
    return buffer.getvalue()

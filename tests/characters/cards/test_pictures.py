import struct
import zlib
from io import BytesIO

import pytest
from PIL import Image

from characters.cards.pictures import placeholder, reencode
from characters.errors import CardError
from tests.characters.cards.carriers import chunk, jpeg, png, webp


def opened(content: bytes) -> Image.Image:
    picture = Image.open(BytesIO(content), formats=["PNG"])
    picture.load()
    return picture


@pytest.mark.parametrize("content", [png(), webp(b"{}"), jpeg()])
def test_a_picture_becomes_a_plain_png(content: bytes) -> None:
    assert opened(reencode(content)).size in ((1, 1), (8, 4))


def test_nothing_but_pixels_survives() -> None:
    content = png(chunk(b"tEXt", b"secret\0place")) + b"secret behind the end"
    assert b"secret" not in reencode(content)


def test_large_pictures_are_made_smaller_and_keep_their_shape() -> None:
    buffer = BytesIO()
    Image.new("RGB", (400, 100)).save(buffer, "PNG")
    assert opened(reencode(buffer.getvalue(), longest_side=200)).size == (200, 50)


@pytest.mark.parametrize("mode", ["RGB", "RGBA"])
def test_a_picture_is_turned_as_its_exif_says(mode: str) -> None:
    exif = Image.Exif()
    exif[274] = 6  # a quarter turn
    buffer = BytesIO()
    Image.new(mode, (400, 100)).save(buffer, "WEBP", exif=exif)
    assert opened(reencode(buffer.getvalue(), longest_side=200)).size == (50, 200)


def test_a_picture_that_would_fill_the_memory_is_refused_unread() -> None:
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", 30_000, 30_000, 8, 2, 0, 0, 0))
    content = (
        b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND", b"")
    )
    with pytest.raises(CardError) as refused:
        reencode(content)
    assert refused.value.code == "bad_picture"


@pytest.mark.parametrize("content", [b"", b"<svg/>", b"%PDF-1.4", png()[:40], b"GIF89a"])
def test_what_is_no_picture_is_refused(content: bytes) -> None:
    with pytest.raises(CardError) as refused:
        reencode(content)
    assert refused.value.code == "bad_picture"


def test_there_is_a_picture_for_those_without() -> None:
    assert opened(placeholder()).size == (400, 600)

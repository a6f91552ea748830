"""Re-encode untrusted pictures: decoded within bounds, written anew."""

from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import TYPE_CHECKING

from characters.cards.assets import picture_type
from characters.errors import CardError

if TYPE_CHECKING:
    from PIL import Image

_NAMES = {"png": "PNG", "jpg": "JPEG", "webp": "WebP", "gif": "GIF"}
_OF_CARDS = ("png", "jpg", "webp", "gif")
_OF_BACKDROPS = ("png", "jpg", "webp")
MAX_PIXELS = 20_000_000
"""Most pixels of a picture that is decoded, above any generator's; a WebP takes 20 bytes each."""
LONGEST_SIDE = 1_024
"""Pixels that the longest side of a portrait is reduced to."""
_SMALL_PORTRAIT = 480
_BACKDROP, _SMALL_BACKDROP = 1_920, 800
"""Longest sides: a backdrop fills a wide window, and a small one a card."""
_PLACEHOLDER_SIZE = (400, 600)
"""The customary proportions of card pictures."""


@dataclass(frozen=True, slots=True)
class ShownPicture:
    """Hold a picture as pages show it, in two sizes."""

    media_type: str
    large: bytes
    small: bytes


@dataclass(frozen=True, slots=True)
class Portrait:
    """Hold a character's picture: the PNG that its card carries, and what pages show."""

    png: bytes
    shown: ShownPicture


def read_portrait(content: bytes) -> Portrait:
    """Return the first frame of a PNG, JPEG, WebP or GIF; raise ``CardError`` ``bad_picture``.

    Nothing but pixels is kept: no text, no EXIF, no bytes after the end.
    """
    picture = _decode(content, LONGEST_SIDE, _OF_CARDS)
    return Portrait(_as_png(picture), _in_two_sizes(picture, _SMALL_PORTRAIT))


def read_backdrop(content: bytes) -> ShownPicture:
    """Return the first frame of a PNG, JPEG or WebP; raise ``CardError`` ``bad_picture``.

    Nothing but pixels is kept.
    """
    return _in_two_sizes(_decode(content, _BACKDROP, _OF_BACKDROPS), _SMALL_BACKDROP)


def reencode(content: bytes, *, longest_side: int = LONGEST_SIDE) -> bytes:
    """Return the first frame of a PNG, JPEG, WebP or GIF as a PNG, reduced to ``longest_side``.

    Nothing but pixels is kept. Raises ``CardError`` ``bad_picture``.
    """
    return _as_png(_decode(content, longest_side, _OF_CARDS))


def placeholder() -> bytes:
    """Return a plain PNG for a character without a picture, since a PNG card needs one."""
    from PIL import Image  # noqa: PLC0415  # heavy, and needed for pictures only

    return _as_png(Image.new("RGB", _PLACEHOLDER_SIZE, "#6b7280"))


def _decode(content: bytes, longest_side: int, kinds: Sequence[str]) -> "Image.Image":
    """Return a picture of one of the ``kinds``, reduced, upright, and with no metadata."""
    from PIL import Image, ImageOps  # noqa: PLC0415  # heavy, and needed for pictures only

    names = [_NAMES[kind] for kind in kinds]
    if picture_type(content) not in kinds:
        raise CardError(
            "bad_picture", f"The picture is not a {', '.join(names[:-1])} or {names[-1]}."
        )
    try:
        with Image.open(BytesIO(content), formats=[name.upper() for name in names]) as opened:
            _check_pixels(opened.size)
            if opened.mode == "RGBA":  # converting would copy it
                opened.load()
                picture: Image.Image = opened
            else:
                picture = opened.convert("RGBA")
            picture.thumbnail((longest_side, longest_side))
            upright = ImageOps.exif_transpose(picture)
            bare = Image.new("RGBA", upright.size)  # a saved picture keeps its colour profile
            bare.paste(upright)
            return bare
    except CardError:
        raise
    # Pillow raises what its decoders meet: OSError, SyntaxError, ValueError, struct.error, ...
    except Exception as error:
        raise CardError("bad_picture", f"The picture cannot be read: {error}.") from error


def _check_pixels(size: tuple[int, int]) -> None:
    width, height = size
    if width * height > MAX_PIXELS:
        raise CardError(
            "bad_picture",
            f"The picture has {width} x {height} pixels; at most {MAX_PIXELS:,} are read.",
        )


def _as_png(picture: "Image.Image") -> bytes:
    buffer = BytesIO()
    picture.save(buffer, "PNG")
    return buffer.getvalue()


def _in_two_sizes(picture: "Image.Image", small_side: int) -> ShownPicture:
    large = _as_webp(picture)
    small = picture.copy()
    small.thumbnail((small_side, small_side))
    return ShownPicture("image/webp", large, _as_webp(small))


def _as_webp(picture: "Image.Image") -> bytes:
    buffer = BytesIO()
    picture.save(buffer, "WEBP", quality=82, method=4)
    return buffer.getvalue()

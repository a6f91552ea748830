"""Re-encode untrusted pictures: decoded within bounds, written as a plain PNG."""

from io import BytesIO
from typing import TYPE_CHECKING

from characters.cards.assets import picture_type
from characters.errors import CardError

if TYPE_CHECKING:
    from PIL import Image

_FORMATS = ("PNG", "JPEG", "WEBP", "GIF")
MAX_PIXELS = 20_000_000
"""Most pixels of a picture that is decoded, above any generator's; a WebP takes 20 bytes each."""
LONGEST_SIDE = 1_024
"""Pixels that the longest side is reduced to."""
_PLACEHOLDER_SIZE = (400, 600)
"""The customary proportions of card pictures."""


def reencode(content: bytes, *, longest_side: int = LONGEST_SIDE) -> bytes:
    """Return the first frame of a PNG, JPEG, WebP or GIF as a PNG, reduced to ``longest_side``.

    Keeps nothing but pixels: no text, no EXIF, no bytes after the end. Raises ``CardError``
    ``bad_picture``.
    """
    from PIL import Image, ImageOps  # noqa: PLC0415  # heavy, and needed for pictures only

    if picture_type(content) is None:
        raise CardError("bad_picture", "The picture is not a PNG, JPEG, WebP or GIF.")
    try:
        with Image.open(BytesIO(content), formats=_FORMATS) as opened:
            _check_pixels(opened.size)
            if opened.mode == "RGBA":  # converting would copy it
                opened.load()
                picture: Image.Image = opened
            else:
                picture = opened.convert("RGBA")
            picture.thumbnail((longest_side, longest_side))
            picture = ImageOps.exif_transpose(picture)
    except CardError:
        raise
    # Pillow raises what its decoders meet: OSError, SyntaxError, ValueError, struct.error, ...
    except Exception as error:
        raise CardError("bad_picture", f"The picture cannot be read: {error}.") from error
    return _as_png(picture)


def placeholder() -> bytes:
    """Return a plain PNG for a character without a picture, since a PNG card needs one."""
    from PIL import Image  # noqa: PLC0415  # heavy, and needed for pictures only

    return _as_png(Image.new("RGB", _PLACEHOLDER_SIZE, "#6b7280"))


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

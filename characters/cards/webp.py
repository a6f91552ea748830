"""Read a card's JSON from a WebP picture's EXIF ``UserComment``, where Agnai puts it.

Format: EXIF 2.32, section 4.6.5, tag 37510: eight bytes naming the character code, then text.
"""

from io import BytesIO

from characters.errors import CardError

_EXIF_DIRECTORY = 0x8769
_USER_COMMENT = 37_510
_ASCII = b"ASCII\0\0\0"
_UNICODE = b"UNICODE\0"
_UNDEFINED = b"\0" * 8


def is_webp(content: bytes) -> bool:
    """Return whether ``content`` begins as a WebP picture does."""
    return content[:4] == b"RIFF" and content[8:12] == b"WEBP"


def read_user_comment(content: bytes) -> bytes | None:
    """Return the JSON text in the picture's EXIF data, None if it has none; decode no pixels.

    Raises ``CardError`` ``damaged_picture``.
    """
    from PIL import Image  # noqa: PLC0415  # heavy, and needed for pictures only

    try:
        with Image.open(BytesIO(content), formats=["WEBP"]) as picture:
            comment = picture.getexif().get_ifd(_EXIF_DIRECTORY).get(_USER_COMMENT)
    # Pillow raises what its parsers meet: SyntaxError, struct.error, ...
    except Exception as error:
        raise CardError("damaged_picture", f"The WebP picture cannot be read: {error}.") from error
    if isinstance(comment, str):
        return comment.encode()
    return _without_code(comment) if isinstance(comment, bytes) else None


def _without_code(comment: bytes) -> bytes:
    code, text = comment[:8], comment[8:]
    if code in (_ASCII, _UNICODE, _UNDEFINED):
        return text.strip(b"\0 ") if code != _UNICODE else text
    return comment

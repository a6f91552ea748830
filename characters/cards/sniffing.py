"""Detect whether a file is a card, without reading all of it as one."""

from typing import BinaryIO

from characters import archives
from characters.cards import archive, png, webp
from characters.cards.model import CardLimits
from characters.cards.shapes import has_card_shape
from characters.json_values import JsonTextError, parse_json

_HEAD = 64
_JPEG = b"\xff\xd8\xff"
_BEFORE_JSON = b"\xef\xbb\xbf\xff\xfe\0 \t\r\n"
"""Byte order marks, white space, and the zero byte of a wide character."""
_YAML_NAMES = (".yaml", ".yml")


def is_card(file: BinaryIO, filename: str = "", limits: CardLimits = CardLimits()) -> bool:  # noqa: B008  # frozen
    """Return whether ``file`` (seekable) should be read as a card.

    Every picture counts: Offbook reads no other pictures, and the card reader reports what this
    one lacks. An archive counts if it has a ``card.json`` at its root, JSON by its keys. Only
    YAML is recognised by its file's name, for a play can look like YAML.
    """
    file.seek(0)
    head = file.read(_HEAD)
    if head.startswith((png.SIGNATURE, _JPEG)) or webp.is_webp(head):
        return True
    if archives.is_archive(file):
        return archive.has_card(file, limits)
    return filename.lower().endswith(_YAML_NAMES) or _is_card_json(file, head, limits)


def _is_card_json(file: BinaryIO, head: bytes, limits: CardLimits) -> bool:
    if head.lstrip(_BEFORE_JSON)[:1] != b"{":
        return False
    file.seek(0)
    content = file.read(limits.json_bytes + 1)
    if len(content) > limits.json_bytes:
        return False
    try:
        return has_card_shape(parse_json(content))
    except JsonTextError:
        return False

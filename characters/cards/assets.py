"""Resolve a card's ``assets``: files beside it, data inside it, the picture it came in."""

import base64
import binascii
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import unquote_to_bytes

from characters.cards.model import Card
from characters.json_values import JsonObject

EMBEDDED = "embeded://"
"""Spelled with one d in the V3 specification."""
_EMBEDDED_PREFIXES = (EMBEDDED, "embedded://")
CARRIER = "ccdefault:"
_MAGIC = {
    b"\x89PNG\r\n\x1a\n": "png",
    b"\xff\xd8\xff": "jpg",
    b"GIF87a": "gif",
    b"GIF89a": "gif",
}


@dataclass(frozen=True, slots=True)
class Asset:
    """Hold one entry of ``assets``, with its bytes where the card contains them."""

    type: str
    name: str
    uri: str
    content: bytes | None


def read_assets(card: Card) -> list[Asset]:
    """Return the card's assets, in order. A V3 card without the list has its picture as icon."""
    entries = card.data.get("assets")
    if not isinstance(entries, list):
        return [Asset("icon", "main", CARRIER, card.picture)]
    return [
        Asset(_text(entry, "type"), _text(entry, "name"), uri, resolve(card, uri))
        for entry in entries
        if isinstance(entry, dict)
        for uri in [_text(entry, "uri")]
    ]


def find_avatar(card: Card) -> bytes | None:
    """Return the picture that shows the character; the bytes are untrusted, so re-encode them.

    Prefers the icon called ``main``, then another icon, the carrier, Agnai's ``avatar``.
    """
    return next((content for content in _avatars(card) if picture_type(content)), None)


def resolve(card: Card, uri: str) -> bytes | None:
    """Return the bytes that ``uri`` names inside the card; None for web addresses and gaps."""
    if uri == CARRIER:
        return card.picture
    if uri.startswith("data:"):
        return _read_data_uri(uri)
    for prefix in _EMBEDDED_PREFIXES:
        if uri.startswith(prefix):
            return card.files.get(uri.removeprefix(prefix))
    return card.files.get(uri.lower())


def picture_type(content: bytes) -> str | None:
    """Return ``png``, ``jpg``, ``gif`` or ``webp`` by the first bytes, None for other content."""
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return "webp"
    return next((ext for magic, ext in _MAGIC.items() if content.startswith(magic)), None)


def _avatars(card: Card) -> Iterator[bytes]:
    icons = [asset for asset in read_assets(card) if asset.type == "icon"]
    for asset in sorted(icons, key=lambda asset: asset.name != "main"):
        if asset.content:
            yield asset.content
    if card.picture:
        yield card.picture
    avatar = card.envelope.get("avatar")
    if isinstance(avatar, str) and avatar.startswith("data:"):
        yield _read_data_uri(avatar) or b""


def _read_data_uri(uri: str) -> bytes | None:
    """Return the bytes of a ``data:[type][;base64],data`` URI (RFC 2397), None if damaged."""
    head, _, data = uri.partition(",")
    if not head.endswith(";base64"):
        return unquote_to_bytes(data)
    try:
        return base64.b64decode(unquote_to_bytes(data))
    except binascii.Error:
        return None


def _text(entry: JsonObject, key: str) -> str:
    value = entry.get(key)
    return value if isinstance(value, str) else ""

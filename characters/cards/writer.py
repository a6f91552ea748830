"""Write cards as V2 and V3 JSON, PNG and CHARX, as SillyTavern, RisuAI and Agnai read them."""

import base64
import re

from characters.cards import archive, png
from characters.cards.assets import CARRIER, EMBEDDED, picture_type, resolve
from characters.cards.model import Card
from characters.cards.versions import to_v2, to_v3
from characters.json_values import JsonObject, dump_json

_NOT_IN_A_NAME = re.compile(r"[^A-Za-z0-9._-]+")
_FOLDERS = {"icon", "background", "emotion", "user_icon"}
_NAME_CHARACTERS = 100
"""Longest name; RisuAI cuts there too."""


def write_v2_json(card: Card) -> bytes:
    """Return the V2 object as UTF-8 JSON."""
    return dump_json(to_v2(card), indent=2)


def write_v3_json(card: Card, *, modified: int) -> bytes:
    """Return the V3 object as UTF-8 JSON, files as ``data:`` URIs. ``modified``: Unix seconds."""
    return dump_json(_inline(card, to_v3(card, modified=modified)), indent=2)


def write_png(card: Card, picture: bytes, *, modified: int) -> bytes:
    """Return ``picture``, a PNG, carrying the card twice: ``chara`` (V2) first, then ``ccv3`` (V3).

    V2 comes first because Agnai reads only the first text chunk; both are written because RisuAI
    prefers the second and older programs know only the first. ``modified``: Unix seconds. Raises
    ``CardError`` ``damaged_picture`` if the picture is no PNG; ``pictures.reencode`` makes one.
    """
    v3 = _inline(card, to_v3(card, modified=modified), picture_outside=True)
    values = (("chara", to_v2(card)), ("ccv3", v3))
    return png.with_texts(picture, [(key, base64.b64encode(dump_json(v))) for key, v in values])


def write_charx(card: Card, picture: bytes | None = None, *, modified: int) -> bytes:
    """Return a CHARX archive: the assets and ``card.json``, the V3 object that names them.

    ``picture`` becomes the main icon where the card refers to the picture it came in, or has no
    assets. Files that came in another CHARX keep their paths. ``modified``: Unix seconds.
    """
    document = to_v3(card, modified=modified)
    files = {path: content for path, content in card.files.items() if not path.startswith("__")}
    for entry in _assets(document, has_picture=picture is not None):
        uri = str(entry.get("uri", ""))
        content = picture if uri == CARRIER else resolve(card, uri)
        if content is not None and not uri.startswith((EMBEDDED, "embedded://")):
            path = _free_path(entry, content, files)
            files[path] = content
            entry["uri"] = EMBEDDED + path
    return archive.write_archive({archive.CARD_JSON: dump_json(document), **files})


def _inline(card: Card, document: JsonObject, *, picture_outside: bool = False) -> JsonObject:
    """Put the card's files into ``document``; ``picture_outside`` leaves its own picture out."""
    for entry in _assets(document, has_picture=False):
        uri = str(entry.get("uri", ""))
        if uri.startswith("data:") or (picture_outside and uri == CARRIER):
            continue
        content = resolve(card, uri)
        if content is not None:
            entry["uri"] = (
                f"data:{_media_type(content)};base64,{base64.b64encode(content).decode()}"
            )
    return document


def _assets(document: JsonObject, *, has_picture: bool) -> list[JsonObject]:
    data = document["data"]
    assert isinstance(data, dict)  # noqa: S101  # to_v3 made it
    if has_picture and not isinstance(data.get("assets"), list):
        data["assets"] = [{"type": "icon", "uri": CARRIER, "name": "main", "ext": "png"}]
    entries = data.get("assets")
    return [e for e in entries if isinstance(e, dict)] if isinstance(entries, list) else []


def _free_path(entry: JsonObject, content: bytes, taken: dict[str, bytes]) -> str:
    kind = str(entry.get("type", ""))
    picture = picture_type(content)
    ext = picture or _plain(str(entry.get("ext", "")), "bin")
    folder = f"assets/{kind if kind in _FOLDERS else 'other'}/{'images' if picture else 'other'}"
    name = _plain(str(entry.get("name", "")), "asset")
    numbers = (f"_{number}" if number else "" for number in range(len(taken) + 1))
    return next(
        path for number in numbers if (path := f"{folder}/{name}{number}.{ext}") not in taken
    )


def _plain(name: str, otherwise: str) -> str:
    return _NOT_IN_A_NAME.sub("_", name)[:_NAME_CHARACTERS].strip("._") or otherwise


def _media_type(content: bytes) -> str:
    ext = picture_type(content)
    return f"image/{'jpeg' if ext == 'jpg' else ext}" if ext else "application/octet-stream"

"""Read a ``Card`` from JSON, YAML, PNG, APNG, WebP, CHARX, or JPEG followed by a CHARX.

The carrier is detected by the file's first and last bytes, never by its name.
"""

import binascii
import re
from collections.abc import Iterable
from dataclasses import replace

from characters.cards import archive, png, webp
from characters.cards.model import MEBIBYTE, Card, CardLimits
from characters.cards.shapes import read_object, read_yaml_object
from characters.errors import CardError
from characters.json_values import JsonTextError, JsonValue, parse_json

_JPEG = b"\xff\xd8\xff"
_PNG_ASSET = re.compile(r"chara-ext-asset_:?(\w{1,80})")
_RISU_PRIVATE = b"rcc"
"""First bytes of RisuAI's encrypted cards; no base64 of a JSON object begins with them."""
_YAML_BYTES = 32 * 1024
_YAML_DEPTH = 10
"""A YAML character is a few KiB of flat text. YAML parses slowly, nested YAML even more so."""


def read_card(content: bytes, limits: CardLimits = CardLimits()) -> Card:  # noqa: B008  # frozen
    """Return the card in ``content``, the bytes of one file.

    Raises ``CardError``, codes: ``too_large``, ``no_card`` (a picture without one), ``not_a_card``,
    ``not_json``, ``no_name``, ``encrypted_card``, ``damaged_picture``, ``damaged_archive``,
    ``unsafe_archive``.
    """
    if len(content) > limits.file_bytes:
        size = limits.file_bytes / MEBIBYTE
        raise CardError("too_large", f"The card's file is larger than {size:,.4g} MiB.")
    if content.startswith(png.SIGNATURE):
        return _read_png(content, limits)
    if webp.is_webp(content):
        return _read_webp(content, limits)
    if archive.is_archive(content):
        return _read_archive(content, limits)
    if content.startswith(_JPEG):
        raise CardError("no_card", "This JPEG picture carries no card.")
    return _read_text(content, limits)


def _read_png(content: bytes, limits: CardLimits) -> Card:
    texts = png.read_texts(content)
    values = {text.keyword: text.value for text in reversed(texts)}  # the first of a keyword wins
    encoded = values.get("ccv3", values.get("chara"))
    if encoded is None:
        found = ", ".join(sorted(values)[:12]) or "none"
        raise CardError(
            "no_card",
            "This PNG picture carries no card: it needs a text chunk “ccv3” or “chara”, "
            f"and has: {found[:200]}.",
        )
    if encoded.startswith(_RISU_PRIVATE):
        raise CardError("encrypted_card", "This card is encrypted for RisuAI only.")
    written = encoded if encoded.lstrip()[:1] == b"{" else _decode_base64(encoded)
    card = read_object(_parse(written, limits))
    files = _png_assets(values, limits)
    return replace(card, files=files, picture=png.with_texts(content, []))


def _png_assets(values: dict[str, bytes], limits: CardLimits) -> dict[str, bytes]:
    found = {
        f"__asset:{match[1]}": value
        for keyword, value in values.items()
        if (match := _PNG_ASSET.fullmatch(keyword))
    }
    if len(found) > limits.entries:
        raise CardError("too_large", f"The picture has more than {limits.entries} assets.")
    return {uri: _decode_base64(value) for uri, value in found.items()}


def _read_webp(content: bytes, limits: CardLimits) -> Card:
    comment = webp.read_user_comment(content)
    if comment is None:
        raise CardError("no_card", "This WebP picture carries no card in its EXIF comment.")
    return replace(read_object(_parse(comment, limits)), picture=content)


def _read_archive(content: bytes, limits: CardLimits) -> Card:
    files = archive.read_archive(content, limits)
    document = files.pop(archive.CARD_JSON, None)
    if document is None:
        raise CardError("no_card", "The archive has no “card.json”; a CHARX has one at its root.")
    card = read_object(_parse(document, limits))
    picture = content if content.startswith(_JPEG) else None
    return replace(card, files=files, picture=picture)


def _read_text(content: bytes, limits: CardLimits) -> Card:
    try:
        return read_object(_parse(content, limits))
    except CardError as error:
        if error.code != "not_json" or content.lstrip()[:1] in (b"{", b"["):
            raise
    return read_yaml_object(_parse_yaml(content, limits))


def _parse(text: bytes, limits: CardLimits) -> JsonValue:
    _check_length(text, limits)
    try:
        return parse_json(text)
    except JsonTextError as error:
        raise CardError("not_json", f"The card's text is {error}.") from error


def _parse_yaml(text: bytes, limits: CardLimits) -> JsonValue:
    import yaml  # noqa: PLC0415  # rarely needed

    if len(text) > _YAML_BYTES:
        raise CardError(
            "not_json",
            f"The file is not JSON, and for YAML it is longer than {_YAML_BYTES:,} bytes.",
        )
    try:
        _check_events(yaml.parse(text, Loader=yaml.BaseLoader))
        # Strings, lists and maps only: "name: no" is a name, and a date stays text.
        document: JsonValue = yaml.load(text, Loader=yaml.BaseLoader)  # noqa: S506  # makes no objects
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise CardError("not_json", "The file is neither JSON nor YAML.") from error
    return document


def _check_events(events: Iterable[object]) -> None:
    """Raise ``CardError`` for YAML that is slow to parse or expands; no character needs it."""
    import yaml  # noqa: PLC0415  # as above

    depth = 0
    for event in events:
        if isinstance(event, yaml.AliasEvent):
            raise CardError("not_json", "The file is YAML with aliases (*name); write them out.")
        depth += isinstance(event, yaml.CollectionStartEvent)
        depth -= isinstance(event, yaml.CollectionEndEvent)
        if depth > _YAML_DEPTH:
            raise CardError("not_json", f"The YAML is nested more than {_YAML_DEPTH} levels deep.")


def _check_length(text: bytes, limits: CardLimits) -> None:
    if len(text) > limits.json_bytes:
        size = limits.json_bytes / MEBIBYTE
        raise CardError("too_large", f"The card's text is longer than {size:,.4g} MiB.")


def _decode_base64(value: bytes) -> bytes:
    """Decode base64 as programs write it: broken into lines, or without its padding."""
    compact = b"".join(value.split())
    try:
        return binascii.a2b_base64(compact + b"=" * (-len(compact) % 4), strict_mode=True)
    except binascii.Error as error:
        raise CardError(
            "damaged_picture", f"The card in the picture is damaged: {error}."
        ) from error

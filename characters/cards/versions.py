"""Convert a card to a V2 or V3 object with every field its specification requires."""

import copy

from characters.cards.model import V1_FIELDS, Card
from characters.json_values import JsonObject, JsonValue
from characters.lorebooks.decorators import strip_decorators
from characters.lorebooks.keys import is_written_as_pattern

V3_ONLY = (
    "assets",
    "nickname",
    "creator_notes_multilingual",
    "source",
    "group_only_greetings",
    "creation_date",
    "modification_date",
)
V3_NOTE = "This is a Character Card V3; this copy of it is for programs that read V2."
_MIRRORED = (*V1_FIELDS, "tags")


def to_v2(card: Card) -> JsonObject:
    """Return ``card`` as a V2 object.

    A V3 card loses its V3 fields, and the decorators in its lorebook, which a V2 program would
    put in the prompt.
    """
    data = copy.deepcopy(card.data)
    if card.origin == "v3":
        data = {key: value for key, value in data.items() if key not in V3_ONLY}
        data["creator_notes"] = "\n\n".join(filter(None, [card.text("creator_notes"), V3_NOTE]))
    for entry in _complete_book(data):
        if card.origin == "v3":
            entry["content"] = strip_decorators(str(entry["content"]))
    return _wrap(card, "chara_card_v2", "2.0", data)


def to_v3(card: Card, *, modified: int) -> JsonObject:
    """Return ``card`` as a V3 object, last changed at ``modified``: Unix seconds, UTC."""
    data = copy.deepcopy(card.data)
    data.setdefault("group_only_greetings", [])
    data["modification_date"] = modified
    for entry in _complete_book(data):
        if not isinstance(entry.get("use_regex"), bool):
            entry["use_regex"] = _all_patterns(entry["keys"])
        if not isinstance(entry.get("constant"), bool):
            entry["constant"] = False
    return _wrap(card, "chara_card_v3", "3.0", data)


def _wrap(card: Card, spec: str, version: str, data: JsonObject) -> JsonObject:
    """Put the envelope's keys back beside ``data``; SillyTavern's copies of fields are renewed."""
    mirrored = _MIRRORED if card.origin in ("v2", "v3") else ()
    beside = {key: data[key] if key in mirrored else value for key, value in card.envelope.items()}
    return {**beside, "spec": spec, "spec_version": version, "data": data}


def _complete_book(data: JsonObject) -> list[JsonObject]:
    """Add the fields the specifications require to the book in ``data``; return its entries."""
    book = data.get("character_book")
    if not isinstance(book, dict):
        return []
    book["extensions"] = _object(book.get("extensions"))
    entries = book.get("entries")
    kept = (
        [entry for entry in entries if isinstance(entry, dict)] if isinstance(entries, list) else []
    )
    for order, entry in enumerate(kept):
        _complete_entry(entry, order)
    book["entries"] = list(kept)
    return kept


def _complete_entry(entry: JsonObject, order: int) -> None:
    keys = entry.get("keys")
    entry["keys"] = keys if isinstance(keys, list) else [keys] if isinstance(keys, str) else []
    content = entry.get("content")
    entry["content"] = content if isinstance(content, str) else ""
    entry["extensions"] = _object(entry.get("extensions"))
    entry["enabled"] = entry.get("enabled") is not False
    number = entry.get("insertion_order")
    is_number = isinstance(number, int | float) and not isinstance(number, bool)
    entry["insertion_order"] = number if is_number else order


def _all_patterns(keys: JsonValue) -> bool:
    texts = keys if isinstance(keys, list) else []
    return bool(texts) and all(isinstance(k, str) and is_written_as_pattern(k) for k in texts)


def _object(value: JsonValue) -> JsonValue:
    return value if isinstance(value, dict) else {}

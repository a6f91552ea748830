"""Convert a card's known fields to their types, however other programs wrote them.

Seen in real cards: texts that are numbers or null, example dialogue as a list of its rows, lists
that are one string or null, tags in one comma-separated string, ``extensions`` null,
``character_book`` null.
"""

from characters.cards.model import LIST_FIELDS, TEXT_FIELDS
from characters.json_values import JsonObject, JsonValue


def normalise(data: JsonObject) -> tuple[JsonObject, list[str]]:
    """Return a copy of a card's ``data`` with every V2 field of its type, and warnings.

    Missing fields are added; unknown fields stay untouched, in their order.
    """
    result = dict(data)
    warnings: list[str] = []
    for name in TEXT_FIELDS:
        result[name] = _text(name, data.get(name), warnings)
    for name in (*LIST_FIELDS, "group_only_greetings"):
        if name in data or name in LIST_FIELDS:
            result[name] = _texts(name, data.get(name), warnings)
    result["extensions"] = _extensions(data.get("extensions"), warnings)
    book = result.get("character_book")
    if not isinstance(book, dict):
        result.pop("character_book", None)
        if book is not None:
            warnings.append("“character_book” is not an object; it was left out.")
    return result, warnings


def _text(name: str, value: JsonValue, warnings: list[str]) -> str:
    if isinstance(value, str):
        return value
    if value is None:
        return ""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return str(value)
    if (
        name == "mes_example"
        and isinstance(value, list)
        and all(isinstance(item, str) for item in value)
    ):
        return "\n".join(item for item in value if isinstance(item, str))
    warnings.append(f"“{name}” is not a text; it was left out.")
    return ""


def _texts(name: str, value: JsonValue, warnings: list[str]) -> list[JsonValue]:
    if value is None or value == "":
        return []
    if isinstance(value, str):
        parts = value.split(",") if name == "tags" else [value]
        return [part.strip() if name == "tags" else part for part in parts if part.strip()]
    if not isinstance(value, list):
        warnings.append(f"“{name}” is not a list; it was left out.")
        return []
    return [_text(name, item, warnings) for item in value if item is not None]


def _extensions(value: JsonValue, warnings: list[str]) -> JsonObject:
    if isinstance(value, dict):
        return value
    if value not in (None, [], ""):
        warnings.append("“extensions” is not an object; it was left out.")
    return {}

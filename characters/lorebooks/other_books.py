"""Convert the lorebooks of NovelAI, Agnai, RisuAI, KoboldAI and AI Dungeon to a V2 book.

Field names: files that these programs export. What an entry had stays in its ``extensions``, under
the program's name.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

from characters.json_values import JsonObject, JsonValue
from characters.lorebooks.keys import split_keys

Program = Literal["novelai", "agnai", "risu", "kobold", "dungeon"]


@dataclass(frozen=True, slots=True)
class _Fields:
    """Name the fields of a program's entries."""

    text: tuple[str, ...]
    keys: tuple[str, ...]
    name: tuple[str, ...]
    constant: tuple[str, ...] = ()
    secondary: tuple[str, ...] = ()
    order: tuple[str, ...] = ()
    priority: tuple[str, ...] = ()
    disabled: tuple[str, ...] = ()


_PROGRAMS: Mapping[Program, _Fields] = {
    "novelai": _Fields(("text",), ("keys",), ("displayName",), ("forceActivation",)),
    "agnai": _Fields(
        ("entry",), ("keywords",), ("name",), order=("weight",), priority=("priority",)
    ),
    "risu": _Fields(
        ("content",),
        ("key",),
        ("comment",),
        ("alwaysActive",),
        ("secondkey",),
        order=("insertorder",),
    ),
    "kobold": _Fields(
        ("content", "manual_text"),
        ("key",),
        ("comment", "title"),
        ("constant",),
        ("keysecondary",),
        disabled=("widisabled", "disable"),
    ),
    "dungeon": _Fields(("entry", "value"), ("keys",), ("title", "type")),
}


def program_of(document: JsonValue) -> Program | None:
    """Return the program whose book ``document`` is; None for other documents."""
    for program, find in _ENTRIES.items():
        entries = find(document)
        if entries and all(map(_SHAPES[program], entries)):
            return program
    return None


def book_of(document: JsonValue, program: Program) -> JsonObject:
    """Return the book of ``program`` in ``document``, spelled as in a card."""
    whole = document if isinstance(document, dict) else {}
    disabled = _disabled_categories(whole)
    entries: list[JsonValue] = [
        _entry_of(entry, program, disabled)
        for entry in _ENTRIES[program](document)
        if entry.get("mode") != "folder"
    ]
    name = whole.get("name")
    description = whole.get("description")
    return {
        "name": name if isinstance(name, str) else "",
        "description": description if isinstance(description, str) else "",
        "extensions": {},
        "entries": entries,
    }


def _entry_of(entry: JsonObject, program: Program, disabled: frozenset[str]) -> JsonObject:
    fields = _PROGRAMS[program]
    secondary = split_keys(_first(entry, fields.secondary))
    converted: JsonObject = {
        "name": _first(entry, fields.name) or "",
        "keys": split_keys(_first(entry, fields.keys)),
        "content": _first(entry, fields.text) or "",
        "enabled": _is_enabled(entry, fields, disabled),
        "constant": _first(entry, fields.constant) is True,
        "selective": bool(secondary) and entry.get("selective") is not False,
        "secondary_keys": secondary,
        "insertion_order": _first(entry, fields.order) or _budget_priority(entry) or 0,
        "extensions": {program: entry},
    }
    if (priority := _first(entry, fields.priority)) is not None:
        converted["priority"] = priority
    if entry.get("useRegex") is False:
        converted["use_regex"] = False
    return converted


def _is_enabled(entry: JsonObject, fields: _Fields, disabled: frozenset[str]) -> bool:
    if entry.get("enabled") is False or _first(entry, fields.disabled) is True:
        return False
    category = entry.get("category")
    return not category or not isinstance(category, str) or category not in disabled


def _disabled_categories(document: JsonObject) -> frozenset[str]:
    """Return the ids of NovelAI's categories that are switched off."""
    categories = document.get("categories")
    found = categories if isinstance(categories, list) else []
    return frozenset(
        str(category.get("id"))
        for category in found
        if isinstance(category, dict) and category.get("enabled") is False
    )


def _budget_priority(entry: JsonObject) -> JsonValue:
    """Return NovelAI's order of insertion."""
    config = entry.get("contextConfig")
    return config.get("budgetPriority") if isinstance(config, dict) else None


def _first(entry: JsonObject, names: tuple[str, ...]) -> JsonValue:
    return next((entry[name] for name in names if entry.get(name) not in (None, "")), None)


def _listed(value: JsonValue) -> list[JsonObject]:
    """Return the objects of a list, or of an object by number; nothing for a mixture."""
    values = list(value.values()) if isinstance(value, dict) else value
    if not isinstance(values, list):
        return []
    found = [each for each in values if isinstance(each, dict)]
    return found if len(found) == len(values) else []


def _under(name: str) -> Callable[[JsonValue], list[JsonObject]]:
    return lambda document: _listed(document.get(name)) if isinstance(document, dict) else []


def _risu(document: JsonValue) -> list[JsonObject]:
    is_risu = isinstance(document, dict) and document.get("type") == "risu"
    return _under("data")(document) if is_risu else []


def _kobold(document: JsonValue) -> list[JsonObject]:
    if isinstance(document, list):
        return _listed(document)
    return _under("worldinfo")(document) or (
        _under("entries")(document) if isinstance(document, dict) and "folders" in document else []
    )


_ENTRIES: Mapping[Program, Callable[[JsonValue], list[JsonObject]]] = {
    "novelai": _under("entries"),
    "agnai": _under("entries"),
    "risu": _risu,
    "kobold": _kobold,
    "dungeon": lambda document: _listed(document) if isinstance(document, list) else [],
}
_SHAPES: Mapping[Program, Callable[[JsonObject], bool]] = {
    "novelai": lambda entry: "text" in entry and "keys" in entry,
    "agnai": lambda entry: "entry" in entry and "keywords" in entry,
    "risu": lambda entry: "key" in entry and "content" in entry,
    "kobold": lambda entry: (
        "key" in entry and bool({"keysecondary", "keyanti", "constant"} & entry.keys())
    ),
    "dungeon": lambda entry: "keys" in entry and bool({"entry", "value"} & entry.keys()),
}

"""Convert the JSON shapes that cards are written in to a V2 ``data``.

Detection order and field names: character-card-spec V1, V2 and V3, and the native exports of
Agnai, Pygmalion, text-generation-webui, Character.AI and Backyard.
"""

import re
from collections.abc import Mapping

from characters.cards.model import V1_FIELDS, Card, CardOrigin
from characters.cards.tolerances import normalise
from characters.errors import CardError
from characters.json_values import JsonObject, JsonValue

V3_VERSION = 3.0
_PYGMALION = {
    "char_name": "name",
    "char_persona": "description",
    "char_greeting": "first_mes",
    "example_dialogue": "mes_example",
    "world_scenario": "scenario",
}
_AGNAI = {
    "name": "name",
    "description": "creator_notes",
    "scenario": "scenario",
    "greeting": "first_mes",
    "sampleChat": "mes_example",
    "alternateGreetings": "alternate_greetings",
    "systemPrompt": "system_prompt",
    "postHistoryInstructions": "post_history_instructions",
    "characterBook": "character_book",
    "characterVersion": "character_version",
    "creator": "creator",
    "tags": "tags",
    "extensions": "extensions",
}
_V1 = {
    "first_message": "first_mes",
    "example_dialogs": "mes_example",
    "example_dialogue": "mes_example",
    **{name: name for name in V1_FIELDS},
    "creatorcomment": "creator_notes",
    "tags": "tags",
}
"""The six V1 fields, other sites' spellings of two, and two that SillyTavern added."""
_CHARACTER_AI = {
    "name": "name",
    "title": "creator_notes",
    "description": "description",
    "greeting": "first_mes",
    "definition": "mes_example",
}
_BACKYARD = {
    "aiDisplayName": "name",
    "aiName": "name",
    "aiPersona": "description",
    "scenario": "scenario",
    "firstMessage": "first_mes",
    "customDialogue": "mes_example",
    "basePrompt": "system_prompt",
}
_YAML = {"name": "name", "context": "description", "greeting": "first_mes"}
_RENAMED: Mapping[CardOrigin, Mapping[str, str]] = {
    "pygmalion": _PYGMALION,
    "v1": _V1,
    "character.ai": _CHARACTER_AI,
    "backyard": _BACKYARD,
}
_IN_A_FIELD = frozenset(("character.ai", "backyard"))
_SPEC = re.compile(r"chara[_ ]?card[_ ]?v?([23])(?:\.\d)?", re.IGNORECASE)
_SPEAKING = frozenset(("first_mes", "mes_example"))
_DESCRIBING = frozenset(("description", "personality", "scenario"))
_V3_FIELDS = frozenset(("assets", "nickname", "group_only_greetings", "creator_notes_multilingual"))
_BESIDE = (*V1_FIELDS, "tags")
_KEYS_NAMED = 12


def read_object(document: JsonValue) -> Card:
    """Return the card in ``document``, a card's JSON, without files and picture.

    Raises ``CardError``: ``not_a_card`` with the keys seen, ``no_name``, ``unsupported_version``.
    """
    if not isinstance(document, dict):
        raise CardError("not_a_card", "A card's JSON must be an object at its top level.")
    return _check_name(_read_by_shape(document))


def read_yaml_object(document: JsonValue) -> Card:
    """Return the card in a YAML character of text-generation-webui: name, context, greeting.

    Raises ``CardError``: ``not_a_card``, ``no_name``.
    """
    if not isinstance(document, dict) or "name" not in document:
        raise CardError("not_a_card", "The file is neither a card's JSON nor a YAML character.")
    return _check_name(_renamed("yaml", document, _YAML))


def _check_name(card: Card) -> Card:
    if not card.name.strip():
        raise CardError("no_name", "The card has no name; give it one and import it again.")
    return card


def has_card_shape(document: JsonValue) -> bool:
    """Return whether ``document`` has the distinctive keys of a card format."""
    return isinstance(document, dict) and _shape_of(document) is not None


def _shape_of(document: JsonObject) -> CardOrigin | None:  # a shape each
    spec = document.get("spec")
    if isinstance(spec, str) and (named := _SPEC.fullmatch(spec.strip())):
        return "v3" if named[1] == "3" else "v2"
    if document.get("kind") == "character" or {"persona", "sampleChat"} <= document.keys():
        return "agnai"
    if "char_name" in document:
        return "pygmalion"
    return "v1" if _has_fields(document) else _shape_within(document)


def _shape_within(document: JsonObject) -> CardOrigin | None:
    """Return the shape of a card that lies in a field of the document."""
    data, character = document.get("data"), document.get("character")
    if isinstance(data, dict) and _has_fields(data):
        return "v3" if _V3_FIELDS & data.keys() else "v2"
    if not isinstance(character, dict):
        return None
    if "aiName" in character:
        return "backyard"
    return "character.ai" if {"name", "greeting"} <= character.keys() else None


def _has_fields(document: JsonObject) -> bool:
    """Return whether an object has a name and further fields of a card."""
    if "name" not in document or "entries" in document or "messages" in document:
        return False
    described = _DESCRIBING & document.keys()
    return bool(_SPEAKING & document.keys()) or len(described) > 1


def _read_by_shape(document: JsonObject) -> Card:
    if document.get("spec") == "lorebook_v3":
        raise CardError("not_a_card", "This file is a lorebook and holds no character.")
    shape = _shape_of(document)
    if shape == "v3":
        return _read_versioned("v3", document, _version_warnings(document))
    if shape == "v2":
        return _read_versioned("v2", document, [])
    if shape == "agnai":
        return _read_agnai(document)
    if shape is not None:
        inside = document.get("character") if shape in _IN_A_FIELD else document
        return _renamed(shape, inside if isinstance(inside, dict) else {}, _RENAMED[shape])
    seen = ", ".join(key[:40] for key in list(document)[:_KEYS_NAMED]) or "none"
    raise CardError("not_a_card", f"No character card format has these keys: {seen}.")


def _version_warnings(document: JsonObject) -> list[str]:
    """Return a warning for a newer version: V3 asks readers to accept it and say so."""
    version = document.get("spec_version")
    try:
        number = float(version) if isinstance(version, str | int | float) else V3_VERSION
    except (ValueError, OverflowError):
        return ["The card's “spec_version” is not a number; it was read as 3.0."]
    if number > V3_VERSION:
        return [f"The card is of version {number:g}, newer than 3.0; parts may be ignored."]
    return []


def _read_versioned(origin: CardOrigin, document: JsonObject, warnings: list[str]) -> Card:
    data = document.get("data")
    if not isinstance(data, dict):
        raise CardError("not_a_card", f"The {origin.upper()} card has no “data” object.")
    # Some programs write fields only beside `data`; where both have one, `data` wins.
    beside = {name: document[name] for name in _BESIDE if name in document and name not in data}
    normal, more = normalise({**data, **beside})
    envelope = {k: v for k, v in document.items() if k not in ("spec", "spec_version", "data")}
    return Card(origin, normal, envelope, warnings=(*warnings, *more))


def _renamed(origin: CardOrigin, document: JsonObject, names: Mapping[str, str]) -> Card:
    """Return the card of an object with renamed fields; other keys become the envelope."""
    data, warnings = normalise(
        {new: document[old] for old, new in names.items() if old in document}
    )
    envelope = {key: value for key, value in document.items() if key not in names}
    return Card(origin, data, envelope, warnings=tuple(warnings))


def _read_agnai(document: JsonObject) -> Card:
    """Read Agnai's shape: ``persona`` describes the character, ``description`` holds notes."""
    card = _renamed("agnai", document, _AGNAI)
    description = _persona_text(document.get("persona"))
    return Card(
        "agnai", {**card.data, "description": description}, card.envelope, warnings=card.warnings
    )


def _persona_text(persona: JsonValue) -> str:
    """Return ``{kind, attributes: {name: [text]}}`` as text; kind ``text`` has one attribute."""
    if isinstance(persona, str):
        return persona
    attributes = persona.get("attributes") if isinstance(persona, dict) else None
    if not isinstance(attributes, dict):
        return ""
    rows = {
        name: ", ".join(item for item in values if isinstance(item, str))
        for name, values in attributes.items()
        if isinstance(values, list)
    }
    return "\n".join(text if name == "text" else f"{name}: {text}" for name, text in rows.items())

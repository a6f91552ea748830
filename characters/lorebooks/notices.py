"""Say which parts of a lorebook have no effect here, so that its author does not wait for them."""

from collections.abc import Callable, Mapping, Sequence

from characters.json_values import JsonObject, JsonValue
from characters.lorebooks.decorators import decorator_names
from characters.lorebooks.entries import HONOURED
from characters.lorebooks.keys import is_invalid_pattern
from characters.lorebooks.model import Entry, Lorebook

_NAMED = 3
_QUOTED = 60
_FEATURES: Mapping[str, str] = {
    "sticky": "stay active for some messages (sticky)",
    "cooldown": "rest for some messages (cooldown)",
    "vectorized": "are found by similarity (vectorized); here only their keys count",
    "use_group_scoring": "compare scores within their group; here chance decides by weight",
    "automation_id": "start a script of SillyTavern (automation id)",
    "outlet_name": "go to an outlet",
    "triggers": "act for some kinds of generation only (triggers); here they act for all",
    "ignore_budget": "ignore the budget; here it holds for all",
}
_MATCH_TEXTS = frozenset(
    (
        *("match_persona_description", "match_character_description", "match_scenario"),
        *("match_character_personality", "match_character_depth_prompt", "match_creator_notes"),
    )
)
_POSITIONS = {
    2: "stand above the author's note; here they stand before the character",
    3: "stand below the author's note; here they stand before the character",
    5: "stand above the example messages; here they stand before the character",
    6: "stand below the example messages; here they stand before the character",
}
_CAMEL = {
    "useGroupScoring": "use_group_scoring",
    "automationId": "automation_id",
    "outletName": "outlet_name",
    "ignoreBudget": "ignore_budget",
    "matchPersonaDescription": "match_persona_description",
    "matchCharacterDescription": "match_character_description",
    "matchCharacterPersonality": "match_character_personality",
    "matchCharacterDepthPrompt": "match_character_depth_prompt",
    "matchScenario": "match_scenario",
    "matchCreatorNotes": "match_creator_notes",
}


def describe_unhonoured(book: Lorebook) -> list[str]:
    """Return one English sentence for each property of the book that has no effect here."""
    sources = _sources(book)
    notices = [
        *_named(book, "have no key, and are not always active, so they never act", _never_acts),
        *_named(
            book,
            "wait for the text of another entry (delay until recursion), but the book does not"
            " search these (recursive_scanning), so they never act",
            lambda entry: entry.delayed and not book.recursive_scanning,
        ),
        *_invalid_patterns(book),
    ]
    used: dict[str, list[str]] = {}
    for entry, source in zip(book.entries, sources, strict=False):
        for does in _unused(source):
            used.setdefault(does, []).append(_label(entry))
    notices += [_sentence(names, does) for does, names in used.items()]
    return notices


def _sources(book: Lorebook) -> list[JsonObject]:
    entries = book.source.get("entries")
    return [each for each in entries if isinstance(each, dict)] if isinstance(entries, list) else []


def _unused(source: JsonObject) -> list[str]:
    extensions = source.get("extensions")
    more: JsonObject = extensions if isinstance(extensions, dict) else {}
    values: dict[str, JsonValue] = {_CAMEL.get(name, name): value for name, value in more.items()}
    found = [does for name, does in _FEATURES.items() if values.get(name)]
    if any(values.get(name) for name in _MATCH_TEXTS):
        found.append("search the character's or your own description; here only messages count")
    position = more.get("position")
    if isinstance(position, int) and position in _POSITIONS:
        found.append(_POSITIONS[position])
    content = source.get("content")
    unknown = set(decorator_names(content if isinstance(content, str) else "")) - HONOURED
    if unknown:
        found.append(f"have decorators that are not known here: {', '.join(sorted(unknown)[:5])}")
    return found


def _never_acts(entry: Entry) -> bool:
    return not (entry.keys or entry.constant or entry.forced is not None or not entry.enabled)


def _invalid_patterns(book: Lorebook) -> list[str]:
    found = [
        key
        for entry in book.entries
        for key in (*entry.keys, *entry.secondary_keys, *entry.excluded_keys)
        if entry.patterns and is_invalid_pattern(key)
    ]
    shown = ", ".join(f"“{key[:_QUOTED]}”" for key in found[:_NAMED])
    if not found:
        return []
    return [
        f"{_count(len(found), 'key')} can never be found: {shown}. Patterns here are RE2's, which"
        " have no look-around and no back references."
    ]


def _named(book: Lorebook, does: str, holds: Callable[[Entry], bool]) -> list[str]:
    names = [_label(entry) for entry in book.entries if holds(entry)]
    return [_sentence(names, does)] if names else []


def _sentence(names: Sequence[str], does: str) -> str:
    shown = ", ".join(f"“{name}”" for name in names[:_NAMED])
    return f"Not honoured: {_count(len(names), 'entry')} ({shown}) {does}."


def _label(entry: Entry) -> str:
    return (entry.name or (entry.keys[0] if entry.keys else entry.content)).strip()[:_QUOTED]


def _count(number: int, noun: str) -> str:
    plural = {"entry": "entries", "key": "keys"}[noun]
    return f"1 {noun}" if number == 1 else f"{number} {plural}"

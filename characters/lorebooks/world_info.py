"""Convert SillyTavern's world files, which spell the same entries in another way."""

from characters.json_values import JsonObject, JsonValue

_FIELDS = {
    "uid": "id",
    "key": "keys",
    "keysecondary": "secondary_keys",
    "comment": "comment",
    "content": "content",
    "constant": "constant",
    "selective": "selective",
    "order": "insertion_order",
}
_EXTENSIONS = {
    "position": "position",
    "depth": "depth",
    "role": "role",
    "probability": "probability",
    "useProbability": "useProbability",
    "selectiveLogic": "selectiveLogic",
    "excludeRecursion": "exclude_recursion",
    "preventRecursion": "prevent_recursion",
    "delayUntilRecursion": "delay_until_recursion",
    "group": "group",
    "groupOverride": "group_override",
    "groupWeight": "group_weight",
    "useGroupScoring": "use_group_scoring",
    "scanDepth": "scan_depth",
    "matchWholeWords": "match_whole_words",
    "caseSensitive": "case_sensitive",
    "automationId": "automation_id",
    "vectorized": "vectorized",
    "sticky": "sticky",
    "cooldown": "cooldown",
    "delay": "delay",
    "displayIndex": "display_index",
}


def is_world_file(document: JsonObject) -> bool:
    """Return whether ``document`` is a world file: its entries are an object, by number."""
    return isinstance(document.get("entries"), dict)


def book_of(document: JsonObject) -> JsonObject:
    """Return a world file's book, spelled as SillyTavern spells it in a card."""
    entries = document.get("entries")
    values = entries.values() if isinstance(entries, dict) else ()
    known = {
        key: value for key, value in document.items() if key not in ("entries", "originalData")
    }
    converted: list[JsonValue] = [_entry_of(v) for v in values if isinstance(v, dict)]
    return {"extensions": {}, **known, "entries": converted}


def _entry_of(world: JsonObject) -> JsonObject:
    entry: JsonObject = {new: world[old] for old, new in _FIELDS.items() if old in world}
    extensions: JsonObject = {new: world[old] for old, new in _EXTENSIONS.items() if old in world}
    entry["enabled"] = not world.get("disable")
    entry["position"] = "after_char" if world.get("position") else "before_char"
    entry["extensions"] = extensions
    used = {*_FIELDS, *_EXTENSIONS, "disable"}
    # Fields of newer versions move with the entry, under their own names.
    extensions.update({key: value for key, value in world.items() if key not in used})
    return entry

"""Read an entry of a book from its V2 or V3 object, SillyTavern extensions and decorators.

Where they disagree, a decorator takes precedence over an extension, and an extension over the
plain field.
"""

from collections.abc import Mapping

from characters.json_values import JsonObject, JsonValue, storable
from characters.lorebooks.decorators import split_decorators, values
from characters.lorebooks.keys import is_written_as_pattern, split_keys
from characters.lorebooks.model import (
    CharacterFilter,
    Entry,
    Group,
    Placement,
    Role,
    SecondaryLogic,
    Timing,
)

HONOURED = frozenset(
    {"depth", "role", "position", "scan_depth", "activate", "dont_activate"}
    | {"activate_only_after", "activate_only_every", "is_greeting"}
    | {"keep_activate_after_match", "dont_activate_after_match", "ignore_on_max_context"}
    | {"additional_keys", "exclude_keys"}
    | {"probability", "match_full_word", "match_partial_word"}
)
"""The decorators that have an effect; others are removed and ignored, as V3 asks."""
_ROLES: tuple[Role, ...] = ("system", "user", "assistant")
_POSITIONS: Mapping[str, Placement] = {
    "before_desc": Placement("before_char"),
    "after_desc": Placement("after_char"),
    "personality": Placement("personality"),
    "scenario": Placement("scenario"),
}
_DEFAULT_DEPTH = 4
"""SillyTavern's default, for an entry at a depth without a number."""
_AT_DEPTH = 4
"""SillyTavern's number for position "at depth"."""


def read_entry(source: JsonObject) -> Entry:
    """Return the entry in ``source``; missing fields and wrong types get their defaults."""
    extensions = source.get("extensions")
    more: JsonObject = extensions if isinstance(extensions, dict) else {}
    found, content = split_decorators(_text(source.get("content")), HONOURED)
    keys = _keys(source.get("keys"))
    # SillyTavern writes use_regex in every entry, also for plain keys: there it means nothing.
    # By V3, a pattern entry has neither secondary keys nor constant.
    patterns = source.get("use_regex") is not False
    by_pattern = (
        source.get("use_regex") is True
        and "selectiveLogic" not in more
        and any(map(is_written_as_pattern, keys))
    )
    selective = source.get("selective") is True and not by_pattern
    additional = values(found.get("additional_keys", ""))
    return Entry(
        keys=keys,
        content=content,
        order=_number(source.get("insertion_order")) or 0,
        enabled=source.get("enabled") is not False,
        constant=source.get("constant") is True and not by_pattern,
        secondary_keys=additional or (_keys(source.get("secondary_keys")) if selective else ()),
        secondary_logic=SecondaryLogic.ANY if additional else _logic(more.get("selectiveLogic")),
        excluded_keys=values(found.get("exclude_keys", "")),
        patterns=patterns,
        case_sensitive=_first_bool(more.get("case_sensitive"), source.get("case_sensitive")),
        whole_words=_whole_words(more, found),
        priority=_number(source.get("priority")),
        scan_depth=_first_count(found.get("scan_depth"), more.get("scan_depth")),
        probability=_probability(more, found),
        forced=True if "activate" in found else False if "dont_activate" in found else None,
        dropped_first="ignore_on_max_context" in found,
        recursive=more.get("exclude_recursion") is not True,
        delayed=bool(more.get("delay_until_recursion", more.get("delayUntilRecursion"))),
        starts_recursion=more.get("prevent_recursion") is not True,
        placement=_placement(source, more, found),
        timing=_timing(more, found),
        group=_group(more),
        characters=_character_filter(more),
        name=_text(source.get("name")) or _text(source.get("comment")),
    )


def _placement(source: JsonObject, more: JsonObject, found: Mapping[str, str]) -> Placement:
    number = _number(more.get("role"))
    role = _ROLES[int(number)] if number in (0, 1, 2) else "system"
    role = next((known for known in _ROLES if known == found.get("role")), role)
    depth = _count(found.get("depth"))
    if depth is not None:
        return Placement("depth", depth, role)
    if found.get("position") in _POSITIONS:
        return _POSITIONS[found["position"]]
    if more.get("position") == _AT_DEPTH:
        at = _count(more.get("depth"))
        return Placement("depth", _DEFAULT_DEPTH if at is None else at, role)
    return Placement("after_char" if source.get("position") == "after_char" else "before_char")


def _timing(more: JsonObject, found: Mapping[str, str]) -> Timing:
    after = _count(found.get("activate_only_after"))
    return Timing(
        from_message=(_count(more.get("delay")) or 0) if after is None else after + 1,
        only_every=_count(found.get("activate_only_every")) or 1,
        greeting=_count(found.get("is_greeting")),
        sticky="keep_activate_after_match" in found,
        once="dont_activate_after_match" in found,
    )


def _group(more: JsonObject) -> Group:
    names = tuple(name.strip() for name in _text(more.get("group")).split(",") if name.strip())
    weight = _number(more.get("group_weight"))
    return Group(names, more.get("group_override") is True, 100 if weight is None else weight)


def _character_filter(more: JsonObject) -> CharacterFilter:
    value = more.get("character_filter", more.get("characterFilter"))
    if not isinstance(value, dict):
        return CharacterFilter()
    names, tags = (
        frozenset(text.strip().casefold() for text in _texts(value.get(name)))
        for name in ("names", "tags")
    )
    return CharacterFilter(names, tags, value.get("isExclude") is True)


def _keys(value: JsonValue) -> tuple[str, ...]:
    """Return keys without white space around them; a text of several has commas between."""
    return tuple(
        key.strip() if is_written_as_pattern(key.strip()) else " ".join(key.split())
        for key in _texts(split_keys(value))
        if key.strip()
    )


def _probability(more: JsonObject, found: Mapping[str, str]) -> float:
    """Return the probability from 0 to 1; both spellings give percent."""
    percent = _number(found.get("probability"))
    if percent is None and more.get("useProbability") is not False:
        percent = _number(more.get("probability"))
    return 1.0 if percent is None else percent / 100


def _whole_words(more: JsonObject, found: Mapping[str, str]) -> bool:
    if "match_full_word" in found or "match_partial_word" in found:
        return "match_full_word" in found
    return more.get("match_whole_words") is True


def _logic(value: JsonValue) -> SecondaryLogic:
    number = _number(value)
    return SecondaryLogic(int(number)) if number in (0, 1, 2, 3) else SecondaryLogic.ANY


def _text(value: JsonValue) -> str:
    return storable(value) if isinstance(value, str) else ""


def _texts(value: JsonValue) -> tuple[str, ...]:
    items = value if isinstance(value, list) else [value]
    return tuple(text for item in items if (text := _text(item)))


def _number(value: JsonValue) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return None
    return number if number - number == 0 else None


def _count(value: JsonValue) -> int | None:
    number = _number(value)
    return int(number) if number is not None and number >= 0 else None


def _first_count(*found: JsonValue) -> int | None:
    return next((count for count in map(_count, found) if count is not None), None)


def _first_bool(*found: JsonValue) -> bool:
    return next((value for value in found if isinstance(value, bool)), False)

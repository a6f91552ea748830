r"""Find whole dialogues in one JSON record, as data sets and other programs write them.

- The reference's: ``{"role_name", "role_info", "user_name", "dialog": ["Name:text", ...]}``.
- CharacterEval's: ``{"role", "novel_name", "context": "Name：text\n..."}``.
- OpenAI's chats: ``{"messages": [{"role", "content", "name"?}, ...]}``.
- ShareGPT's: ``{"conversations": [{"from", "value"}, ...]}``.
- A list of objects that name a speaker and a line as the columns of a table do.
"""

import re

from characters.language import detect_language
from characters.scripts.json.elements import Text, Value
from characters.scripts.json.turns import (
    Names,
    Turn,
    Unreadable,
    find_content,
    find_instruction,
    read_entry,
)
from characters.scripts.json.values import Dialogue

TURNS = (
    *("messages", "conversations", "conversation"),
    *("dialog", "dialogs", "dialogue", "dialogues", "turns", "lines", "script"),
)
_CHARACTER_NAMES = (
    "role_name",
    "character_name",
    "char_name",
    "assistant_name",
    "character",
    "bot_name",
    "bot",
)
_USER_NAMES = ("user_name", "user")
_PROFILES = ("role_info", "profile", "persona", "bot_persona", "description")
_HEADINGS = ("title", "heading", "scene")
_EPISODES = ("novel_name", "episode", "chapter")
_CONTEXT = ("role", "context")
_NAMED = re.compile(r"(?P<name>[A-Z\u0400-\u9fff][^\n:：.!?。！？]{0,39}?)[:：]\s")
_NAME_IN_PROFILE = re.compile(
    r"^[ \t]*(?:name|character|char|role|姓名|名字|角色|角色名|名称)[ \t]*[:：]"
    r"[ \t]*(\S[^\n]{0,39})$",
    re.IGNORECASE | re.MULTILINE,
)


def find_dialogue(record: Value) -> Dialogue | None:
    """Return the dialogue in ``record``, or None if it has none of the known shapes."""
    if isinstance(record, list):
        record = {"turns": record}
    if not isinstance(record, dict) or (entries := _find_entries(record)) is None:
        return None
    field, turns = entries
    character = _find_name(record, _CHARACTER_NAMES)
    if character is None and field == "context":
        character = _find_name(record, ("role",))
    profile = _find_text(record, _PROFILES)
    names = _find_names(record, character, profile, turns)
    read = {field, *_CHARACTER_NAMES, *_USER_NAMES, *_PROFILES, *_HEADINGS, *_EPISODES}
    read |= set(_CONTEXT) if field == "context" else set()
    said = [turn for entry in turns for turn in read_entry(entry, names)]
    return Dialogue(
        said if names.character else _name_roles(said, names.user),
        heading=_find_name(record, _HEADINGS),
        episode=_find_name(record, _EPISODES),
        character=names.character,
        profile=profile,
        unused=[key for key in record if key not in read],
    )


def _name_roles(turns: list[Turn | Unreadable], user: str) -> list[Turn | Unreadable]:
    """Return the turns under the names before their texts, where both roles always have one.

    LimaRP writes ``{"from": "gpt", "value": "Mira: Late."}``.
    """
    found: dict[str, str] = {}
    for turn in turns:
        if not isinstance(turn, Turn) or turn.speaker not in (user, "assistant"):
            continue
        match = _NAMED.match(turn.text)
        if match is None or found.setdefault(turn.speaker, match["name"]) != match["name"]:
            return turns
    if len(found) != len((user, "assistant")):
        return turns
    return [_without_name(turn, found) for turn in turns]


def _without_name(turn: Turn | Unreadable, names: dict[str, str]) -> Turn | Unreadable:
    name = names.get(turn.speaker or "") if isinstance(turn, Turn) else None
    if name is None or not isinstance(turn, Turn):
        return turn
    text = turn.text[len(name) :].lstrip(":： \t\n")
    return turn._replace(text=Text(text, turn.text.row), speaker=name)


def _find_entries(record: dict[str, Value]) -> tuple[str, list[Value]] | None:
    for field in TURNS:
        value = record.get(field)
        if isinstance(value, list):
            return field, value
    if all(isinstance(record.get(field), Text) for field in _CONTEXT):
        return "context", [record["context"]]
    return None


def _find_text(record: dict[str, Value], fields: tuple[str, ...]) -> Text | None:
    found = (record.get(field) for field in fields)
    return next((text for text in found if isinstance(text, Text) and text.strip()), None)


def _find_name(record: dict[str, Value], fields: tuple[str, ...]) -> str | None:
    found = (record.get(field) for field in fields)
    names = (str(name).strip() for name in found if isinstance(name, str | int | float))
    return next(filter(None, names), None)


def _find_names(
    record: dict[str, Value], character: str | None, profile: str | None, turns: list[Value]
) -> Names:
    """Return the names in the record's fields, or in ``Name: Anna`` of a profile or system text."""
    said = [text for turn in turns if (text := find_content(turn)) is not None]
    if character is None:
        instructions = [text for turn in turns if (text := find_instruction(turn)) is not None]
        matches = map(_NAME_IN_PROFILE.search, [profile or "", *instructions])
        character = next((match[1].strip() for match in matches if match), None)
    user = _find_name(record, _USER_NAMES)
    if user is None:
        user = "用户" if detect_language(said) == "zh" else "user"
    return Names(user, character)

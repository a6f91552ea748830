"""Embed a character's scripts in its card's ``extensions``, so that one file moves it whole.

The format is Offbook's own, under the key ``offbook``: ``{"version": 1, "character": {…},
"scripts": [{"title", "scenes": [{"heading", "episode", "lines": [[speaker, text, colon,
direction]]}]}]}``. Other programs keep it, as they keep all extensions.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import cast

from characters.cards.tolerances import storable
from characters.errors import CardError
from characters.json_values import JsonObject, JsonValue
from characters.scripts.model import Line, Scene

KEY = "offbook"
VERSION = 1
_SPEAKER_CHARACTERS = 200
"""Characters of a speaker's name; a script allows 40, a card's character 80."""
_DAMAGED = "The card carries a script of Offbook's that is damaged: {}. Export the card again."


@dataclass(frozen=True, slots=True)
class EmbeddedScript:
    """Hold one of the character's scripts, in full."""

    title: str
    scenes: Sequence[Scene]


@dataclass(frozen=True, slots=True)
class EmbeddedExtensions:
    """Hold a character's scripts, and the settings that the card formats have no field for."""

    scripts: Sequence[EmbeddedScript]
    character: JsonObject = field(default_factory=dict)
    """``aliases``, ``speakers``, ``language``, ``tagline``, ``sampling``: as the API names them."""


def pack(extensions: EmbeddedExtensions) -> JsonObject:
    """Return the value for ``extensions.offbook``."""
    scripts: list[JsonValue] = [
        {"title": script.title, "scenes": [_pack_scene(scene) for scene in script.scenes]}
        for script in extensions.scripts
    ]
    return {"version": VERSION, "character": extensions.character, "scripts": scripts}


def unpack(value: JsonValue) -> EmbeddedExtensions | None:
    """Return the value that :func:`pack` packed, None where ``value`` is something else.

    Raises ``CardError``: ``damaged_script``, and ``newer_version`` for a later Offbook's.
    """
    if not isinstance(value, dict) or "scripts" not in value:
        return None
    if value.get("version") != VERSION:
        raise CardError("newer_version", "The card was made by a newer Offbook; update this one.")
    character = value.get("character")
    scripts = [
        EmbeddedScript(_text(script, "title"), _unpack_scenes(script))
        for script in _objects(value.get("scripts"))
    ]
    return EmbeddedExtensions(scripts, character if isinstance(character, dict) else {})


def _pack_scene(scene: Scene) -> JsonObject:
    lines: list[JsonValue] = [
        [line.speaker, line.text, line.colon, line.direction] for line in scene.lines
    ]
    return {"heading": scene.heading, "episode": scene.episode, "lines": lines}


def _unpack_scenes(script: JsonObject) -> list[Scene]:
    """Count rows in the script's lines, without blank lines and headings."""
    scenes: list[Scene] = []
    row = 1
    for scene in _objects(script.get("scenes")):
        given = scene.get("lines")
        lines = [
            _unpack_line(line, at)
            for at, line in enumerate(given if isinstance(given, list) else [], row)
        ]
        if not lines:
            raise CardError("damaged_script", _DAMAGED.format("a scene has no lines"))
        heading, episode = _text(scene, "heading") or None, _text(scene, "episode") or None
        scenes.append(Scene(lines, row, heading, episode))
        row += len(lines)
    return scenes


def _unpack_line(line: JsonValue, row: int) -> Line:
    if not isinstance(line, list) or len(line) != 4 or not _is_line(line):
        raise CardError("damaged_script", _DAMAGED.format(f"line {row}"))
    speaker, text, colon, direction = cast("tuple[str, str, str, str | None]", line)
    return Line(speaker, text, row, direction, colon)


def _is_line(line: list[JsonValue]) -> bool:
    *texts, direction = line
    if not all(isinstance(text, str) and storable(text) == text for text in texts):
        return False
    speaker = texts[0]
    short = isinstance(speaker, str) and len(speaker) <= _SPEAKER_CHARACTERS
    return short and (direction is None or isinstance(direction, str))


def _objects(value: JsonValue) -> list[JsonObject]:
    if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
        raise CardError("damaged_script", _DAMAGED.format("a list is missing"))
    return cast("list[JsonObject]", value)


def _text(source: JsonObject, key: str) -> str:
    value = source.get(key)
    return value if isinstance(value, str) else ""

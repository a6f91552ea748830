"""Name speakers of an archive's files by what its other files say.

Ren'Py defines its characters in one file and lets them speak in others; RPG Maker's messages name
actors by their number in ``Actors.json``; Slack's by accounts, which ``users.json`` describes.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from io import BytesIO
from pathlib import PurePosixPath

from characters.archives import Archive
from characters.errors import FileError
from characters.json_values import JsonObject, JsonTextError, parse_json
from characters.scripts.encodings.detection import detect_encoding
from characters.scripts.games.renpy_names import CharacterNames
from characters.scripts.games.rpg_maker import name_actor
from characters.scripts.model import Line, NonDialogue, ParseItem, Rejection, Scene
from characters.scripts.names import SPEAKER_CHARACTERS, clean_name

_RENPY = (".rpy", ".rpym")
_DEFINITION_BYTES = 2_000_000
"""Most bytes of a file that are read for definitions alone."""
_DEFINES = re.compile(rb"\w+\s*=\s*\w*Character\s*\(|\b(?:define|default)\s+\w+\s*=\s*_?\(?[\"']")
_SOLVED = frozenset({"undefined_character", "account_id"})


@dataclass(frozen=True, slots=True)
class Cast:
    """Hold names for what the files of an archive call their speakers, by the files' endings."""

    names: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """For each ending, the name of each speaker; "" for a narrator."""

    def rename(self, items: Iterable[ParseItem], path: str) -> Iterator[ParseItem]:
        """Yield the items of the file ``path`` with their speakers named.

        Doubts that the names settle are left out.
        """
        names = self.names.get(PurePosixPath(path).suffix.lower())
        if not names:
            yield from items
            return
        for item in items:
            if isinstance(item, Scene):
                yield from _rename(item, names)
            elif not (isinstance(item, Rejection) and item.code in _SOLVED and item.text in names):
                yield item


def find_cast(archive: Archive) -> Cast:
    """Return the names that the archive's definitions give; without any, an empty cast."""
    renpy = CharacterNames()
    others: dict[str, str] = {}
    for path in archive.paths:
        name = PurePosixPath(path).name.lower()
        if name.endswith(_RENPY):
            _add_definitions(renpy, archive, path)
        elif name == "actors.json":
            others |= dict(_read_actors(_read_head(archive, path)))
        elif name == "users.json":
            others |= dict(_read_users(_read_head(archive, path)))
    variables = _usable(renpy.by_variable())
    return Cast({**dict.fromkeys(_RENPY, variables), ".json": _usable(others)})


def _read_head(archive: Archive, path: str) -> bytes:
    """Return the beginning of a file, as much as is looked at for definitions."""
    content = bytearray()
    for piece in archive.stream(path):
        content += piece
        if len(content) >= _DEFINITION_BYTES:
            break
    return bytes(content[:_DEFINITION_BYTES])


def _usable(names: Mapping[str, str]) -> dict[str, str]:
    cleaned = {who: clean_name(name) for who, name in names.items()}
    return {who: name for who, name in cleaned.items() if len(name) <= SPEAKER_CHARACTERS}


def _add_definitions(names: CharacterNames, archive: Archive, path: str) -> None:
    content = _read_head(archive, path)
    if not _DEFINES.search(content):
        return
    try:
        encoding = detect_encoding(BytesIO(content)).name
    except FileError:
        return
    names.add_all(content.decode(encoding, "replace").splitlines())


def _read_actors(content: bytes) -> Iterator[tuple[str, str]]:
    for actor in _read_objects(content):
        name = actor.get("name")
        if isinstance(name, str) and name.strip():
            yield name_actor(actor.get("id")), name.strip()


def _read_users(content: bytes) -> Iterator[tuple[str, str]]:
    for user in _read_objects(content):
        profile = user.get("profile")
        found = [profile.get("display_name")] if isinstance(profile, dict) else []
        found += [user.get("real_name"), user.get("name")]
        name = next((each for each in found if isinstance(each, str) and each.strip()), None)
        if name is not None:
            yield str(user.get("id")), name.strip()


def _read_objects(content: bytes) -> Iterator[JsonObject]:
    try:
        document = parse_json(content)
    except JsonTextError:
        return
    if isinstance(document, list):
        yield from (each for each in document if isinstance(each, dict))


def _rename(scene: Scene, names: Mapping[str, str]) -> Iterator[ParseItem]:
    """Yield the scene with its speakers named; what a narrator says is narration."""
    if not any(line.speaker in names for line in scene.lines):
        yield scene
        return
    lines: list[Line] = []
    for line in scene.lines:
        name = names.get(line.speaker, line.speaker)
        if name:
            lines.append(line._replace(speaker=name))
        else:
            yield NonDialogue(line.row, "narration")
    if len(lines) == len(scene.lines):
        yield replace(scene, lines=lines)
    elif lines:
        # Directions are counted in lines, and some of these are gone.
        yield replace(scene, lines=lines, directions=())
    elif scene.continued:
        yield NonDialogue(scene.row, "narration", scene.continued)

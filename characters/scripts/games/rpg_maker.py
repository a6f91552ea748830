"""Read the messages of RPG Maker MV and MZ: maps, common events and troops, in JSON.

Source: the event commands of rmmv_core and rmmz_core. 101 begins a message, 401 has its rows, 105
and 405 scroll a text; choices (102) and comments (108) are not speech.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import BinaryIO

from characters.errors import ScriptError
from characters.json_values import JsonObject, JsonTextError, JsonValue, parse_json
from characters.scripts.containers import ContainerRequest, Contents
from characters.scripts.documents.web_page import read_bounded
from characters.scripts.encodings.detection import detect_encoding
from characters.scripts.games.guesses import settle_by_form
from characters.scripts.games.story import Part, Said, StoryItem, gather_story, split_name
from characters.scripts.lines import Refusal, reject
from characters.scripts.model import NonDialogue, Rejection
from characters.scripts.names import is_like_a_name

_BEGINS = re.compile(r"\s*[\[{]")
_COMMAND = re.compile(r'"code"\s*:\s*(?:101|401|105|405)\s*,')
_PARAMETERS = re.compile(r'"parameters"\s*:\s*\[')
_NAMED = re.compile(r"\\n[rcd]?<(?P<name>[^<>]{1,60})>", re.IGNORECASE)
_BRACKETED = re.compile(r"[【\[](?P<name>[^【】\[\]]{1,40})[】\]]\s*")
_CODES = re.compile(r"\\(?:[a-zA-Z]+(?:\[[^\[\]]*\]|<[^<>]*>)|[.|!><^{}$])")
_ACTOR = re.compile(r"\\[nNpP]\[\d+\]")
_LONE_ACTOR = re.compile(r"\\[nN]\[(?P<number>\d+)\]")
_COLOURED = re.compile(r"\s*\\[cC]\[\d+\](?P<name>[^\\:：]{1,40})(?:\\[cC](?:\[0\])?)?\s*[:：]?\s*")
_EXAMINED_BYTES = 2_000_000
UNDEFINED = Refusal(
    "undefined_character",
    "This actor's name is in Actors.json: upload the game's data folder as one ZIP archive, or"
    " rename the speaker.",
)
_MESSAGE, _MESSAGE_ROW, _SCROLL, _SCROLL_ROW = 101, 401, 105, 405


class RpgMaker:
    r"""Read messages; each list of commands is a scene, and each command counts as a row.

    The speaker is the name of MZ's messages, ``\n<Name>`` in the text, a first row ``Name:`` or
    ``【Name】``; a message without a name is narration.
    """

    name = "rpgmaker"

    def claims(self, file: BinaryIO, head: bytes, filename: str) -> bool:
        """Return whether the file is JSON with message commands, near its beginning or anywhere."""
        text = head.decode("utf-8", "replace").removeprefix("\ufeff")
        if not _BEGINS.match(text) or not (_PARAMETERS.search(text) or '"events"' in text):
            return False
        if _COMMAND.search(text):
            return True
        file.seek(len(head))
        more = file.read(_EXAMINED_BYTES).decode("utf-8", "replace")
        return bool(_COMMAND.search(more)) and bool(_PARAMETERS.search(more))

    def open(self, file: BinaryIO, request: ContainerRequest) -> Contents:
        """Read the file, bounded as a page is; see ``ContainerFormat.open``."""
        found = detect_encoding(file, request.encoding)
        document = _parse(
            read_bounded(file, request.limits.page_bytes).decode(found.name, "replace")
        )
        return Contents(
            found.name, found.confidence, lambda: gather_story(settle_by_form(_read(document)))
        )


def _parse(text: str) -> JsonValue:
    try:
        return parse_json(text.removeprefix("\ufeff"))
    except JsonTextError as error:
        raise ScriptError("invalid_json", f"The file is {error}.") from error


def _read(document: JsonValue) -> Iterator[StoryItem]:
    row = 0
    for title, commands in _find_lists(document):
        yield Part(row + 1, title, 0)
        yield from _read_list(commands, row)
        row += len(commands)


def _find_lists(document: JsonValue) -> Iterator[tuple[str, list[JsonObject]]]:
    """Yield each list of commands with the name of its event, in the order of the file."""
    stack: list[tuple[str, JsonValue]] = [("", document)]
    while stack:
        title, value = stack.pop()
        if isinstance(value, list):
            stack += [(title, each) for each in reversed(value)]
        elif isinstance(value, dict):
            name = value.get("name")
            title = name if isinstance(name, str) and name else title
            commands = value.get("list")
            if isinstance(commands, list) and _are_commands(commands):
                yield title, [each for each in commands if isinstance(each, dict)]
            rest = [each for key, each in value.items() if key != "list"]
            stack += [(title, each) for each in reversed(rest)]


def _are_commands(values: Sequence[JsonValue]) -> bool:
    return bool(values) and all(isinstance(each, dict) and "code" in each for each in values)


def _read_list(commands: Sequence[JsonObject], before: int) -> Iterator[StoryItem]:
    name = ""
    rows: list[tuple[int, str]] = []
    for row, command in enumerate(commands, before + 1):
        code, parameters = command.get("code"), _parameters(command)
        if code in (_MESSAGE_ROW, _SCROLL_ROW) and parameters:
            rows.append((row, str(parameters[0])))
            continue
        yield from _say(name, rows)
        rows, name = [], ""
        if code == _MESSAGE:
            given = parameters[4] if len(parameters) > 4 else ""
            name = given if isinstance(given, str) else ""
        yield NonDialogue(row, "layout")
    yield from _say(name, rows)


def _parameters(command: Mapping[str, JsonValue]) -> list[JsonValue]:
    value = command.get("parameters")
    return value if isinstance(value, list) else []


def _say(name: str, rows: Sequence[tuple[int, str]]) -> Iterator[Said | Rejection]:
    if not rows:
        return
    texts = [text for _, text in rows]
    coloured = None if name or len(texts) < 2 else _COLOURED.fullmatch(texts[0])
    if coloured is not None and is_like_a_name(coloured["name"].strip()):
        name, texts = coloured["name"], texts[1:]
    if not name and (named := _NAMED.search(texts[0])):
        name, texts[0] = named["name"], texts[0].replace(named[0], "", 1)
    texts = [_strip_codes(text) for text in texts]
    guessed = False
    if not name:
        name, texts, guessed = _find_name(texts)
    text = " ".join(filter(None, map(str.strip, texts)))
    speaker = _strip_codes(name).strip()
    if actor := _LONE_ACTOR.fullmatch(speaker):
        speaker = name_actor(actor["number"])
        yield reject(rows[0][0], speaker, UNDEFINED, rows=0)
    yield Said(rows[0][0], speaker, text, len(rows), guessed)


def name_actor(number: object) -> str:
    """Return what an actor is called whose name is in another file."""
    return f"Actor {number}"


def _find_name(texts: list[str]) -> tuple[str, list[str], bool]:
    """Return the name in a message's first row, the rows without it, and whether it is a guess."""
    first = texts[0].strip()
    if bracketed := _BRACKETED.match(first):
        return bracketed["name"], [first[bracketed.end() :], *texts[1:]], False
    if first.endswith((":", "：")) and len(texts) > 1 and len(first) <= 40:
        return first[:-1].strip(), texts[1:], False
    found = split_name(first)
    return (found[0], [found[1], *texts[1:]], True) if found else ("", texts, False)


def _strip_codes(text: str) -> str:
    """Return ``text`` without colours, pauses and icons; an actor's number stays as its name."""
    kept = _ACTOR.sub(lambda match: match[0].replace("\\", "\0"), text)
    return _CODES.sub("", kept).replace("\0", "\\")

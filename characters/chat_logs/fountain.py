"""Write a ``ChatLog`` as Fountain: who speaks in capitals, whispers as parentheticals.

Source: https://fountain.io/syntax (1.1). What is written is read back by
``characters.scripts.screenplays.fountain``, word for word.
"""

import re
import unicodedata
from collections.abc import Iterator

from characters.chat_logs.hearers import direction_of, whisper_of
from characters.chat_logs.model import ChatLog, LoggedMessage
from characters.language import Language
from characters.prompting.thoughts import without_thoughts
from characters.scripts.lines import Refusal
from characters.scripts.screenplays.names import is_name, read_name
from characters.scripts.screenplays.page import is_slugline, is_transition
from characters.stage.texts import bracketed

_FORCING = tuple("!.@#=>~")
"""Characters that force an element at the beginning of a row."""
_NO_NAME = re.compile(r"[^\w '’.·•&-]")
_BRACKETS = re.compile(r"[()（）\[\]]")
_RULE = re.compile(r"={3,}")
_ASIDES = re.compile(r"(?:\s*(?:[(（][^()（）]*[)）]|\[[^\[\]]*\]))+\s*")


def write_fountain(log: ChatLog) -> str:
    """Return ``log`` as a screenplay, without hidden messages and without thoughts."""
    title = f"Title: {_escape(' '.join((log.title or log.character_name).split()))}"
    if log.created is not None:
        title += f"\nDraft date: {log.created.date().isoformat()}"
    parts = (_part(log, message) for message in log.messages if not message.hidden)
    return "\n\n".join(filter(None, (title, *parts))) + "\n"


def _part(log: ChatLog, message: LoggedMessage) -> str:
    """Return a speech or an action; "" for a message without words."""
    direction = direction_of(log, message)
    if direction is not None:
        return _action(direction)
    said = without_thoughts(message.shown_text).strip()
    if not said:
        return ""
    if _ASIDES.fullmatch(said):  # a speech needs words
        return _action(f"{message.name}: {said}")
    note = whisper_of(log, message)
    aside = () if note is None else (_parenthetical(note, log.language),)
    return "\n".join([_cue(message.name), *aside, *_speech(said)])


def _cue(name: str) -> str:
    """Return the row above a speech: in capitals, or forced where capitals would not do."""
    plain = unicodedata.normalize("NFC", " ".join(name.split()))
    simple = " ".join(_NO_NAME.sub(" ", plain).split()) or "?"
    for candidate in (plain, simple):
        capitals = candidate.upper()
        cased = capitals != capitals.lower()
        if cased and is_name(capitals) and not is_slugline(capitals) and _is_read(capitals):
            return capitals
        if _is_read(candidate):
            return f"@{candidate}"
    return f"@{simple}"


def _is_read(cue: str) -> bool:
    """Return whether a reader finds the whole of a cue to be the name."""
    found = read_name(cue)
    if isinstance(found, Refusal) or cue.startswith(_FORCING) or "/*" in cue or "[[" in cue:
        return False
    return found.name == cue


def _parenthetical(note: str, language: Language) -> str:
    return _escape(bracketed(" ".join(_BRACKETS.sub(" ", note).split()), language))


def _speech(said: str) -> Iterator[str]:
    """Yield the rows of a speech; a row of two spaces keeps it open where one is empty."""
    for row in said.splitlines():
        text = row.strip()
        if _RULE.fullmatch(text):
            text = " ".join(text)  # a page break
        elif text.startswith("~"):  # a song
            text = f"~{text}"
        yield _escape(text) or "  "


def _action(text: str) -> str:
    row = " ".join(text.split())
    forced = row.startswith(_FORCING) or is_slugline(row) or is_transition(row)
    return ("!" if forced else "") + _escape(row)


def _escape(text: str) -> str:
    """Return words whose marks are no emphasis and begin no comment."""
    return re.sub(r"\[(?=\[)", "[ ", re.sub(r"([*_])", r"\\\1", text))

"""Split one row of dialogue, ``speaker：text``, at its first full- or half-width colon."""

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

from characters.scripts.model import REJECTED_CHARACTERS, Line, Rejection

SPEAKER_CHARACTERS = 40
"""Longest speaker name."""

PREFIX_CHARACTERS = 120
"""How far into a row the colon may stand: behind a name and its stage direction."""

_new_line = tuple.__new__  # calling the class takes twice as long, measurably

_KNOWN_SPEAKERS = 4_096
"""Names remembered once parsed: a script has few speakers."""

_ASIDE = re.compile(r"(?P<name>.*\S)\s*(?P<aside>[(（](?P<direction>[^()（）]*)[)）])", re.DOTALL)
_DIRECTION = re.compile(r"[(（]([^()（）]*)[)）]|\*([^*]+)\*(?!\*)")
_OPENINGS = frozenset("（(*")
_INVISIBLE = "\ufeff\u200b"


@dataclass(frozen=True, slots=True)
class SpeakerName:
    """Hold the name before the colon; ``aside`` is its stage direction as typed, with brackets."""

    name: str
    aside: str = ""
    direction: str | None = None


@dataclass(frozen=True, slots=True)
class Refusal:
    """Explain why a text is not a line; with a row number it becomes a ``Rejection``."""

    code: str
    reason: str


NO_COLON = Refusal(
    "no_colon", "The row has no colon, so it cannot be told who speaks; write “Name: text”."
)
NO_SPEAKER = Refusal("no_speaker", "Nobody is named before the colon.")
LONG_SPEAKER = Refusal(
    "no_speaker", f"What stands before the colon is longer than {SPEAKER_CHARACTERS} characters."
)
NO_TEXT = Refusal("no_text", "Nothing is said after the colon.")
CONTROL_CHARACTER = Refusal("control_character", "The row contains a NUL character.")


def reject(row: int, text: str, refusal: Refusal, rows: int = 1) -> Rejection:
    """Return the rejection of ``text``, which begins in ``row``; see ``Rejection`` for ``rows``."""
    return Rejection(row, text[:REJECTED_CHARACTERS], refusal.code, refusal.reason, rows)


def find_colon(text: str) -> int:
    """Return the index of the first colon of either width, or -1."""
    wide = text.find("：")
    half = text.find(":", 0, wide) if wide >= 0 else text.find(":")
    return half if half >= 0 else wide


@lru_cache(_KNOWN_SPEAKERS)
def read_speaker(prefix: str) -> SpeakerName | Refusal:
    """Return the speaker in the text before a colon, or why it names none.

    The name is NFC-normalised, stripped of white space and byte order marks, and otherwise kept as
    typed. A stage direction in brackets behind it (``三三（小声）``) is not part of the name.
    """
    name = unicodedata.normalize("NFC", _strip(prefix))
    speaker = SpeakerName(name)
    if name.endswith((")", "）")) and (match := _ASIDE.fullmatch(name)):
        direction = match["direction"].strip() or None
        speaker = SpeakerName(match["name"], match["aside"], direction)
    if not speaker.name:
        return NO_SPEAKER
    if len(speaker.name) > SPEAKER_CHARACTERS:
        return LONG_SPEAKER
    return speaker


def forget_speakers() -> None:
    """Forget the names that were read."""
    read_speaker.cache_clear()


def build_line(row: int, source: str, colon: int, speaker: SpeakerName) -> Line | Rejection:
    """Return the line of ``source``, whose colon stands at the index ``colon``.

    A stage direction that opens the text stays in it and is also given as ``direction``. One behind
    the name moves to the front of the text, so that showing the line loses nothing.
    """
    return _build_line(row, source, speaker, source[colon], source[colon + 1 :])


def _build_line(
    row: int, source: str, speaker: SpeakerName, separator: str, behind: str
) -> Line | Rejection:
    text = behind.strip()
    if not text or "\0" in source:
        return reject(row, source, CONTROL_CHARACTER if "\0" in source else NO_TEXT)
    if behind[0] == " ":
        separator += " "
    if speaker.aside or text[0] in _OPENINGS:
        return make_line(row, speaker, text, separator)
    return _new_line(Line, (speaker.name, text, row, speaker.direction, separator))


def make_line(row: int, speaker: SpeakerName, text: str, separator: str) -> Line:
    """Return the line of a stripped ``text``; see ``build_line`` and ``Line``."""
    direction = speaker.direction
    if speaker.aside:
        gap = " " if separator.endswith(" ") and speaker.aside.endswith(")") else ""
        text = speaker.aside + gap + text
    elif text[0] in _OPENINGS and (match := _DIRECTION.match(text)):
        direction = (match[1] or match[2] or "").strip() or None
    return _new_line(Line, (speaker.name, text, row, direction, separator))


def read_line(row: int, source: str) -> Line | Rejection:
    """Return the line under the reference's rule alone: the text before the first colon speaks."""
    before, colon, behind = source.partition("：")
    if ":" in before:
        before, colon, behind = source.partition(":")
    if not colon:
        return reject(row, source, NO_COLON)
    if len(before) > PREFIX_CHARACTERS:
        return reject(row, source, LONG_SPEAKER)
    speaker = read_speaker(before)
    if isinstance(speaker, Refusal):
        return reject(row, source, speaker)
    return _build_line(row, source, speaker, colon, behind)


def _strip(text: str) -> str:
    """Return ``text`` without surrounding white space and invisible marks, in any mixture."""
    stripped = text.strip().strip(_INVISIBLE)
    while stripped != text:
        text = stripped
        stripped = text.strip().strip(_INVISIBLE)
    return text

"""Read the name above a speech: ``MARY (V.O.) (CONT'D)``, ``@McAvoy ^``, ``小美（画外音）``.

Sources: fountain.io/syntax, “Character” and “Dual Dialogue”; files that Final Draft writes.
"""

import re
from dataclasses import dataclass

from characters.scripts.lines import PREFIX_CHARACTERS, Refusal, read_speaker
from characters.scripts.names import (
    NAME_WORDS,
    SPEAKER_CHARACTERS,
    clean_name,
    has_ideographs,
    has_open_bracket,
    is_in_capitals,
    split_name,
)

_NO_NAME = Refusal(
    "no_speaker", f"A name has at least one character and at most {SPEAKER_CHARACTERS}."
)

_CHINESE_NAME = re.compile(
    r"[\u3040-\u30ff\u3400-\u9fffA-Za-z0-9·•．#]{1,8}"
    r"|[\u3400-\u9fff]{1,5}(?:[、&/＆+][\u3400-\u9fff]{1,5}){1,3}"
)
_NEVER_IN_NAMES = re.compile(
    r"\s{4,}|[!;:\"“”：；，。！？、=<>{}|~\\]|\.\.\.?(?=.*\w)|--|—|[?…](?=.*\w)"
)
_CALLED = re.compile(r"[\"“][^\"“”]{1,30}[\"”]|#\d+: ")
"""A nickname in quotation marks, and a number that a further name follows: ``VOICE #2: RADIO``."""
_ABBREVIATION = re.compile(r".*(?:\b[^\W\d_]\.|\b(?:JR|SR|DR|MR|MRS|MS|ST|NO|SGT|LT|CAPT)\.)")
_CAMERA = re.compile(
    r"(?:ANOTHER |LOW |HIGH |NEW |WIDE |REVERSE |CLOSE |MED(?:IUM)?\.? )?ANGLE\b.*"
    r"|(?:CU|ECU|MCU|MS|LS|POV|C\.U|P\.O\.V)\b[.:]? ?.*|.*\bPOV|CLOSE(?: ?UP)?\b.*"
    r"|(?:BACK TO|CUT TO|ON|INSERT|SUPER|TITLE|MONTAGE|SERIES OF SHOTS|FLASHBACK)\b.*"
    r"|(?:SMASH|JUMP|MATCH|HARD) CUT\b.*|(?:BLACK|WHITE|SPLIT) SCREEN|TRACKING\b.*"
    r"|.*\b(?:MOMENTS?|SECONDS?|MINUTES?|HOURS?|DAYS?|WEEKS?|MONTHS?|YEARS?) LATER"
    r"|NEXT (?:DOOR|FRAME|DAY|MORNING)|DAY|NIGHT|MORNING|EVENING|DUSK|DAWN|SAME(?: TIME)?|MUSIC"
    r"|SILENCE|(?:WIDE|TWO|LONG|AERIAL) SHOT\b.*"
)
"""Shots, times and cuts, which stand alone in capitals as names do."""
_NO_NAMES = {"THE END", "FADE IN", "FADE OUT", "END", "LATER", "CONTINUOUS", "INTERCUT", "OMITTED"}
_NO_CHINESE_NAMES = {"完", "剧终", "全剧终", "劇終", "本集完", "闪回", "字幕", "片头", "片尾"}


@dataclass(frozen=True, slots=True)
class CharacterName:
    """Hold the speaker named in the row above a speech."""

    name: str
    asides: tuple[str, ...] = ()
    """Extensions, with their brackets: ``(V.O.)``, but not ``(CONT'D)``."""
    continues: bool = False
    """Whether the row says ``(CONT'D)`` or ``（续）``."""


def read_name(text: str) -> CharacterName | Refusal:
    """Return the name in ``text`` without its extensions and the mark of dual dialogue."""
    text = text.strip().removesuffix("^").rstrip()
    if len(text) > PREFIX_CHARACTERS:
        return _NO_NAME
    speaker = read_speaker(text)
    if isinstance(speaker, Refusal):
        return _NO_NAME
    asides = (speaker.aside,) if speaker.aside else ()
    return CharacterName(speaker.name, asides, split_name(clean_name(text)).continues)


def is_name(text: str) -> bool:
    """Return whether a stripped row is written like a name: in capitals, or a few ideographs.

    Extensions are not considered: they may be in small letters.
    """
    if len(text) > PREFIX_CHARACTERS:
        return False
    base = strip_extensions(text.removesuffix("^").rstrip())
    if has_ideographs(base):
        return bool(_CHINESE_NAME.fullmatch(base)) and base not in _NO_CHINESE_NAMES
    if not is_in_capitals(base) or _NEVER_IN_NAMES.search(_CALLED.sub("", base)):
        return False
    if _CAMERA.fullmatch(base) or has_open_bracket(base):
        return False
    if base[0] in "-.*#(" or len(base.split()) > NAME_WORDS or base in _NO_NAMES:
        return False
    return not base.endswith(".") or base.endswith("...") or bool(_ABBREVIATION.fullmatch(base))


def is_all_capitals(text: str) -> bool:
    """Return whether a row has no small letter outside its extensions, as Fountain's names have.

    ``is_name`` asks for more: ``SHE RUNS.`` and ``23`` are none.
    """
    base = strip_extensions(text)
    return base.isdigit() or (is_in_capitals(base) and not has_ideographs(base))


def strip_extensions(text: str) -> str:
    """Return a name row without ``(V.O.)`` and other extensions."""
    return split_name(clean_name(text[:PREFIX_CHARACTERS])).name

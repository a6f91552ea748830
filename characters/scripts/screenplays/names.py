"""Read the name above a speech: ``MARY (V.O.) (CONT'D)``, ``@McAvoy ^``, ``小美（画外音）``.

Sources: fountain.io/syntax, “Character” and “Dual Dialogue”; files that Final Draft writes.
"""

import re
from dataclasses import dataclass

from characters.scripts.lines import PREFIX_CHARACTERS, SPEAKER_CHARACTERS, Refusal, read_speaker

_EXTENSION = re.compile(r"(?P<name>.*\S)\s*(?P<aside>[(（][^()（）]*[)）])", re.DOTALL)
_MOST_EXTENSIONS = 4
_NO_NAME = Refusal(
    "no_speaker", f"A name has at least one character and at most {SPEAKER_CHARACTERS}."
)
_GOES_ON = {"CONTD", "CONT", "CONTINUED", "CONTINUING", "续", "續", "接上"}

_CHINESE_NAME = re.compile(r"[\u3400-\u9fffA-Za-z0-9·•．]{1,8}")
_IDEOGRAPH = re.compile(r"[\u3400-\u9fff]")
_NEVER_IN_NAMES = re.compile(r"[!?:;,…\"“”：；，。！？、=<>\[\]{}|~\\]|\.\.|--|—")
_ABBREVIATION = re.compile(r".*(?:\b[A-Z]\.|\b(?:JR|SR|DR|MR|MRS|MS|ST|NO|SGT|LT|CAPT)\.)")
_NAME_WORDS = 5
_NO_NAMES = {"THE END", "FADE IN", "FADE OUT", "END", "LATER", "CONTINUOUS", "INTERCUT", "OMITTED"}
_NO_CHINESE_NAMES = {"完", "剧终", "全剧终", "劇終", "本集完", "闪回", "字幕", "片头", "片尾"}


@dataclass(frozen=True, slots=True)
class CharacterName:
    """Hold the speaker named in the row above a speech."""

    name: str
    asides: tuple[str, ...] = ()
    """Extensions as typed, with their brackets: ``(V.O.)``, but not ``(CONT'D)``."""
    continues: bool = False
    """Whether the row says ``(CONT'D)`` or ``（续）``."""


def read_name(text: str) -> CharacterName | Refusal:
    """Return the name in ``text`` without its extensions and the mark of dual dialogue."""
    text = text.strip().removesuffix("^").rstrip()
    if len(text) > PREFIX_CHARACTERS:
        return _NO_NAME
    base, asides = _split_extensions(text)
    speaker = read_speaker(base)
    if isinstance(speaker, Refusal):
        return _NO_NAME
    kept = tuple(aside for aside in asides if not _says_continued(aside))
    return CharacterName(speaker.name, kept, len(kept) < len(asides))


def is_name(text: str) -> bool:
    """Return whether a stripped row is written like a name: in capitals, or a few ideographs.

    Extensions are not considered: they may be in small letters.
    """
    if len(text) > PREFIX_CHARACTERS:
        return False
    base, _ = _split_extensions(text.removesuffix("^").rstrip())
    if _IDEOGRAPH.search(base):
        return bool(_CHINESE_NAME.fullmatch(base)) and base not in _NO_CHINESE_NAMES
    if base != base.upper() or base == base.lower() or _NEVER_IN_NAMES.search(base):
        return False
    if base[0] in "-.*#(" or len(base.split()) > _NAME_WORDS or base in _NO_NAMES:
        return False
    return not base.endswith(".") or bool(_ABBREVIATION.fullmatch(base))


def strip_extensions(text: str) -> str:
    """Return a name row without ``(V.O.)`` and other extensions."""
    return _split_extensions(text[:PREFIX_CHARACTERS])[0]


def _split_extensions(text: str) -> tuple[str, list[str]]:
    asides: list[str] = []
    while text.endswith((")", "）")) and len(asides) < _MOST_EXTENSIONS:
        match = _EXTENSION.fullmatch(text)
        if match is None:
            break
        text = match["name"]
        asides.insert(0, match["aside"])
    return text, asides


def _says_continued(aside: str) -> bool:
    return re.sub(r"[^\w]", "", aside).upper() in _GOES_ON

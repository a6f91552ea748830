"""Read the names of people in chat exports."""

import re
import unicodedata
from functools import lru_cache

from characters.scripts.chats.stamps import RELATIVE_DAY

NAME_CHARACTERS = 60
"""Longest name: people write more into a chat's name than into a script's."""

_KNOWN_NAMES = 4_096
"""Names remembered once read: a chat has few."""

_MARKS = re.compile("[\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
_SPACES = re.compile("[\u00a0\u2000-\u200a\u202f\u3000]")
_TAG = re.compile(r"#\d{1,4}$")
_ACCOUNT = re.compile(
    r"\s?(?:[(（]\d{5,12}[)）]|<[^<>@\s]{1,80}@[^<>\s]{1,80}>|[(（][^()（）@\s]{1,80}@[^()（）\s]{1,80}[)）])$"
)
_RANK = re.compile(r"^【[^【】]{1,12}】(?=\S)")
_PINNED = re.compile(r"\s*\((?:pinned|edited|BOT|bot)\)$")
_EDGES = re.compile(r"^[~*\s]+|[\s:：*,，]+$")
_QUOTED = re.compile(r"([\"'“‘])(.+)([\"'”’])")
_STAMP_LIKE = re.compile(
    r"[-–—]|[AaPp]\.?[Mm]\b|[\d./:-]+ ?(?:[AaPp][Mm])?$|(?:[A-Z][a-z]{2,8}\.? \d{1,2},? \d{4}\b"
    r"|\d{1,2}\.? [^\W\d_]{3,10}\.?,? \d{4}\b)"
)
_DAY = re.compile(rf"{RELATIVE_DAY}\s?")
_WORDS = 8
_LEVEL = re.compile(r"\b(?:TRACE|DEBUG|INFO|NOTICE|WARN(?:ING)?|ERROR|CRITICAL|FATAL|SEVERE)\b")
_NO_NAME = re.compile(r"[{}<>=\\;；。\t]|[?？!！](?![?？!！]*$)|\|.*\||https?$|-->")
_SENTENCE = re.compile(r"\w[.?!] \w{3,} ")
_SENTENCE_WORDS = 5
"""Words from which on a stop between words ends a sentence: Dr. Mira Bell, M.D. has fewer."""
_PAIRED = (("[", "]"), ("(", ")"), ("“", "”"), ("「", "」"), ("【", "】"))


def plain(row: str) -> str:
    """Return a row without marks of direction, with common spaces for all others.

    WhatsApp writes U+200E before its own texts and U+202F before AM; a copy of a message in Hebrew
    or Arabic is full of such marks.
    """
    return row if row.isascii() else _SPACES.sub(" ", _MARKS.sub("", row))


@lru_cache(_KNOWN_NAMES)
def clean_name(name: str) -> str:
    """Return a name without what programs add: ``~``, ``#1234``, a QQ number, ``(pinned)``."""
    name = _EDGES.sub("", unicodedata.normalize("NFC", name))
    quoted = _QUOTED.fullmatch(name)
    if quoted is not None:
        name = quoted[2]
    for extra in (_PINNED, _TAG, _ACCOUNT, _RANK):
        name = extra.sub("", name).strip() or name
    return name


@lru_cache(_KNOWN_NAMES)
def is_name(name: str) -> bool:
    """Return whether a cleaned text may be the name of a person in a chat."""
    if not 0 < len(name) <= NAME_CHARACTERS or not any(map(str.isalnum, name)):
        return False
    # The rest of a stamp in a form that is not known.
    if _STAMP_LIKE.match(name) or _DAY.fullmatch(f"{name} "):
        return False
    if _NO_NAME.search(name) or not _is_balanced(name):
        return False
    words = len(name.split())
    return words <= _WORDS and (words < _SENTENCE_WORDS or not _SENTENCE.search(name))


def _is_balanced(name: str) -> bool:
    """Return whether quotation marks and brackets are closed: of a notice, a colon cuts them."""
    if name[0] in "[<" and name[-1] not in "]>":
        return False
    return name.count('"') % 2 == 0 and all(
        name.count(opening) == name.count(closing) for opening, closing in _PAIRED
    )


def is_log_level(text: str) -> bool:
    """Return whether a row of a program's log stands where a name should."""
    return bool(_LEVEL.search(text))

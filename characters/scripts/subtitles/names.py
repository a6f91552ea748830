"""Recognise the names of speakers in cues, in any alphabet.

What a name is, ``characters/scripts/names.py`` says for all formats; here stands what else is no
name in a cue. Cues break sentences anywhere, so that a colon stands in the middle of one more often
than in a script, and brackets describe sounds as well as people. A cue's name therefore has fewer
words, only marks that names have, and no verb of saying.
"""

import re
import unicodedata

from characters.scripts.clauses import is_sentence
from characters.scripts.names import has_open_bracket, is_like_a_name

BIDIRECTIONAL = dict.fromkeys(
    (0xFEFF, 0x200B, 0x200E, 0x200F, 0x061C, *range(0x202A, 0x202F), *range(0x2066, 0x206A))
)
"""Invisible marks that only steer the order of characters on the screen, for ``str.translate``.
Joiners (U+200C, U+200D) stay: they change how letters look."""

_IDEOGRAPH = re.compile(r"[\u3400-\u9fff\u3040-\u30ff]")
_CHINESE_NAME = re.compile(r"[\w·•・＆&、/／＃# ]{1,10}")
_KATAKANA_NAME = re.compile(r"[\u30a0-\u30ff・＝=\w ]{1,20}")
_CHINESE_SAYING = re.compile(r".*[说說道问問答想喊叫是住看听聽]")
_CHINESE_SOUND = re.compile(r"[声聲响響音乐樂笑哭叹嘆咳歌铃鈴]")

_SHORTENED = re.compile(r"['’](?:m|re|s|ll|ve)\Z")
_SEPARATORS = re.compile(r"[\s,/&+＆／]+")
_IN_WORDS = frozenset("'’ʼ.-‑·•・#№")
_AROUND_WORDS = "\"“”„«»'‘’"
_WORDS = 6
_CASELESS_WORDS = 3
_SAYING = re.compile("قال|قالت|يقول|تقول|گفت|אמר|אמרה|אומר|말했다|말한다")

_SOUND = re.compile(
    r".*(?:ing|music|song|sighs?|laughs?|laughter|gasps?|chuckles?|groans?|grunts?|sobs?|screams?"
    r"|cries|coughs?|sniffs?|sniffles?|giggles?|whispers?|shouts?|mutters?|scoffs?|yells?|moans?"
    r"|applause|cheers?|silence|beeps?|thunder|static|gunshots?|knocks?|door|inaudible)",
    re.IGNORECASE,
)
_MANNER = re.compile(
    r"(?P<name>\S.*?)(?:\s*[,，;]\s*(?P<listed>\S.*)"
    r"|\s+(?P<manner>(?:softly |quietly )?(?:whispering|muttering|murmuring|narrating|voice-?over"
    r"|(?:on|over|through|via) (?:the )?\w+(?: \w+)?)))",
    re.IGNORECASE | re.DOTALL,
)


def is_name(name: str) -> bool:
    """Return whether ``name``, in front of a colon or in brackets, is written as names in cues are.

    It is like a name, and no clause: of six words without the marks of a sentence, or of the
    letters that Chinese and Japanese names have.
    """
    if name.count('"') % 2 or has_open_bracket(name) or _SHORTENED.search(name):
        return False
    if not is_like_a_name(name):
        return False
    if _IDEOGRAPH.search(name):
        fits = _CHINESE_NAME.fullmatch(name) or _KATAKANA_NAME.fullmatch(name)
        return bool(fits) and not _CHINESE_SAYING.fullmatch(name)
    words = [word.strip(_AROUND_WORDS) for word in _SEPARATORS.split(name)]
    words = [word for word in words if word]
    caseless = sum(map(_is_caseless, words))
    if caseless > _CASELESS_WORDS or any(map(_SAYING.fullmatch, words)):
        return False
    is_plain = len(words) <= _WORDS and all(map(_is_word, words))
    return is_plain or (not caseless and not is_sentence(name, ()))


def is_sound(name: str) -> bool:
    """Return whether a text in brackets describes a sound instead of naming a speaker."""
    if _IDEOGRAPH.search(name):
        return bool(_CHINESE_SOUND.search(name))
    return any(_SOUND.fullmatch(word) for word in name.split())


def split_manner(label: str) -> tuple[str, str]:
    """Return the name in a label such as ``ANNA, whispering``, and how it speaks or ""."""
    match = _MANNER.fullmatch(label)
    if match is None:
        return label, ""
    return match["name"].strip(), (match["listed"] or match["manner"]).strip()


def _is_word(word: str) -> bool:
    return all(
        character in _IN_WORDS or unicodedata.category(character)[0] in "LMN" for character in word
    )


def _is_caseless(word: str) -> bool:
    return unicodedata.category(word[0]) == "Lo"

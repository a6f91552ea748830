"""Say what a speaker's name is, and what stands around it, for all formats alike.

A name has a letter or a digit, and few words. How it is written depends on the writing system:
capitals begin its words where letters have case, and elsewhere it is short. Directions in brackets
behind it, marks of a voice (``V.O.``, ``OS``) and of a continued speech are no part of it.
"""

import re
import unicodedata
from functools import lru_cache
from typing import NamedTuple

SPEAKER_CHARACTERS = 40
"""Longest speaker name."""

NAME_WORDS = 8
"""Most words of a name: THE MAN WITH THE VERY LONG COAT has seven."""

_KNOWN_NAMES = 4_096
"""Names remembered once judged: a script has few of them."""

INVISIBLE = (
    "\ufeff\u200b\u200c\u200d\u200e\u200f\u2060\u00ad"
    "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
)
"""Marks without width, which exports put around names."""

_OPENINGS = {
    ")": "(（",
    "）": "(（",
    "]": "[",
    "】": "【",
    "}": "{",
    ">": "<",
    "〉": "〈",
    "〕": "〔",
}
_QUOTED = {'"': '"', "“": "”", "„": "“", "«": "»"}
_KEPT = frozenset("(（[")
"""Brackets that open a direction within a text, too; others are replaced by round ones."""
_TRAILING = re.compile(r"\s+['’,;:]\Z|[,;:：]\Z|(?<=[^sS'’])['’]\Z")
"""Marks behind a name that a slip has left there."""
_UNBALANCED = re.compile(r"[^(\[（【]*[)\]）】].*|[^)\]）】]*[(\[（【][^)\]）】]*", re.DOTALL)
_ROUND = frozenset("()（）")
_MOST_ASIDES = 30
_GOES_ON = frozenset(("CONTD", "CONT", "CONTINUED", "CONTINUING", "续", "續", "接上"))
_VOICE = re.compile(
    r"(?<=[\u3040-\u9fff])\s*(?P<wide>[Vv]\.?[Oo]\.?|[Oo]\.?[SsCc]\.?"
    r"|(?<![内內]心)(?:画外音|畫外音|话外音|旁白|[内內]心独白|[内內]心獨白|独白|獨白|心声))"
    r"|(?<=[^\W_])\s+(?P<narrow>V\.?\s?O\.?|O\.?\s?[SC]\.?)"
    r"|(?<=[^\W_])[\s,]+(?P<goes_on>CONT['’]?D\.?|CONT\.|\bcont['’]d\.?)"
)
_BEFORE_CONTACT = re.compile(rf"\A[~\s{INVISIBLE}]+")
_PADDING = re.compile(r"[^\S ]+|(?<=[^\S ]) +| +(?=[^\S ])")
_IDEOGRAPH = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]")
_LEADING_WORDS = (
    "the de von van vom la le les du da das de del della dem den der des di do dos el al af av bin"
    " ibn фон ван де ла ле дю"
)
_LEADING_PARTICLES = frozenset(_LEADING_WORDS.split())
"""Particles with which a name may begin: ``von Berg``, ``de Niro``, ``the Beast``."""
_INNER_WORDS = (
    "of with in from a an and on y e en et und og och i auf zu zur zum mit в и с из на да"
)
_INNER_PARTICLES = frozenset(_INNER_WORDS.split())
_PARTICLES = _LEADING_PARTICLES | _INNER_PARTICLES
_CASELESS_WORDS = 3
_CASELESS_CHARACTERS = 24


class Named(NamedTuple):
    """Hold a name, and what stood around it."""

    name: str
    aside: str = ""
    """Directions behind the name, in round or square brackets, as they open the text."""
    directions: tuple[str, ...] = ()
    continues: bool = False
    """Whether the row says ``(CONT'D)`` or ``（续）``."""


def clean_name(text: str) -> str:
    """Return ``text`` in NFC, without surrounding white space, quotation marks and invisible marks.

    Spaces of full width that only pad a Chinese name, ``鲁　贵``, are left out.
    """
    name = unicodedata.normalize("NFC", strip_invisible(text))
    if name[:1] == "~" and any(map(str.isalnum, name)):  # a contact without an entry
        name = strip_invisible(_BEFORE_CONTACT.sub("", name))
    if _QUOTED.get(name[:1]) == name[-1:] and len(name) > 2 and name[-1] not in name[1:-1]:
        name = strip_invisible(name[1:-1])
    if name.isascii() and name.isprintable():
        return name
    return _PADDING.sub(_join_padded, name)


def strip_invisible(text: str) -> str:
    """Return ``text`` without surrounding white space and invisible marks, in any mixture."""
    stripped = text.strip().strip(INVISIBLE)
    while stripped != text:
        text = stripped
        stripped = text.strip().strip(INVISIBLE)
    return stripped


def split_name(text: str) -> Named:
    """Return the name in a cleaned ``text``, and the directions and marks behind it."""
    asides: list[str] = []
    continues = False
    name = _TRAILING.sub("", text) or text
    for _ in range(_MOST_ASIDES):
        before, aside = _split_aside(name)
        if not aside:
            before, aside, is_continued = _split_voice(name)
            continues = continues or is_continued
            if before == name:
                break
        if aside and _says_continued(aside):
            continues = True
        elif aside:
            asides.insert(0, aside)
        name = before
    directions = tuple(filter(None, (aside[1:-1].strip() for aside in asides)))
    return Named(name, _join_asides(asides), directions, continues)


@lru_cache(_KNOWN_NAMES)
def is_like_a_name(name: str) -> bool:
    """Return whether a name without directions is written like one, in any alphabet.

    Words in letters with case begin with a capital, but particles; of other scripts a few words are
    a name. For formats in which a colon may as well stand in a sentence: they add what a clause
    looks like there (``clauses.py``, ``subtitles/names.py``, ``plays/starts.py``), and take no name
    that this does not take.
    """
    words = re.split(r"[\s/,&+、，]+", name.strip("\"'“”‘’«»"))
    words = [word for word in words if word]
    if not words or len(words) > NAME_WORDS or not any(map(str.isalnum, name)):
        return False
    if not any(map(str.isalpha, name)):
        return False
    caseless = not any(letter.isupper() or letter.islower() for letter in name)
    if caseless:
        return len(name) <= _CASELESS_CHARACTERS and len(words) <= _CASELESS_WORDS
    if not all(_begins_with_a_capital(word) or word in _PARTICLES for word in words):
        return False
    if words[0] in _INNER_PARTICLES:
        return False
    return any(word not in _PARTICLES for word in words)


def is_in_capitals(name: str) -> bool:
    """Return whether a name has letters with case, and all of them are capitals."""
    return name == name.upper() and name != name.lower()


def has_open_bracket(name: str) -> bool:
    """Return whether a bracket in a name is never closed, or closes none: a direction goes on."""
    return _UNBALANCED.fullmatch(name) is not None


def has_ideographs(name: str) -> bool:
    """Return whether a name has Chinese characters or kana."""
    return bool(_IDEOGRAPH.search(name))


def _begins_with_a_capital(word: str) -> bool:
    word = word.lstrip("\"'“”‘’«»#([.-–—¿¡")
    if not word:
        return True
    first = word[0]
    if first.isdigit() or first.isupper() or first.istitle():
        return True
    if first.isalpha() and not first.islower():  # a script without case
        return True
    elided = re.match(r"[a-zà-ÿ]{1,2}['’](?=[^\W\d_a-z])|(?:al|el|bin|mc|de)-?(?=[A-Z])", word)
    return bool(elided)


def _join_padded(match: re.Match[str]) -> str:
    before = match.string[: match.start()][-1:]
    after = match.string[match.end() :][:1]
    wide = _IDEOGRAPH.match(before) and _IDEOGRAPH.match(after)
    return "" if wide and "\u3000" in match[0] else " "


def _split_aside(text: str) -> tuple[str, str]:
    """Return ``text`` without the bracketed text that ends it, and that text; else "" for it."""
    openings = _OPENINGS.get(text[-1:])
    if openings is None:
        return text, ""
    start = max(text.rfind(opening) for opening in openings)
    inner = text[start + 1 : -1]
    if start <= 0 or any(mark in inner for mark in f"{openings}{text[-1]}"):
        return text, ""
    if (openings == "(（" or text[start] not in _KEPT) and _ROUND.intersection(inner):
        return text, ""
    name = strip_invisible(text[:start])
    if not any(map(str.isalnum, name)) or (openings == "[" and inner.strip().isdigit()):
        return text, ""
    if text[start] in _KEPT:
        return name, text[start:]
    return name, f"({inner})" if name.isascii() else f"（{inner}）"


def _split_voice(text: str) -> tuple[str, str, bool]:
    """Return ``text`` without a mark of a voice, the mark in brackets, and whether it goes on."""
    for match in _VOICE.finditer(text):
        if match.end() == len(text) and match.start() > 0:
            name = text[: match.start()].rstrip(" ,")
            if match["goes_on"]:
                return name, "", True
            if match["wide"]:
                return name, f"（{match['wide']}）", False
            return name, f"({match['narrow']})", False
    return text, "", False


def _says_continued(aside: str) -> bool:
    return re.sub(r"[^\w]", "", aside).upper() in _GOES_ON


def _join_asides(asides: list[str]) -> str:
    """Return directions side by side: with a space behind a narrow bracket."""
    joined = ""
    for aside in asides:
        joined += " " * (joined[-1:] in {")", "]"}) + aside
    return joined

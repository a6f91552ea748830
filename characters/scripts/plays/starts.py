"""Read the row in which a play's speech begins: ``MIRA [aside]. Late.``, ``米拉　迟了``."""

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Literal, NamedTuple

from characters.scripts.headings import is_heading
from characters.scripts.names import clean_name, has_ideographs, is_in_capitals, is_like_a_name

Mark = Literal["stop", "colon", "dash", "gap", "bracket", "alone"]
"""What parts a name from its speech: ``MIRA. …``, ``MIRA:`` above it, ``MIRA — …``, ``MIRA  …``,
``MIRA [aside] …``, or the end of the row without a mark."""

_ROW_CHARACTERS = 400
"""Characters of a row in which its name and directions must end."""

_TITLE = (
    r"(?:(?:Mrs?|Ms|Dr|St|Sta|Lt|Capt|Col|Gen|Sgt|Prof|Rev|Hon|Mme|Mlle|MM?|Sra?|Don|Doña|Fr|Hr"
    r"|г|MRS?|MS|DR|ST|LT|CAPT|COL|GEN|SGT|PROF|REV|HON|MME|MLLE|SRA?|FR|HR)\.\s)?"
)
_WORDS = r"[^\W\d_](?:[\w'’&/#]|-(?=\w)|\.(?=[^\W\d_])|[ ](?=[^\s\-–—])){0,60}"
_NUMBER = r"(?:[0-9]{1,2}(?:\.|-?[^\W\d_]{1,3})?\s(?=[^\W\d_]))?"
_NAME = rf"(?P<name>{_NUMBER}{_TITLE}{_WORDS})"
_CAPITAL = r"[^\W\d_a-zß-ÿа-яё]"
_MORE = rf"(?P<more>(?:,\s{_CAPITAL}(?:{_CAPITAL}|[ .'’-](?={_CAPITAL}))*(?![^\W\d_])){{0,4}})"
_MANNER = r"(?P<manner>,\s[^.:()\[\]]{1,60}?)?"
_ASIDE = r"(?P<aside>(?:(?:\s*,)?\s*(?:\([^()]*\)|\[[^\[\]]*\]|（[^（）]*）)){0,4})"

_STOP = re.compile(
    rf"{_NAME}{_MORE}{_MANNER}{_ASIDE}\s*(?:\.\s?[-–—]{{1,2}}|\.(?=\s|$)|\.(?=[(\[]))\s*(?P<text>.*)",
    re.DOTALL,
)
_COLON = re.compile(rf"{_NAME}{_MORE}{_MANNER}{_ASIDE}\s*:{_ASIDE.replace('aside', 'last')}")
_RANK = re.compile(
    r"(?P<name>(?i:capt|col|gen|lt|sgt|prof|rev|doct))\.\s+(?P<text>\S.*)", re.DOTALL
)
"""A rank that is the whole name, ``Capt. They are late.``, where no name follows it."""
_DASH = re.compile(rf"{_NAME}{_ASIDE}\s*(?:\s[-–—]{{1,2}}\s|[–—])\s*(?P<text>\S.*)", re.DOTALL)
_GAP = re.compile(
    rf"{_NAME}{_MORE},?{_ASIDE}(?:\.?\t+\s*| {{2,}}|\u3000+\s*)(?P<text>\S.*)", re.DOTALL
)
_WIDE = "[\\u3400-\\u9fff]"
_WIDE_GAP = re.compile(
    rf"(?P<name>{_WIDE}\u3000{_WIDE}(?=[\u3000（])|{_WIDE}(?:{_WIDE}|·|[/、](?={_WIDE})){{0,11}})"
    r"(?P<aside>(?:\s*（[^（）]*）){0,3})(?: *[\u3000\t][\u3000\t ]*| {2,}|(?<=）)\s*)"
    r"(?P<text>(?![:：])\S.*)",
    re.DOTALL,
)
_BRACKET = re.compile(
    rf"{_NAME},?(?P<aside>(?:\s*(?:\([^()]*\)|\[[^\[\]]*\])){{1,4}})[.,]?\s*(?P<text>(?![:：]).*)",
    re.DOTALL,
)
_ALONE = re.compile(rf"{_NAME}{_MORE}(?:,(?=\s*[\[(]))?{_MANNER}{_ASIDE}", re.DOTALL)
_UNCLOSED = re.compile(rf"{_NAME},?\s*(?P<text>[(\[][^()\[\]]*)", re.DOTALL)
_AT_THE_MARGIN = re.compile(r"(?<!\s)\s{4,}((?:Exit|Exeunt|Enter|Re-enter|Exits?)\b[^\[\]]*)$")
_SPACES = re.compile(" {2,}")
_EMPHASIS = re.compile(r"(?<!\w)[_*]+(?=\S)|(?<=\S)[_*]+(?!\w)")
# Separated by spaces: directions and interjections that open a row, and levels of a log.
_NO_NAME_WORDS = (
    "enter enters exit exits exeunt re-enter reenter curtain scene act end finis flourish alarum"
    " alarums sennet trumpets manet manent pause yes no oh o ah well why what good come now"
    " here there never always thanks please nothing then so and but hark alas ha fie ay aye nay"
    " vorhang ab auf rideau telón занавес входит входят уходит уходят да нет ja nein oui non sí"
    " note notes contents chapter info debug warn warning error trace fatal notice critical"
    " title author language produced transcribed this it he she they we you i"
    " aside sings reads dies kneels rises drinks dances weeps within knocking music to"
    " singt liest chante lisant читает поет поёт"
)
_NO_NAMES = frozenset(_NO_NAME_WORDS.split())
_SAID = frozenset(("silence", "farewell", "adieu", "welcome", "sir", "madam"))
"""Words that are said far more often than they are names; some plays have a Silence."""
_MOST_LOOSE_WORDS = 4
_LOOSE = re.compile(rf"(?:[0-9]\S*|{_CAPITAL}[\w'’-]*)(?: [\w'’-]+){{0,3}}")


class PlayStart(NamedTuple):
    """Hold what opens a speech."""

    mark: Mark
    name: str
    text: str
    """The speech in this row, with its opening directions; empty where it begins below."""
    has_words: bool = True
    """Whether something is said in this row, besides directions."""
    has_manner: bool = False
    """Whether words say how, behind a comma: ``HARPAGON, seul.``"""
    is_list: bool = False
    """Whether several are named: ``MIRA, TOBY``."""
    is_loose: bool = False
    """Whether only recurring could show that this is a name: ``Графиня внучка``, ``1. Witch``."""

    @property
    def key(self) -> str:
        """Return the name as it is compared: without case, dots and spaces."""
        return key_of(self.name)


def key_of(name: str) -> str:
    """Return ``name`` without case, dots and spaces."""
    return "".join(name.casefold().replace(".", "").split())


def strip_emphasis(text: str) -> str:
    """Return ``text`` without the low lines and asterisks that stand for italics."""
    return _EMPHASIS.sub("", text) if "_" in text or "*" in text else text


def tidy(text: str) -> str:
    """Return a speech's text without italics, with one space behind a sentence.

    A direction at the right margin, ``Good night.       Exit.``, is put in brackets.
    """
    return _SPACES.sub(" ", _AT_THE_MARGIN.sub(r" [\1]", strip_emphasis(text)))


@lru_cache(maxsize=512)
def find_starts(row: str) -> tuple[PlayStart, ...]:
    """Return how a stripped row may open a speech, the surest mark first.

    Each row is read several times while the rows around it are.
    """
    return tuple(_find_starts(row))


def _find_starts(row: str) -> Iterator[PlayStart]:
    if is_heading(row) or row[0] in "([*#=-":
        return
    head = strip_emphasis(row)
    rest = head[_ROW_CHARACTERS:]
    head = head[:_ROW_CHARACTERS]
    patterns: tuple[tuple[Mark, re.Pattern[str]], ...] = (
        ("gap", _WIDE_GAP if has_ideographs(head[0]) else _GAP),
        ("stop", _STOP),
        ("colon", _COLON),
        ("dash", _DASH),
        ("bracket", _BRACKET),
        ("alone", _ALONE),
    )
    for mark, pattern in patterns:
        if (match := pattern.fullmatch(head)) and (start := _read(mark, match, rest)):
            yield start
    if (match := _RANK.fullmatch(head)) and (start := _read("stop", match, rest)):
        yield start


def find_unclosed(row: str) -> PlayStart | None:
    """Return the start of a speech whose first direction ends in a row below: ``MIRA (as``."""
    match = _UNCLOSED.fullmatch(strip_emphasis(row)[:_ROW_CHARACTERS])
    return _read("bracket", match, "") if match else None


def _read(mark: Mark, match: re.Match[str], rest: str) -> PlayStart | None:
    found = match.groupdict()
    more = found.get("more") or ""
    name = clean_name(found["name"] + more)
    if more and not is_in_capitals(name):
        return None
    is_name = all(may_be_a_name(each.strip()) for each in name.split(","))
    if not is_name and not _is_loose(name):
        return None
    manner = (found.get("manner") or "").strip(" ,")
    asides = (found.get("aside") or "") + (found.get("last") or "")
    aside = " ".join(asides.strip(" ,").split())
    text = (found.get("text") or "") + rest
    opening = " ".join(filter(None, (f"({manner})" if manner else "", aside)))
    said = f"{opening} {text}" if opening[-1:].isascii() else opening + text.lstrip()
    return PlayStart(
        mark,
        name,
        tidy(said.strip()),
        has_words=bool(text.strip()),
        has_manner=bool(manner),
        is_list=bool(more),
        is_loose=not is_name or name[0].isdigit() or name.casefold() in _SAID,
    )


def may_be_a_name(name: str) -> bool:
    """Return whether ``name`` could be a speaker: capitals begin it, and no direction's word."""
    words = name.split()
    letters = sum(map(str.isalpha, name))
    if not words or len(name) > 40 or letters < 1 + (not has_ideographs(name)):
        return False
    first = words[0].casefold().strip(".,")
    if first in _NO_NAMES and (len(words) == 1 or not is_in_capitals(name)):
        return False
    if first in _SAID and len(words) == 1 and not is_in_capitals(name):
        return False
    return is_like_a_name(name)


def _is_loose(name: str) -> bool:
    """Return whether only the first word of ``name`` is written like one."""
    words = name.split()
    return (
        bool(_LOOSE.fullmatch(name))
        and 1 < len(words) <= _MOST_LOOSE_WORDS
        and words[0].casefold() not in _NO_NAMES
    )

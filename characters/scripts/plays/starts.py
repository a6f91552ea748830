"""Read the row in which a play's speech begins: ``MIRA [aside]. Late.``, ``米拉　迟了``."""

import re
from collections.abc import Iterator
from typing import Literal, NamedTuple

from characters.scripts.headings import is_heading
from characters.scripts.names import clean_name, has_ideographs, is_in_capitals, is_like_a_name

Mark = Literal["stop", "dash", "gap", "bracket", "alone"]
"""What parts a name from its speech: ``MIRA. …``, ``MIRA — …``, ``MIRA  …``, ``MIRA [aside] …``, or
the end of the row without a mark."""

_ROW_CHARACTERS = 400
"""Characters of a row in which its name and directions must end."""

_TITLE = (
    r"(?:(?:Mrs?|Ms|Dr|St|Sta|Lt|Capt|Col|Gen|Sgt|Prof|Rev|Hon|Mme|Mlle|MM?|Sra?|Don|Doña|Fr|Hr"
    r"|г|MRS?|MS|DR|ST|LT|CAPT|COL|GEN|SGT|PROF|REV|HON|MME|MLLE|SRA?|FR|HR)\.\s)?"
)
_WORDS = r"[^\W\d_](?:[\w'’&/#]|-(?=\w)|[ ](?=[^\s\-–—])){0,60}"
_NAME = rf"(?P<name>{_TITLE}{_WORDS})"
_MANNER = r"(?P<manner>,\s[^.:()\[\]]{1,60}?)?"
_ASIDE = r"(?P<aside>(?:(?:\s*,)?\s*(?:\([^()]*\)|\[[^\[\]]*\]|（[^（）]*）)){0,4})"

_STOP = re.compile(
    rf"{_NAME}{_MANNER}{_ASIDE}\s*(?:\.\s?[-–—]{{1,2}}|\.(?=\s|$)|\.(?=[(\[]))\s*(?P<text>.*)",
    re.DOTALL,
)
_DASH = re.compile(rf"{_NAME}{_ASIDE}\s*(?:\s[-–—]{{1,2}}\s|[–—])\s*(?P<text>\S.*)", re.DOTALL)
_GAP = re.compile(rf"{_NAME},?{_ASIDE}(?:\t+\s*| {{2,}}|\u3000+\s*)(?P<text>\S.*)", re.DOTALL)
_WIDE = "[\\u3400-\\u9fff]"
_WIDE_GAP = re.compile(
    rf"(?P<name>{_WIDE}\u3000{_WIDE}(?=[\u3000（])|{_WIDE}(?:{_WIDE}|·){{0,7}})"
    r"(?P<aside>(?:\s*（[^（）]*）){0,3})(?:[\u3000\t]+| {2,}|(?<=）)\s*)(?P<text>(?![:：])\S.*)",
    re.DOTALL,
)
_BRACKET = re.compile(
    rf"{_NAME},?(?P<aside>(?:\s*(?:\([^()]*\)|\[[^\[\]]*\])){{1,4}})[.,]?\s*(?P<text>(?![:：]).*)",
    re.DOTALL,
)
_ALONE = re.compile(rf"{_NAME}{_MANNER}{_ASIDE}", re.DOTALL)
_AT_THE_MARGIN = re.compile(r"(?<!\s)\s{4,}((?:Exit|Exeunt|Enter|Re-enter|Exits?)\b[^\[\]]*)$")
_SPACES = re.compile(" {2,}")
_EMPHASIS = re.compile(r"(?<!\w)[_*]+(?=\S)|(?<=\S)[_*]+(?!\w)")
# Separated by spaces: directions and interjections that open a row, and levels of a log.
_NO_NAME_WORDS = (
    "enter enters exit exits exeunt re-enter reenter curtain scene act end finis flourish alarum"
    " alarums sennet trumpets manet manent pause silence yes no oh o ah well why what good come now"
    " here there never always thanks please nothing then so and but hark alas ha fie ay aye nay"
    " vorhang ab auf rideau telón занавес входит входят уходит уходят да нет ja nein oui non sí"
    " note notes contents chapter info debug warn warning error trace fatal notice critical"
    " farewell adieu welcome sir madam title author language produced transcribed"
    " this it he she they we you i"
)
_NO_NAMES = frozenset(_NO_NAME_WORDS.split())


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


def find_starts(row: str) -> Iterator[PlayStart]:
    """Yield how a stripped row may open a speech, the surest mark first."""
    if is_heading(row) or row[0] in "([*#=-" or row[0].isdigit():
        return
    head = strip_emphasis(row)
    rest = head[_ROW_CHARACTERS:]
    head = head[:_ROW_CHARACTERS]
    patterns: tuple[tuple[Mark, re.Pattern[str]], ...] = (
        ("gap", _WIDE_GAP if has_ideographs(head[0]) else _GAP),
        ("stop", _STOP),
        ("dash", _DASH),
        ("bracket", _BRACKET),
        ("alone", _ALONE),
    )
    for mark, pattern in patterns:
        if (match := pattern.fullmatch(head)) and (start := _read(mark, match, rest)):
            yield start


def _read(mark: Mark, match: re.Match[str], rest: str) -> PlayStart | None:
    found = match.groupdict()
    name = clean_name(found["name"])
    if not may_be_a_name(name):
        return None
    manner = (found.get("manner") or "").strip(" ,")
    if manner and is_in_capitals(manner):  # who is there: ``HARPAGON, LA FLÈCHE.``
        return None
    aside = " ".join((found.get("aside") or "").strip(" ,").split())
    text = (found.get("text") or "") + rest
    opening = " ".join(filter(None, (f"({manner})" if manner else "", aside)))
    said = f"{opening} {text}" if opening[-1:].isascii() else opening + text.lstrip()
    return PlayStart(mark, name, tidy(said.strip()), bool(text.strip()), bool(manner))


def may_be_a_name(name: str) -> bool:
    """Return whether ``name`` could be a speaker: capitals begin it, and no direction's word."""
    words = name.split()
    letters = sum(map(str.isalpha, name))
    if not words or len(name) > 40 or letters < 1 + (not has_ideographs(name)):
        return False
    if words[0].casefold().strip(".,") in _NO_NAMES and (
        len(words) == 1 or not is_in_capitals(name)
    ):
        return False
    return is_like_a_name(name)

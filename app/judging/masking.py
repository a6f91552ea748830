"""Mask the names of a cast, so that speakers are not distinguished by whom they name."""

import re
import unicodedata
from collections.abc import Collection, Iterable, Iterator

from retrieval.bm25.tokens import UNSPACED

MASK = "□"
"""Stands for any name, so that texts still show that a name is said."""
MOST_NAMES = 400
"""Names that are masked: the first ones given, with their parts."""
_TITLES = frozenset(
    {"a", "an", "and", "captain", "col", "colonel", "count", "countess", "de", "der", "dr", "du"}
    | {"first", "gen", "general", "girl", "king", "lady", "la", "le", "lord", "madam", "man"}
    | {"miss", "mr", "mrs", "ms", "of", "old", "prince", "princess", "prof", "professor", "queen"}
    | {"second", "sgt", "sir", "st", "the", "third", "van", "von", "woman", "young"}
)
"""Words of names that are not masked by themselves: everyone says them."""
_SPACED = rf"[^\W{UNSPACED}]"
_UNSPACED = re.compile(f"[{UNSPACED}]")
_LEAST_PART = 2
_GIVEN = 2
"""Characters of a Chinese given name behind its family name, and of a long family name."""
_LONG_FAMILY_NAMES = (
    *("欧阳", "司马", "诸葛", "上官", "夏侯", "皇甫", "尉迟", "公孙", "长孙", "令狐", "慕容"),
    *("东方", "独孤", "司徒", "南宫", "端木", "百里", "呼延", "宇文", "司空", "西门", "轩辕"),
)
_BETWEEN = re.compile(r"[\s·•‧∙⋅・=-]+")
"""What stands between the parts of a foreign name in Chinese or Japanese."""


class NameMask:
    """Replace every name of a cast in texts, whole names and the parts that people are called by.

    A name of spaced letters is masked as a word, in any case; a Chinese or Japanese one wherever it
    stands, also within a longer word.
    """

    def __init__(self, names: Iterable[str]) -> None:
        """Take the cast's names and aliases, the most important first."""
        known = [normal(name) for name in dict.fromkeys(names)][:MOST_NAMES]
        spellings = {spelling for name in known for spelling in _spellings(name)}
        longest_first = sorted(spellings, key=lambda spelling: (-len(spelling), spelling))
        pattern = "|".join(map(_pattern, longest_first))
        self._names = re.compile(pattern, re.IGNORECASE) if pattern else None

    def __call__(self, text: str) -> str:
        """Return the text in NFKC with :data:`MASK` in place of names."""
        text = normal(text)
        return text if self._names is None else self._names.sub(MASK, text)


def normal(text: str) -> str:
    """Return a text as names are looked for in it: NFKC, without spaces around."""
    return unicodedata.normalize("NFKC", text).strip()


def _spellings(name: str) -> Collection[str]:
    """Return a name and its parts, whichever of them people are called by."""
    if not any(map(str.isalnum, name)):
        return ()
    found = {name}
    for part in _BETWEEN.split(name) if _UNSPACED.search(name) else [name]:
        found.update(_unspaced_parts(part) if _UNSPACED.search(part) else _words(part))
    return found


def _unspaced_parts(part: str) -> Iterator[str]:
    """Yield a part of two characters and more, and the family and given name in a Chinese one."""
    if len(part) > 1:
        yield part
    if not all(map(_UNSPACED.match, part)):
        return
    if part.startswith(_LONG_FAMILY_NAMES):
        yield part[:_GIVEN]
        if len(part) == _GIVEN + _GIVEN:
            yield part[_GIVEN:]
    elif len(part) == 1 + _GIVEN:
        yield part[-_GIVEN:]


def _words(name: str) -> Iterator[str]:
    """Yield the words of a name of spaced letters, without titles."""
    for word in re.findall(rf"{_SPACED}+", name):
        if len(word) > _LEAST_PART and word.casefold() not in _TITLES and not word.isdigit():
            yield word


def _pattern(spelling: str) -> str:
    """Return a regular expression that finds a spelling; spaces in it may be any white space."""
    parts = map(re.escape, spelling.split())
    found = r"\s+".join(parts)
    if _UNSPACED.search(spelling):
        return found
    return rf"(?<!{_SPACED}){found}(?!{_SPACED})"

"""Mask the names of a cast, so that speakers are not distinguished by whom they name."""

import re
import unicodedata
from collections.abc import Collection, Iterable

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
"""Characters of a Chinese given name behind its family name."""


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
    """Return a name and its parts: words of spaced letters, a Chinese given name."""
    if not any(map(str.isalnum, name)):
        return ()
    found = {name}
    if _UNSPACED.search(name):
        if len(name) == 1 + _GIVEN and all(map(_UNSPACED.match, name)):
            found.add(name[-_GIVEN:])
        return found
    words = re.findall(rf"{_SPACED}+", name)
    found.update(
        word
        for word in words
        if len(word) > _LEAST_PART and word.casefold() not in _TITLES and not word.isdigit()
    )
    return found


def _pattern(spelling: str) -> str:
    """Return a regular expression that finds a spelling; spaces in it may be any white space."""
    parts = map(re.escape, spelling.split())
    found = r"\s+".join(parts)
    if _UNSPACED.search(spelling):
        return found
    return rf"(?<!{_SPACED}){found}(?!{_SPACED})"

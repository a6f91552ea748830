"""Split texts into the tokens and character n-grams that are counted."""

import re
import unicodedata
from collections.abc import Callable, Iterator

Tokenize = Callable[[str], list[str]]

UNSPACED = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff"  # Thai, Lao, Myanmar, Khmer
    "\u3005-\u3007\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"  # kana, Han
    "\uac00-\ud7a3"  # Hangul: spaced, but its words carry their endings
    "\U00020000-\U000323af"
)
"""Characters of scripts written without spaces, as the ranges of a regular expression's class."""
_RUN = re.compile(rf"[{UNSPACED}]+|[^\W{UNSPACED}]+")
_SPACED = re.compile(rf"[^\W{UNSPACED}]+")
_UNSPACED_CHARACTER = re.compile(f"[{UNSPACED}]")


def bigrams(text: str) -> list[str]:
    """Return character bigrams of scripts written without spaces, whole words of the others.

    The text is NFKC-normalised and case-folded, and punctuation is dropped; a run of one character
    yields that character. CJK analyzers of search engines do the same (Lucene's CJKBigramFilter).
    """
    return _tokens(text, 2)


def unigrams(text: str) -> list[str]:
    """Return tokens as :func:`bigrams` does, with single characters instead of bigrams."""
    return _tokens(text, 1)


def in_words(text: str) -> bool:
    """Return whether words separated by spaces outnumber characters of unspaced scripts."""
    unspaced = len(_UNSPACED_CHARACTER.findall(text))
    return len(_SPACED.findall(text)) > unspaced


def letter_pairs(text: str) -> list[str]:
    """Return character bigrams in any script, punctuation included: they survive misspelling."""
    normalised = characters(text)
    return [normalised[start : start + 2] for start in range(len(normalised) - 1)] or [normalised]


def characters(text: str) -> str:
    """Return the text for character n-grams: NFKC, case-folded, without white space."""
    return "".join(_normal(text).split())


def _normal(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold()


def _tokens(text: str, size: int) -> list[str]:
    return [token for run in _RUN.findall(_normal(text)) for token in _pieces(run, size)]


def _pieces(run: str, size: int) -> Iterator[str]:
    if not _is_unspaced(run[0]) or len(run) <= size:
        yield run
        return
    for start in range(len(run) - size + 1):
        yield run[start : start + size]


def _is_unspaced(character: str) -> bool:
    return _UNSPACED_CHARACTER.match(character) is not None

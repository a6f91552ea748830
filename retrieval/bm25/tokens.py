"""From a text to what is counted of it."""

import re
import unicodedata
from collections.abc import Callable, Iterator

Tokenize = Callable[[str], list[str]]

_UNSPACED = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff"  # Thai, Lao, Myanmar, Khmer
    "\u3005-\u3007\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"  # kana, Han
    "\uac00-\ud7a3"  # Hangul: spaced, but its words carry their endings
    "\U00020000-\U000323af"
)
_RUN = re.compile(rf"[{_UNSPACED}]+|[^\W{_UNSPACED}]+")
_SPACED = re.compile(rf"[^\W{_UNSPACED}]+")
_UNSPACED_CHARACTER = re.compile(f"[{_UNSPACED}]")


def bigrams(text: str) -> list[str]:
    """Character bigrams of scripts written without spaces, whole words of the others.

    The text is NFKC-normalised and case-folded, and signs are left out; a run of one character
    is that character. As the CJK analyzers of search engines do it (Lucene's CJKBigramFilter).
    """
    return _tokens(text, 2)


def unigrams(text: str) -> list[str]:
    """As :func:`bigrams`, with the characters one by one."""
    return _tokens(text, 1)


def in_words(text: str) -> bool:
    """Whether it has more words with spaces between them than characters of other scripts."""
    unspaced = len(_UNSPACED_CHARACTER.findall(text))
    return len(_SPACED.findall(text)) > unspaced


def letter_pairs(text: str) -> list[str]:
    """Character bigrams in any script, signs included: they survive misspelling."""
    said = characters(text)
    return [said[start : start + 2] for start in range(len(said) - 1)] or [said]


def characters(text: str) -> str:
    """The text as character n-grams see it: NFKC, case-folded, without white space."""
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

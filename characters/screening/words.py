"""Divide texts into words: Latin words, and single CJK characters."""

import re

_WORD = re.compile(
    r"[\u2e80-\u2fff\u3005-\u3007\u3031-\u9fff\uac00-\ud7af\uf900-\ufaff\U00020000-\U000323af]|[^\W_\u2e80-\U000323af]+"
    r"(?:'[^\W_\u2e80-\U000323af]+)*"
)
_QUOTES = str.maketrans("’‘＇", "'''")

Words = tuple[str, ...]


def plain(text: str) -> str:
    """Return the text with plain apostrophes; every character keeps its position."""
    return text.translate(_QUOTES)


def words_of(text: str) -> Words:
    """Return the words of a text without regard to case and punctuation."""
    return tuple(word.casefold() for word in _WORD.findall(plain(text)))

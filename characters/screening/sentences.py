"""Find where sentences end, in Chinese and English, also while a text streams."""

import re

_WIDE = 3
"""Width of a CJK character in Latin letters: a word has about two of them, or five letters."""
_LEAST_OPENING = 24
"""Fewest letters of an opening: "Sure!" is judged together with the sentence that follows."""
_LONGEST_OPENING = 240
"""Width at which an opening ends without the end of a sentence."""

_END = re.compile(
    r"[。！？](?:[。！？…—~～]|[!?])*[”’」』）\"')\]*]*[ \t]*"
    r"|(?<![.!?])[.!?]+[”’\"')\]*]*(?=\s|[\u2e80-\uffef])[ \t]*"
    r"|(?<![ \t])[ \t]*\n\s*"
)
_ABBREVIATION = re.compile(r"\b(?:Mr|Mrs|Ms|Dr|St|Mt|No|vs|etc|Prof|Capt|[A-Z])\.$")


def width(text: str) -> int:
    """Return the width of a text: 3 for a CJK character, 1 for any other."""
    if text.isascii():
        return len(text)
    return len(text) + (_WIDE - 1) * sum(character >= "\u2e80" for character in text)


def first_end(text: str, start: int = 0) -> int | None:
    """Return where the first sentence that ends behind ``start`` ends, white space included.

    None where no end is certain yet: a full stop may turn out to be a decimal point.
    """
    for match in _END.finditer(text, start):
        if not _ABBREVIATION.search(text[max(0, match.start() - 6) : match.start() + 1]):
            return match.end()
    return None


def sentences(text: str) -> list[str]:
    """Return the sentences of a text; together they are the text."""
    found, start = [], 0
    while start < len(text):
        end = first_end(text, start) or len(text)
        found.append(text[start:end])
        start = end
    return found


def opening_end(text: str) -> int | None:
    """Return where the opening of a reply ends, or None while it has not.

    An opening is the first sentence, or the first few where it is only a word or two.
    """
    end = letters = 0
    while end < _LONGEST_OPENING and (following := first_end(text, end)) is not None:
        letters += _letters(text[end:following])
        end = following
        if letters >= _LEAST_OPENING:
            return end
    return len(text) if width(text) >= _LONGEST_OPENING else None


def sentence_start(text: str, at: int) -> int:
    """Return where the sentence that holds the position ``at`` begins."""
    start = 0
    while (end := first_end(text, start)) is not None and end <= at:
        start = end
    return start


def _letters(text: str) -> int:
    return sum(_WIDE if character >= "\u2e80" else 1 for character in text if character.isalnum())

"""Find and remove quotation marks around speech, with or without a stage direction before it."""

import re

_CLOSING = {"「": "」", "『": "』", "“": "”", '"': '"', "«": "»"}

CLOSING_MARKS = frozenset(_CLOSING.values())
BEGINNINGS = frozenset((*_CLOSING, *"(（*"))
"""Characters that may begin a quoted text."""

_DIRECTIONS = re.compile(r"(?:(?:[(（][^()（）]*[)）]|\*[^*]+\*)\s*)*")


def unquote(text: str) -> str:
    """Return ``text`` without the one pair of quotation marks that encloses all of the speech.

    ``“Yes,” he said, “no.”`` is not one pair, and quotations inside a speech stay.
    """
    start = _find_speech(text)
    opening, inner = text[start : start + 1], text[start + 1 : -1]
    closing = _CLOSING.get(opening)
    if closing is None or text[-1] != closing or not inner.strip():
        return text
    if opening in inner or closing in inner:
        return text
    return text[:start] + inner.strip()


def find_unclosed(text: str) -> str | None:
    """Return the mark that would close the opening quotation of ``text``, where none does."""
    start = _find_speech(text)
    closing = _CLOSING.get(text[start : start + 1])
    return closing if closing and closing not in text[start + 1 :] else None


def drop_opening(text: str) -> str:
    """Return ``text`` without the quotation mark that opens it."""
    start = _find_speech(text)
    return text[:start] + text[start + 1 :].lstrip()


def _find_speech(text: str) -> int:
    """Return the index behind the leading stage directions."""
    match = _DIRECTIONS.match(text)
    return match.end() if match else 0

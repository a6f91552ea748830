"""Quotation marks around what somebody says, with or without a stage direction before them."""

import re

_CLOSING = {"「": "」", "『": "』", "“": "”", '"': '"', "«": "»"}

CLOSING_MARKS = frozenset(_CLOSING.values())
BEGINNINGS = frozenset((*_CLOSING, *"(（*"))
"""What a text begins with that may be quoted."""

_DIRECTIONS = re.compile(r"(?:(?:[(（][^()（）]*[)）]|\*[^*]+\*)\s*)*")


def unquote(text: str) -> str:
    """``text`` without the one pair of quotation marks that holds all that is said, if one does.

    ``“Yes,” he said, “no.”`` is not one pair, and what is quoted inside a speech stays.
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
    """What would close the quotation mark that opens ``text``, where nothing in it does."""
    start = _find_speech(text)
    closing = _CLOSING.get(text[start : start + 1])
    return closing if closing and closing not in text[start + 1 :] else None


def drop_opening(text: str) -> str:
    """``text`` without the quotation mark that opens it."""
    start = _find_speech(text)
    return text[:start] + text[start + 1 :].lstrip()


def _find_speech(text: str) -> int:
    """Where the stage directions in front end."""
    match = _DIRECTIONS.match(text)
    return match.end() if match else 0

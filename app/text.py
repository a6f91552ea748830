"""Check text that comes from outside."""

import re

from pydantic import AfterValidator

_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]")
"""C0 and C1, with U+0085 (next line) and U+009B, which begins a terminal's commands; separators."""


def is_storable(text: str) -> bool:
    """Return whether both databases can store a text.

    Half a surrogate pair has no UTF-8 form, and PostgreSQL stores no NUL.
    """
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return "\x00" not in text


def has_control_characters(text: str) -> bool:
    """Return whether a text has a line break, a control character or half a surrogate pair."""
    return not is_storable(text) or _CONTROL.search(text) is not None


def contains(text: str, wanted: str) -> bool:
    """Return whether a text has another in it, in upper or lower case."""
    return wanted.casefold() in text.casefold()


def _storable(value: str) -> str:
    if not is_storable(value):
        raise ValueError("must not contain a NUL character or half a surrogate pair")
    return value


def _one_line(value: str) -> str:
    if has_control_characters(value):
        raise ValueError("must be one line without control characters")
    return value


Storable = AfterValidator(_storable)
"""For texts of several lines."""

OneLine = AfterValidator(_one_line)

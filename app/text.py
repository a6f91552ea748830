"""What text may hold that comes from outside."""

from pydantic import AfterValidator


def is_storable(text: str) -> bool:
    """Whether it has a UTF-8 form (half a surrogate pair has none), and no NUL for PostgreSQL."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return "\x00" not in text


def has_control_characters(text: str) -> bool:
    """Whether there is a line break, another control character or half a surrogate pair."""
    return not is_storable(text) or any(ord(c) < 32 or c in "\u2028\u2029\x7f" for c in text)


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

"""What text may hold that comes from outside."""

from pydantic import AfterValidator


def has_control_characters(text: str) -> bool:
    """Whether there is a line break, another control character or half a surrogate pair."""
    return any(ord(c) < 32 or c in "\u2028\u2029\x7f" or "\ud800" <= c <= "\udfff" for c in text)


def _without_nul(value: str) -> str:
    if "\x00" in value:
        raise ValueError("must not contain a NUL character")
    return value


def _one_line(value: str) -> str:
    if has_control_characters(value):
        raise ValueError("must be one line without control characters")
    return value


WithoutNul = AfterValidator(_without_nul)
"""For texts of several lines. PostgreSQL stores no NUL."""

OneLine = AfterValidator(_one_line)

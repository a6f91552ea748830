"""Decide whether an indented row of plain text continues the speech above."""

from characters.scripts.text.wrapping import measure

_DEEPER_COLUMNS = 2
_RECOGNISED_CHARACTERS = 8
_MID_SENTENCE = "，,、；;-"
_ENDS = frozenset('。！？.!?…」』”’"»)）]】*')


def is_deeper(row: str, first: str) -> bool:
    """Return whether ``row`` stands at least two columns deeper than ``first``."""
    return _measure_indent(row) >= _measure_indent(first) + _DEEPER_COLUMNS


def is_closed(text: str) -> bool:
    """Return whether ``text`` ends with a sentence, a quotation or a direction."""
    return text[-1:] in _ENDS


def is_indented_continuation(row: str, text: str, *, first: str, said: str, so_far: str) -> bool:
    """Return whether ``row``, which says ``text``, is indented as part of a speech.

    ``first`` is the row in which the speech begins, ``said`` is its text there, and ``so_far`` is
    the text of the speech up to now. A continuation stands at least two columns deeper than
    ``first``, and is in the middle of a sentence, or aligned with ``said`` below a sentence that
    is not over: a stage direction is aligned the same way.
    """
    if not is_deeper(row, first):
        return False
    if so_far[-1] in _MID_SENTENCE or text[0].islower():
        return True
    return _measure_indent(row) == _find_text_column(first, said) and not is_closed(so_far)


def _measure_indent(row: str) -> int:
    row = row.expandtabs()
    return measure(row[: len(row) - len(row.lstrip())])


def _find_text_column(row: str, text: str) -> int | None:
    """Return the column of ``row`` in which ``text`` begins."""
    start = row.find(text[:_RECOGNISED_CHARACTERS])
    return measure(row[:start].expandtabs()) if start >= 0 else None

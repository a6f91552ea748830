"""Join rows of prose into paragraphs."""

from collections.abc import Iterable, Iterator
from functools import reduce
from typing import NamedTuple

from characters.scripts.headings import is_heading, is_heading_prefix
from characters.scripts.lines import find_colon
from characters.scripts.prose import european, japanese
from characters.scripts.prose.dashes import opening_dash
from characters.scripts.text.wrapping import join_rows

_ENDS = '.!?…»”":'
_ROWS = 200
_CHARACTERS = 20_000
"""Bounds of a paragraph; a longer one continues as a further one."""


class ProseParagraph(NamedTuple):
    """Hold the text of one or more rows, or a heading."""

    row: int
    """1-based row in which it begins."""
    rows: int
    text: str
    is_heading: bool = False


def read_paragraphs(rows: Iterable[str], *, wrapped: bool) -> Iterator[ProseParagraph]:
    """Yield the paragraphs of ``rows``: blocks between blank rows if ``wrapped``, else rows.

    A Japanese row that goes on behind the quotation above it, ``とミラは言った``, belongs to it; a
    dash behind the end of a sentence opens another paragraph.
    """
    block: list[str] = []
    for number, row in enumerate(rows, 1):
        text = row.strip()
        heading = bool(text) and opens_scene(text)
        joins = bool(text) and bool(block) and _joins(block, text, wrapped=wrapped)
        if block and (heading or not joins or _is_long(block)):
            yield _join(number - len(block), block)
            block = []
        if heading:
            yield ProseParagraph(number, 1, text, is_heading=True)
        elif text:
            block.append(text)
    if block:
        yield _join(number - len(block) + 1, block)


def opens_scene(text: str) -> bool:
    """Return whether a stripped row of prose is a heading."""
    colon = find_colon(text)
    return is_heading(text) if colon < 0 else is_heading_prefix(text[:colon])


def _joins(block: list[str], text: str, *, wrapped: bool) -> bool:
    """Return whether ``text`` belongs to the open paragraph."""
    if not wrapped:
        return block[-1].endswith(("」", "』")) and japanese.continues(text)
    dash = opening_dash(text)
    return not dash or block[-1][-1] not in _ENDS or european.opens_clause(text[len(dash) :])


def _is_long(block: list[str]) -> bool:
    return len(block) == _ROWS or sum(map(len, block)) > _CHARACTERS


def _join(row: int, block: list[str]) -> ProseParagraph:
    return ProseParagraph(row, len(block), reduce(join_rows, block))

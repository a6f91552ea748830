"""Handle text broken at a fixed width, in columns; a wide character takes two."""

import re
from collections.abc import Sequence
from itertools import pairwise
from unicodedata import east_asian_width

_NARROWEST, _WIDEST = 40, 120
_FULL_ROWS = 4
_FULL_SHARE = 0.9
"""Share of continuation rows that must follow a full row; also the quantile of row widths that is
taken for the wrap width, since a few rows may be wider."""

_FIRST_WORD = re.compile(r"[\u3040-\u9fff\uac00-\ud7af\uff10-\uff5a][，。！？、：；”」』）…—]*|\S+")


def measure(text: str) -> int:
    """Return the columns that ``text`` takes in a terminal's font."""
    return sum(2 if east_asian_width(character) in "WF" else 1 for character in text)


def find_wrap_width(
    rows: Sequence[str], continues: Sequence[bool], share: float = _FULL_SHARE
) -> int | None:
    """Return the width that ``rows`` were broken at, or None where they do not look broken.

    ``continues`` marks the rows that may continue the row above. Rows count as broken if at least
    the ``share`` of these, and four, begin with a word for which the row above had no room.
    """
    pairs = [
        (above, row)
        for (above, row), follows in zip(pairwise(rows), continues[1:], strict=True)
        if follows and above.strip()
    ]
    if len(pairs) < _FULL_ROWS:
        return None
    widths = sorted(measure(above.rstrip()) for above, _ in pairs)
    width = widths[int(_FULL_SHARE * (len(widths) - 1))]
    if not _NARROWEST <= width <= _WIDEST:
        return None
    full = sum(is_full(above, row, width) for above, row in pairs)
    return width if full >= max(_FULL_ROWS, share * len(pairs)) else None


def is_full(above: str, row: str, width: int) -> bool:
    """Return whether the first word of ``row`` had no room left in the row ``above``."""
    word = _FIRST_WORD.match(row.lstrip())
    above = above.rstrip()
    space = 1 if word and word[0].isascii() and above[-1:].isascii() else 0
    return word is not None and measure(above) + space + measure(word[0]) > width


def join_rows(text: str, more: str) -> str:
    """Join two rows: with a space, except beside a Chinese or Japanese character.

    Korean is wide too, but has spaces between its words.
    """
    if not text:
        return more
    seam = text[-1] + more[0]
    wide = measure(seam) > 2 and not any("\uac00" <= each <= "\ud7a3" for each in seam)
    return f"{text}{more}" if wide else f"{text} {more}"

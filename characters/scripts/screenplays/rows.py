"""Read the rows of a screenplay with their neighbours, and their layout on the page."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from characters.scripts.screenplays.names import is_name, strip_extensions
from characters.scripts.screenplays.page import is_slugline, is_transition, strip_revision

DEEP = 4
"""Columns right of headings and action from which on a row is dialogue. The customary distance is
ten; a proportional font turned into text leaves fewer."""

_TAB = 8
_INDENTED_SHARE = 0.6
_INDENTED_NAMES = 2
_KNOWN_AFTER = 2


@dataclass(frozen=True, slots=True)
class ScreenplayRow:
    """Hold a row that is not blank."""

    number: int
    text: str
    column: int
    gap: str | None
    """The shortest of the blank rows above it, as typed; None without one."""
    below: "ScreenplayRow | None" = None
    """The next row that is not blank, without its own ``below``."""

    @property
    def follows_blank(self) -> bool:
        """Return whether a blank row stands above; true of the first row, too."""
        return self.gap is not None

    @property
    def has_text_below(self) -> bool:
        """Return whether no blank row separates it from the next."""
        return self.below is not None and not self.below.follows_blank


@dataclass(frozen=True, slots=True)
class PageLayout:
    """Describe how the rows of a script stand on the page."""

    indented: bool
    """Whether columns distinguish the elements."""
    margin: int
    """Column of headings and action."""
    spaced: bool
    """Whether blank rows separate the elements."""
    names: frozenset[str]
    """Rows of their own that are written like a name, and recur."""


def place_rows(numbered: Iterable[tuple[int, str]]) -> Iterator[ScreenplayRow]:
    """Yield the rows that are not blank, without marks of revision, each with the next."""
    held: ScreenplayRow | None = None
    gap: str | None = ""
    for number, source in numbered:
        shown = strip_revision(source.expandtabs(_TAB))
        text = shown.strip()
        if not text:
            gap = source if gap is None else min(gap, source, key=len)
            continue
        row = ScreenplayRow(number, text, len(shown) - len(shown.lstrip()), gap)
        gap = None
        if held is not None:
            yield ScreenplayRow(held.number, held.text, held.column, held.gap, row)
        held = row
    if held is not None:
        yield held


def read_layout(rows: Sequence[str]) -> PageLayout:
    """Return the layout of a script, detected from its first ``rows``."""
    placed = list(place_rows(enumerate(rows, start=1)))
    margin = _find_margin(placed)
    named = [(row, row.below) for row in placed if row.below and is_name(row.text)]
    named = [(row, below) for row, below in named if not is_transition(row.text)]
    deep = sum(row.column > below.column >= margin + DEEP for row, below in named)
    names = Counter(strip_extensions(row.text) for row, _ in named)
    return PageLayout(
        indented=deep >= max(_INDENTED_NAMES, _INDENTED_SHARE * len(named)),
        margin=margin,
        spaced=any(row.follows_blank for row in placed[1:]),
        names=frozenset(name for name, count in names.items() if count >= _KNOWN_AFTER),
    )


def _find_margin(placed: Sequence[ScreenplayRow]) -> int:
    """Return the commonest column of headings; without headings, the leftmost of all."""
    headings = Counter(row.column for row in placed if is_slugline(row.text))
    if headings:
        return headings.most_common(1)[0][0]
    return min((row.column for row in placed), default=0)

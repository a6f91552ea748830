"""Detect the layout of a plain text script from its beginning."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from characters.scripts.lines import NO_COLON, SpeakerName
from characters.scripts.text.indentation import is_closed
from characters.scripts.text.row_starts import RowStarts, Start, find_recurring, is_numbered
from characters.scripts.text.speaker_rows import Naming, choose_naming
from characters.scripts.text.wrapping import find_wrap_width

HEAD_ROWS = 2_000
HEAD_CHARACTERS = 1_000_000
"""Size of the beginning that is examined."""

SNIFFED_ROWS = 400
"""Non-blank rows from which the naming of speakers is detected."""

_PUNCTUATED_SHARE = 0.6
_FEWEST_SPOKEN = 4
_DOUBLE_SPACED_SHARE = 0.9
_DOUBLE_SPACED_RUNS = 4


@dataclass(frozen=True, slots=True)
class Layout:
    """Hold the properties that a script has throughout."""

    naming: Naming = "colon"
    recurring: frozenset[str] = frozenset()
    """Names before a colon that its beginning has more than once."""
    numbered: bool = False
    """Whether its rows begin with their number."""
    punctuated: bool = False
    """Whether its lines end with a mark: one without goes on in the row below."""
    double_spaced: bool = False
    """Whether a blank row separates lines rather than scenes."""
    wrap_width: int | None = None
    """Width in columns at which rows were broken."""


def take_head(rows: Iterator[str], most: int = HEAD_ROWS) -> list[str]:
    """Return the beginning of a script, of ``most`` rows, taken off ``rows``."""
    head: list[str] = []
    characters = 0
    for row in islice(rows, most):
        head.append(row)
        characters += len(row)
        if characters > HEAD_CHARACTERS:
            break
    return head


def read_layout(head: Sequence[str]) -> Layout:
    """Return the layout of the script that begins with ``head``."""
    rows = [row.strip() for row in head]
    naming = find_naming(rows)
    recurring = find_recurring(filter(None, rows))
    read = RowStarts(naming, recurring).read
    starts = [read(row)[2] if row else None for row in rows]
    return Layout(
        naming,
        recurring,
        is_numbered(filter(None, rows)),
        _is_punctuated(rows, starts),
        _is_double_spaced(rows, [isinstance(start, SpeakerName) for start in starts]),
        find_wrap_width(head, [start is NO_COLON for start in starts]),
    )


def find_naming(rows: Iterable[str]) -> Naming:
    """Return how most of the first of ``rows``, all of them stripped, name their speaker."""
    first = list(islice(filter(None, rows), SNIFFED_ROWS))
    return choose_naming(first, RowStarts(recurring=find_recurring(first)).speaks)


def _is_punctuated(rows: Sequence[str], starts: Sequence[Start | None]) -> bool:
    spoken = [
        row for row, start in zip(rows, starts, strict=True) if isinstance(start, SpeakerName)
    ]
    return sum(map(is_closed, spoken)) >= _PUNCTUATED_SHARE * max(len(spoken), _FEWEST_SPOKEN)


def _is_double_spaced(rows: Sequence[str], spoken: Sequence[bool]) -> bool:
    """Return whether nine in ten of at least four blocks between blank rows hold one line."""
    single = multiple = lines = 0
    for row, speaks in zip([*rows, ""], [*spoken, False], strict=True):
        if row:
            lines += speaks
            continue
        single += lines == 1
        multiple += lines > 1
        lines = 0
    runs = single + multiple
    return runs >= _DOUBLE_SPACED_RUNS and single >= _DOUBLE_SPACED_SHARE * runs

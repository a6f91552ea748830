"""Read stage plays: ``MIRA.`` above a speech or before it, ``Mira [aside].``, ``米拉　台词``."""

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain

from characters.scripts.model import NonDialogue, ParseItem, Rejection, Scene
from characters.scripts.plays.rows import PlayRows
from characters.scripts.plays.style import PlayStyle, read_style
from characters.scripts.screenplays.speeches import ScreenplayElement, gather_speeches
from characters.scripts.text.cast_list import find_cast_list
from characters.scripts.text.layout import take_head

HEAD_ROWS = 10_000
"""Rows of the beginning in which names are sought: nearly always the whole play."""

_LEAST_SHARE = 0.5
_FEWEST_LINES = 3
_LONGEST_SPEECH = 25
"""Rows of a speech on average from which on the names are those of a narrative."""

_BEGINS = re.compile(r"\*{3}\s*START OF (?:THE|THIS) PROJECT GUTENBERG")
_ENDS = re.compile(
    r"\*{3}\s*END OF (?:THE|THIS) PROJECT GUTENBERG|End of (?:the )?Project Gutenberg"
)


class StagePlay:
    """Read names that a stop, a dash, a gap or brackets part from the speech beside or below.

    The beginning shows which of them the play has, and the names that recur; of others, only names
    in capitals, or such as other rows mention, open a speech. A speech ends at a blank row, a row
    in brackets, and a direction such as ``Exit Mira.``; rows between speeches are directions. What
    Project Gutenberg writes around a book is no part of the play.
    """

    name = "play"

    def sniff(self, head: str, filename: str) -> float:
        """Return a score that grows with the share of rows that are speeches, from the first on."""
        rows = head.split("\n")[:HEAD_ROWS]
        style = _find_style(rows)
        if style is None or (style.mark == "alone" and not style.mixed):
            return 0
        spoken = others = 0
        lines = 0
        speakers: set[str] = set()
        for item in self.parse(rows):
            if isinstance(item, Scene):
                lines += len(item.lines)
                speakers.update(line.speaker for line in item.lines)
                spoken += len(item.lines) + item.continued
            elif spoken or item.row > 1:
                others += item.rows * (getattr(item, "kind", "") == "narration")
        share = spoken / max(1, spoken + others)
        if (
            len(speakers) == 1
            or lines < _FEWEST_LINES
            or share < _LEAST_SHARE
            or spoken > _LONGEST_SPEECH * lines
        ):
            return 0
        return 0.63 + 0.3 * share

    def parse(self, rows: Iterable[str]) -> Iterator[ParseItem]:
        """Yield scenes and rejections; see ``ScriptFormat.parse``."""
        rows = iter(rows)
        head = take_head(rows, HEAD_ROWS)
        style = _find_style(head)
        cast = find_cast_list(head, double_spaced=False)
        elements = _read(enumerate(chain(head, rows), 1), style, _find_play(head), cast)
        return gather_speeches(elements)


def _find_play(head: Sequence[str]) -> int:
    """Return the index behind the row with which Project Gutenberg begins a book; 0 without one."""
    return next((index + 1 for index, row in enumerate(head) if _BEGINS.search(row)), 0)


def _find_style(head: Sequence[str]) -> PlayStyle | None:
    rows = head[_find_play(head) :]
    end = next((index for index, row in enumerate(rows) if _ENDS.search(row)), len(rows))
    return read_style(rows[:end])


def _read(
    numbered: Iterable[tuple[int, str]], style: PlayStyle | None, begin: int, cast: range
) -> Iterator[ScreenplayElement | NonDialogue | Rejection]:
    """Yield the elements of the rows that are not blank."""
    state = PlayRows(style)
    for number, source, fresh, below in _with_next(numbered, detached=state.is_detached):
        row = source.strip()
        if number <= begin or state.ended or _ENDS.search(row):
            state.ended = number > begin
            yield ScreenplayElement("header", number)
        elif number - 1 in cast:
            yield NonDialogue(number, "cast")
        else:
            yield from state.read(number, source, fresh=fresh, below=below)


def _with_next(
    numbered: Iterable[tuple[int, str]], *, detached: bool
) -> Iterator[tuple[int, str, bool, str]]:
    """Yield each row that is not blank, whether a blank one is above, and the next, stripped.

    The next is empty where a blank row parts the two, unless the play is ``detached``.
    """
    held: tuple[int, str, bool] | None = None
    blank = True
    for number, row in numbered:
        stripped = row.strip()
        if not stripped:
            blank = True
            continue
        if held is not None:
            yield *held, "" if blank and not detached else stripped
        held = number, row, blank
        blank = False
    if held is not None:
        yield *held, ""

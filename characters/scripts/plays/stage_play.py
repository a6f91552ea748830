"""Read stage plays: ``MIRA.`` above a speech or before it, ``Mira [aside].``, ``米拉　台词``."""

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain

from characters.scripts.model import NonDialogue, ParseItem, Rejection, Scene
from characters.scripts.plays.detection import read_style
from characters.scripts.plays.rows import PlayRows
from characters.scripts.plays.style import PlayStyle
from characters.scripts.screenplays.speeches import ScreenplayElement, gather_speeches
from characters.scripts.text.cast_list import find_cast_list
from characters.scripts.text.layout import take_head

HEAD_ROWS = 10_000
"""Rows of the beginning in which names are sought: nearly always the whole play."""

_PREFACE_ROWS = 1_000
_CAST_ROWS = 150
_ACT = re.compile(r"(?:act|scene|prologue|induction)\b.{0,40}", re.IGNORECASE)
_LEAST_SHARE = 0.5
_FEWEST_LINES = 3
_LONGEST_SPEECH = 25
"""Rows of a speech on average from which on the names are those of a narrative."""

_COLON = re.compile(
    r"[^\s:：()（）\[\]〔【“\"‘][^:：()（）\[\]“\"]{0,30}(?:[（(][^（）()]*[）)]){0,3}[:：]\s*\S"
)
"""What a row begins with in a script of ``Name: line``."""
_NOTICE = ("<<", ">>")
"""Brackets of the notes about copies within old editions of all of Shakespeare."""
_NOTICE_ROWS = 20

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
        if style is None or (style.mark == "alone" and not (style.mixed or style.hanging)):
            return 0
        if style.mark == "colon" and (style.mixed or not style.above):
            return 0  # ``Mira:`` above a line is plain text
        starts = [row for row in rows if _COLON.match(row)]
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
            or len(starts) > lines
            or spoken > _LONGEST_SPEECH * lines
        ):
            return 0
        return 0.63 + 0.3 * share

    def parse(self, rows: Iterable[str]) -> Iterator[ParseItem]:
        """Yield scenes and rejections; see ``ScriptFormat.parse``."""
        rows = iter(rows)
        head = take_head(rows, HEAD_ROWS)
        style = _find_style(head)
        cast = find_cast(head)
        elements = _read(enumerate(chain(head, rows), 1), style, _find_play(head), cast)
        return gather_speeches(elements)


def find_cast(head: Sequence[str]) -> range:
    """Return the indices of the list of characters, which may have blank rows before an act."""
    cast = find_cast_list(head, double_spaced=False)
    if not cast:
        return cast
    below = range(cast.start + 1, min(len(head), cast.start + _CAST_ROWS))
    end = next((at for at in below if _ACT.match(head[at].strip())), cast.stop)
    return range(cast.start, max(end, cast.stop))


def _find_play(head: Sequence[str]) -> int:
    """Return the index behind the row with which Project Gutenberg begins a book; 0 without one."""
    first = enumerate(head[:_PREFACE_ROWS])
    return next((index + 1 for index, row in first if _BEGINS.search(row)), 0)


def _find_style(head: Sequence[str]) -> PlayStyle | None:
    rows = head[_find_play(head) :]
    end = next((index for index, row in enumerate(rows) if _ENDS.search(row)), len(rows))
    return read_style(rows[:end])


def _read(
    numbered: Iterable[tuple[int, str]], style: PlayStyle | None, begin: int, cast: range
) -> Iterator[ScreenplayElement | NonDialogue | Rejection]:
    """Yield the elements of the rows that are not blank."""
    state = PlayRows(style)
    notice = 0
    for number, source, fresh, below in _with_next(numbered, detached=state.is_detached):
        row = source.strip()
        if number <= begin or state.ended or _ENDS.search(row):
            state.ended = number > begin and not _BEGINS.search(row)  # another book may follow
            yield ScreenplayElement("header", number)
        elif number - 1 in cast:
            yield NonDialogue(number, "cast")
        elif row.startswith(_NOTICE[0]) or notice:
            notice = 0 if _NOTICE[1] in row or notice > _NOTICE_ROWS else notice + 1
            yield ScreenplayElement("layout", number)
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

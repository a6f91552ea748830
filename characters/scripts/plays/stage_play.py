"""Read stage plays: ``MIRA.`` above a speech or before it, ``Mira [aside].``, ``米拉　台词``."""

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, islice

from characters.scripts.headings import heading_title, is_heading
from characters.scripts.lines import Refusal, reject
from characters.scripts.model import NonDialogue, ParseItem, Rejection, Scene
from characters.scripts.names import has_ideographs, is_in_capitals
from characters.scripts.plays.starts import PlayStart, find_starts, strip_emphasis, tidy
from characters.scripts.plays.style import PlayStyle, column_of, read_style
from characters.scripts.screenplays.speeches import ScreenplayElement, gather_speeches
from characters.scripts.text.cast_list import find_cast_list

HEAD_ROWS = 10_000
HEAD_CHARACTERS = 1_000_000
"""Size of the beginning in which names are sought: nearly always the whole play."""

_DOUBTFUL = Refusal(
    "doubtful_name",
    "This begins like a speech, but nothing else shows that its first words are a name, so it was"
    " taken for a direction.",
)
_LEAST_SHARE = 0.5
_FEWEST_LINES = 3
_DIRECTION_ROWS = 40
"""Most rows of a direction in brackets; one that is open longer was never closed."""

_BEGINS = re.compile(r"\*{3}\s*START OF (?:THE|THIS) PROJECT GUTENBERG")
_ENDS = re.compile(
    r"\*{3}\s*END OF (?:THE|THIS) PROJECT GUTENBERG|End of (?:the )?Project Gutenberg"
)
_ACTS = re.compile(
    r"(?:re-?)?enters?\s[^,.!?]*[A-Z].*|(?:exit|exeunt|manet|manent)\b.{0,100}"
    r"|(?:flourish|alarums?|sennet|thunder|curtain|trumpets|the curtain (?:falls|rises))\b.{0,80}"
    r"|(?:входит|входят|уходит|уходят|занавес|vorhang|rideau|telón)\b.{0,80}",
    re.IGNORECASE,
)
_SHORT_ROW = 120
_DEEPER = 1
"""Columns deeper than speeches begin from which on a row begins none."""
_PAGE_NUMBER = re.compile(r"[\[(]?(?:p(?:age|g)?\.?\s?)?[0-9]{1,4}[\])]?", re.IGNORECASE)


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
        for item in self.parse(rows):
            if isinstance(item, Scene):
                lines += len(item.lines)
                spoken += len(item.lines) + item.continued
            elif spoken or item.row > 1:
                others += item.rows * (getattr(item, "kind", "") == "narration")
        share = spoken / max(1, spoken + others)
        if lines < _FEWEST_LINES or share < _LEAST_SHARE:
            return 0
        return 0.63 + 0.3 * share

    def parse(self, rows: Iterable[str]) -> Iterator[ParseItem]:
        """Yield scenes and rejections; see ``ScriptFormat.parse``."""
        rows = iter(rows)
        head = _take_head(rows)
        style = _find_style(head)
        cast = find_cast_list(head, double_spaced=False)
        elements = _read(enumerate(chain(head, rows), 1), style, _find_play(head), cast)
        return gather_speeches(elements)


def _take_head(rows: Iterator[str]) -> list[str]:
    head: list[str] = []
    characters = 0
    for row in islice(rows, HEAD_ROWS):
        head.append(row)
        characters += len(row)
        if characters > HEAD_CHARACTERS:
            break
    return head


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
    state = _State(style)
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


class _State:
    """Remember what the rows above opened."""

    def __init__(self, style: PlayStyle | None) -> None:
        self.ended = False
        """Whether the book is over, and Project Gutenberg's terms follow."""
        self._style = style
        self._fresh = True
        self._begun = self._speaking = self._named = self._below_heading = False
        self._open = ""
        """The bracket that a direction on rows of its own waits for."""
        self._rows = 0

    @property
    def is_detached(self) -> bool:
        """Return whether blank rows part names from their speeches."""
        return self._style is not None and self._style.detached

    def read(
        self, number: int, source: str, *, fresh: bool, below: str
    ) -> Iterator[ScreenplayElement | Rejection]:
        """Yield the elements of a row; a blank row ends a speech, and an unclosed direction."""
        row = source.strip()
        if fresh:
            self._speaking = self._speaking and self.is_detached
            self._open = ""
        fresh = fresh or self._fresh
        self._fresh = False
        named, self._named = self._named, False
        below_heading, self._below_heading = self._below_heading, False
        if self._open:
            yield from self._go_on(number, row)
        elif is_heading(row):
            self._speaking = False
            self._fresh = self._below_heading = True
            yield ScreenplayElement("heading", number, heading_title(row) or "")
        elif _PAGE_NUMBER.fullmatch(row):
            yield ScreenplayElement("layout", number)
        elif start := self._find_start(
            source, fresh=fresh, below=below, named=named, place=below_heading
        ):
            self._speaking = self._begun = True
            self._named = not start.has_words
            yield ScreenplayElement("name", number, start.name)
            if start.text:
                yield ScreenplayElement("speech", number, start.text)
        elif self._directs(row):
            yield from self._begin_direction(number, row)
        elif self._speaking:
            yield ScreenplayElement("speech", number, tidy(row))
        else:
            yield ScreenplayElement("action", number, strip_emphasis(row))
            if fresh and self._may_start(row):
                yield reject(number, row, _DOUBTFUL, rows=0)

    def _may_start(self, row: str) -> bool:
        """Return whether a direction stands and begins as speeches do in this play."""
        style = self._style
        if style is None or not style.spaced or not self._begun:
            return False
        return any(start.mark == style.mark and start.has_words for start in find_starts(row))

    def _find_start(
        self, source: str, *, fresh: bool, below: str, named: bool, place: bool
    ) -> PlayStart | None:
        """Return what the row opens; below a name (``named``) only another name, without words.

        Below a heading the row may name a ``place``.
        """
        style = self._style
        if style is None or _is_deeper(source, style):
            return None
        for start in find_starts(source.strip()):
            known = start.key in style.names
            if named and (start.has_words or not known):
                continue
            if place and not known and not _is_marked(start.name):
                continue
            if style.accepts(start, fresh=fresh, below=below):
                return start
        return None

    def _directs(self, row: str) -> bool:
        """Return whether a row is a direction, or the beginning of one."""
        if strip_emphasis(row)[:1] in _CLOSING:
            bare = strip_emphasis(row)
            closing = _CLOSING[bare[0]]
            inside = bare.rstrip(" .")
            return closing not in bare or inside.find(closing) == len(inside) - 1
        return len(row) <= _SHORT_ROW and bool(_ACTS.fullmatch(strip_emphasis(row)))

    def _begin_direction(self, number: int, row: str) -> Iterator[ScreenplayElement]:
        bare = strip_emphasis(row)
        closing = _CLOSING.get(bare[0], "")
        if closing and closing not in bare:
            self._open = closing
            self._rows = 0
        self._speaking = self._speaking and bool(closing)
        yield _aside(number, bare, speaking=self._speaking)

    def _go_on(self, number: int, row: str) -> Iterator[ScreenplayElement]:
        self._rows += 1
        if self._open in row or self._rows > _DIRECTION_ROWS:
            self._open = ""
        yield _aside(number, strip_emphasis(row), speaking=self._speaking)


def _is_deeper(source: str, style: PlayStyle) -> bool:
    """Return whether a row begins deeper than the speeches of the play do."""
    return style.column is not None and column_of(source) > style.column + _DEEPER


def _is_marked(name: str) -> bool:
    """Return whether a name cannot be a place below a heading: ``Elsinore. A platform.``."""
    return is_in_capitals(name) or has_ideographs(name)


_CLOSING = {"[": "]", "(": ")", "（": "）", "【": "】", "［": "］", "〔": "〕"}


def _aside(number: int, text: str, *, speaking: bool) -> ScreenplayElement:
    """Return a direction; within a speech it is layout with a text, so that the speech goes on."""
    return ScreenplayElement("layout" if speaking else "action", number, text)

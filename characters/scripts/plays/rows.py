"""Classify the rows of a stage play: names, speech, directions, headings."""

import re
from collections.abc import Iterator

from characters.scripts.headings import heading_title, is_heading
from characters.scripts.lines import Refusal, reject
from characters.scripts.model import Rejection
from characters.scripts.names import has_ideographs, is_in_capitals
from characters.scripts.plays.directions import BRACKETS, is_direction, opens_direction
from characters.scripts.plays.starts import (
    PlayStart,
    find_starts,
    find_unclosed,
    strip_emphasis,
    tidy,
)
from characters.scripts.plays.style import PlayStyle, column_of
from characters.scripts.screenplays.speeches import ScreenplayElement

_DOUBTFUL = Refusal(
    "doubtful_name",
    "This begins like a speech, but nothing else shows that its first words are a name, so it was"
    " taken for a direction.",
)
_DIRECTION_ROWS = 40
"""Most rows of a direction in brackets; one that is open longer was never closed."""
_DEEPER = 1
"""Columns deeper than speeches begin from which on a row begins none."""
_PAGE_NUMBER = re.compile(r"[\[(]?(?:p(?:age|g)?\.?\s?)?[0-9]{1,4}[\])]?", re.IGNORECASE)


_FRAME = re.compile(
    r"(?:the )?(prologue|epilogue|prolog|epilog|пролог|эпилог)(?:\.?|(?:\.\s+| {2,}|\t+)(\S.*))",
    re.IGNORECASE | re.DOTALL,
)
"""A prologue: a heading, or the one who speaks it."""


_CLOSED = re.compile(r"([^()\[\]]*[)\]])[.:,]*")


class PlayRows:
    """Turn the rows of a play into elements, one after the other, by what those above opened."""

    def __init__(self, style: PlayStyle | None) -> None:
        self.ended = False
        """Whether the book is over, and Project Gutenberg's terms follow."""
        self._style = style
        self._fresh = True
        self._begun = self._speaking = self._named = self._below_heading = False
        self._unclosed = False
        """Whether the direction that opens the speech ends in a row below."""
        self._paused = False
        """Whether a speech ended at a blank row, and may go on below."""
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
            self._paused = self._speaking or self._paused
            self._speaking = self._speaking and self.is_detached
            self._open = self._open if self._is_bracketed else ""
        fresh = fresh or self._fresh
        self._fresh = False
        named, self._named = self._named, False
        below_heading, self._below_heading = self._below_heading, False
        if self._open and not (fresh and self._ends_direction(source, below)):
            yield from self._go_on(number, row)
        elif start := self._find_frame(row, below):
            yield from self._begin_speech(number, start)
        elif is_heading(row) and (fresh or not (self._speaking and row[0].islower())):
            self._speaking = self._paused = False
            self._fresh = self._below_heading = True
            yield ScreenplayElement("heading", number, heading_title(row) or "")
        elif _PAGE_NUMBER.fullmatch(row):
            yield ScreenplayElement("layout", number)
        elif start := self._find_start(
            source, fresh=fresh, below=below, named=named, place=below_heading
        ):
            yield from self._begin_speech(number, start)
        elif is_direction(row) and not (named and opens_direction(row)):
            yield from self._begin_direction(number, row)
        elif (start := find_unclosed(row)) and self._knows(start, source):
            yield from self._begin_speech(number, start)
            self._unclosed = True
        elif self._speaking:
            yield ScreenplayElement("speech", number, tidy(self._close(row)))
        elif self._paused and self._style is not None and self._style.resumes(source, below):
            self._speaking = True
            yield ScreenplayElement("again", number, tidy(row))
        else:
            yield ScreenplayElement("action", number, strip_emphasis(row))
            if fresh and self._may_start(row):
                yield reject(number, row, _DOUBTFUL, rows=0)

    @property
    def _is_bracketed(self) -> bool:
        return self._style is not None and self._style.bracketed

    def _begin_speech(self, number: int, start: PlayStart) -> Iterator[ScreenplayElement]:
        self._speaking = self._begun = True
        self._paused = self._unclosed = False
        self._open = ""
        self._named = not start.has_words
        yield ScreenplayElement("name", number, start.name)
        if start.text:
            yield ScreenplayElement("speech", number, start.text)

    def _knows(self, start: PlayStart, source: str) -> bool:
        """Return whether a name in capitals recurs, and stands where speeches begin."""
        style = self._style
        if style is None or _is_deeper(source, style) or not is_in_capitals(start.name):
            return False
        return start.key in style.names

    def _close(self, row: str) -> str:
        """Return a row without the mark behind the bracket that closes a first direction."""
        if self._unclosed and (match := _CLOSED.match(row)):
            self._unclosed = False
            row = row[: match.end(1)] + row[match.end() :]
        return row

    def _ends_direction(self, source: str, below: str) -> bool:
        """Return whether a row below a blank one cannot be part of an open direction."""
        return is_heading(source.strip()) or bool(self._find_start(source, fresh=True, below=below))

    def _find_frame(self, row: str, below: str) -> PlayStart | None:
        """Return the start of a prologue's speech, where no other name stands below."""
        style = self._style
        match = _FRAME.fullmatch(row)
        if match is None or style is None:
            return None
        words = match[2] or ""
        first = words or below
        if not first or is_heading(first) or is_direction(first):
            return None
        if not words and any(start.key in style.names for start in find_starts(below)):
            return None
        return PlayStart(style.mark, match[1], tidy(words), bool(words))

    def _may_start(self, row: str) -> bool:
        """Return whether a direction stands and begins as speeches do in this play."""
        style = self._style
        if style is None or not style.spaced or not self._begun:
            return False
        return any(start.mark == style.mark and start.has_words for start in find_starts(row))

    def _find_start(
        self,
        source: str,
        *,
        fresh: bool,
        below: str,
        named: bool = False,
        place: bool = False,
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

    def _begin_direction(self, number: int, row: str) -> Iterator[ScreenplayElement]:
        bare = strip_emphasis(row)
        closing = BRACKETS.get(bare[0], "")
        if closing == "〕" and closing not in bare:  # often left open at the end of the row
            closing = ""
        if closing and closing not in bare:
            self._open = closing
            self._rows = 0
        self._paused = self._paused or self._speaking
        self._speaking = self._speaking and bool(closing)
        yield _aside(number, bare, speaking=self._speaking)

    def _go_on(self, number: int, row: str) -> Iterator[ScreenplayElement]:
        """Yield a further row of a direction; words behind its end are spoken."""
        self._rows += 1
        bare = strip_emphasis(row)
        _, closing, words = bare.partition(self._open)
        if closing or self._rows > _DIRECTION_ROWS:
            self._open = ""
        if self._speaking and words.strip(" ."):
            yield ScreenplayElement("speech", number, tidy(words.strip()))
        else:
            yield _aside(number, bare, speaking=self._speaking)


def _is_deeper(source: str, style: PlayStyle) -> bool:
    """Return whether a row begins deeper than the speeches of the play do."""
    return style.column is not None and column_of(source) > style.column + _DEEPER


def _is_marked(name: str) -> bool:
    """Return whether a name cannot be a place below a heading: ``Elsinore. A platform.``."""
    return is_in_capitals(name) or has_ideographs(name)


def _aside(number: int, text: str, *, speaking: bool) -> ScreenplayElement:
    """Return a direction; within a speech it is layout with a text, so that the speech goes on."""
    return ScreenplayElement("layout" if speaking else "action", number, text)

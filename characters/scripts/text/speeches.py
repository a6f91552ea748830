"""Collect the open scene of a plain text script, and decide which rows continue a speech."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from enum import Enum, auto
from typing import NamedTuple

from characters.scripts.directions import Directions
from characters.scripts.lines import (
    CONTROL_CHARACTER,
    NO_COLON,
    NO_TEXT,
    Refusal,
    SpeakerName,
    build_line,
    reject,
)
from characters.scripts.model import SCENE_LINES, Line, NonDialogue, ParseItem, Rejection, Scene
from characters.scripts.names import has_ideographs
from characters.scripts.quotes import (
    BEGINNINGS,
    CLOSING_MARKS,
    drop_opening,
    find_unclosed,
    unquote,
)
from characters.scripts.text.indentation import is_indented_continuation
from characters.scripts.text.layout import Layout
from characters.scripts.text.wrapping import is_full, join_rows

SPEECH_ROWS = 200
SPEECH_CHARACTERS = 20_000
"""Bounds of one speech; further rows are rejected."""

DOUBTFUL = Refusal(
    NO_COLON.code,
    "The row has no colon, so it may go on with the speech above or tell what happens; write"
    " “Name: text”, or set it apart with a blank row.",
)
_UNCLOSED = Refusal(
    "unclosed_quote",
    "The speech above opens a quotation mark that is not closed, so it is unclear where it ends;"
    " close it.",
)


class _Below(Enum):
    """Classify the position of a row without a speaker by the rows above it."""

    BREAK = auto()
    SPEECH = auto()
    NAME = auto()
    """A speech whose speaker stands in a row of its own; all rows of the block are spoken."""
    DOUBT = auto()


_SPEECH = _Below.SPEECH  # saves a lookup on every line


class _Name(NamedTuple):
    """Hold ``Name:`` in a row of its own."""

    row: int
    text: str
    colon: int
    speaker: SpeakerName


class OpenScene:
    """Take rows in, give scenes and rejections out: each method returns the completed items.

    A row without a speaker continues the speech directly above when that is certain: below a row
    that only names a speaker; inside a quotation mark that is eventually closed; where rows were
    broken at a fixed width and the row above is full; or indented, in the middle of a sentence or
    aligned with the speech's beginning before the sentence is over. Elsewhere below a speech it is
    rejected, but below a closed quotation, which names its speaker, it is narration, as it is
    before the first speech since the last break.
    """

    def __init__(self, layout: Layout) -> None:
        self._layout = layout
        self._is_quoting = layout.naming == "quote"
        self._blank_rows_at_end = 2 if layout.double_spaced else 1
        self._heading: str | None = None
        self._is_new = False
        """Whether no line has followed the heading yet."""
        self._lines: list[Line] = []
        self._directions = Directions()
        self._continued = 0
        self._below = _Below.BREAK
        self._blank_rows = 0
        self._name: _Name | None = None
        self._closing: str | None = None
        self._held: list[tuple[int, str]] = []
        """Rows of a quotation that is not closed yet."""
        self._quoted = False
        """Whether the last speech is a quotation that is closed: what follows is none of it."""
        self._spoken = self._said = ""
        """The row in which the last speech begins, and its text."""
        self._above = ""
        """The row above."""
        self._rows = 0
        self._characters = 0
        """Size of the rows added to the last speech."""

    def say(self, row: str, line: Line) -> Sequence[ParseItem]:
        """Add a line, which begins in ``row``."""
        ended = self._end_speech() if self._name or self._closing else ()
        if len(self._lines) == SCENE_LINES:
            ended = [*ended, *self._end_scene()]
        self._lines.append(line)
        self._is_new = False
        self._below = _SPEECH
        self._spoken = self._above = row
        self._said = line.text
        self._quoted = self._is_quoting and row.rstrip()[-1] in CLOSING_MARKS
        self._rows = self._characters = 0
        self._blank_rows = 0
        if line.text[0] in BEGINNINGS:
            self._closing = find_unclosed(line.text)
        return ended

    def name(self, number: int, text: str, colon: int, speaker: SpeakerName) -> Sequence[ParseItem]:
        """Add a row that ends with its speaker's colon."""
        ended = self._end_speech()
        self._blank_rows = 0
        self._name = _Name(number, text, colon, speaker)
        return ended

    def pause(self) -> Sequence[ParseItem]:
        """Add a blank row."""
        ended = self._end_speech()
        self._blank_rows += 1
        if self._blank_rows >= self._blank_rows_at_end:
            self._below = _Below.BREAK
            return [*ended, *self._end_scene()] if self._lines else ended
        if self._below is not _Below.BREAK:
            self._below = _Below.DOUBT
        return ended

    def begin(self, number: int, heading: str | None) -> Sequence[ParseItem]:
        """Add a heading: the scenes that follow are under it."""
        ended = self.end()
        self._directions.clear()
        self._heading = heading
        self._is_new = True
        return [*ended, NonDialogue(number, "heading")]

    def end(self) -> Sequence[ParseItem]:
        """End the script, or a part of it."""
        ended = [*self._end_speech(), *self._end_scene()]
        self._below = _Below.BREAK
        self._blank_rows = 0
        return ended

    @property
    def lists_cast(self) -> bool:
        """Return whether the next row may list who is in the scene, as it is below the heading."""
        return self._is_new and self._name is None

    def interrupts(self, name: str) -> bool:
        """Return whether a row under ``name`` breaks into the sentence above, as part of it would.

        So it does where the line above lacks the mark that lines of the script end with, and the
        name, which does not recur, is in letters without case: ``一件事：别去``.
        """
        if self._below is not _SPEECH or not self._layout.punctuated:
            return False
        return self._above.rstrip()[-1:].isalnum() and has_ideographs(name)

    def list_cast(self, number: int, text: str) -> Sequence[ParseItem]:
        """Add a row that lists who is in the scene."""
        self._directions.add(0, number, text)
        self._blank_rows = 0
        return [NonDialogue(number, "cast")]

    def direct(self, number: int, row: str, text: str) -> Sequence[ParseItem]:
        """Add a row that is one stage direction."""
        if self._name or self._closing or self._below is _Below.NAME:
            return self.continue_speech(number, row, text, NO_COLON)
        self._above = row
        self._blank_rows = 0
        self._directions.add(len(self._lines), number, text)
        return [NonDialogue(number, "narration")]

    def refuse(self, rejection: Rejection) -> Sequence[ParseItem]:
        """Add a row that cannot be used at all."""
        ended = self._end_speech()
        self._blank_rows = 0
        self._below = _Below.DOUBT
        return [*ended, rejection]

    def continue_speech(
        self, number: int, row: str, text: str, refusal: Refusal
    ) -> Sequence[ParseItem]:
        """Add a row without a speaker, for the reason ``refusal``."""
        self._blank_rows = 0
        if "\0" in text:
            return self.refuse(reject(number, text, CONTROL_CHARACTER))
        if self._name:
            return self._speak(self._name, row, text)
        if self._closing:
            return self._hold(number, row, text)
        if self._continues(row, text) and self._has_room(text):
            self._attach([text])
            self._above = row
            self._rows += 1
            self._characters += len(text)
            return ()
        apart = self._below is _Below.BREAK or (self._quoted and text[0] not in BEGINNINGS)
        certain = apart and refusal is NO_COLON
        self._directions.add(len(self._lines), number, text, certain=certain)
        if certain:
            return [NonDialogue(number, "narration")]
        if self._below is not _Below.BREAK:
            self._below = _Below.DOUBT
        return [reject(number, text, DOUBTFUL if refusal is NO_COLON else refusal)]

    def _speak(self, name: _Name, row: str, text: str) -> Sequence[ParseItem]:
        """Begin the speech of ``name`` with the first row below it."""
        self._name = None
        space = " " if name.text[name.colon] == ":" else ""
        line = build_speech(name.row, f"{name.text}{space}{text}", name.colon, name.speaker)
        if isinstance(line, Rejection):
            return self.refuse(replace(line, rows=2))
        ended = self.say(row, line)
        self._continued += 1
        self._below = _Below.NAME
        return ended

    def _hold(self, number: int, row: str, text: str) -> Sequence[ParseItem]:
        """Hold a row in an open quotation; it is spoken once the quotation is closed."""
        self._held.append((number, text))
        self._above = row
        if not self._has_room(text):
            return self._end_speech()
        self._rows += 1
        self._characters += len(text)
        if text[-1] == self._closing:
            self._attach([held for _, held in self._held])
            self._held = []
            self._closing = None
            self._quoted = self._is_quoting
        return ()

    def _attach(self, texts: Iterable[str]) -> None:
        line = self._lines[-1]
        text = line.text
        for more in texts:
            text = join_rows(text, more)
            self._continued += 1
        self._lines[-1] = line._replace(text=unquote(text))

    def _has_room(self, text: str) -> bool:
        return self._rows < SPEECH_ROWS and self._characters + len(text) <= SPEECH_CHARACTERS

    def _continues(self, row: str, text: str) -> bool:
        if self._below is _Below.NAME:
            return True
        if self._below is not _Below.SPEECH or self._quoted:
            return False
        width = self._layout.wrap_width
        if width is not None and is_full(self._above, row, width):
            return True
        first, said, so_far = self._spoken, self._said, self._lines[-1].text
        return is_indented_continuation(row, text, first=first, said=said, so_far=so_far)

    def _end_speech(self) -> Sequence[ParseItem]:
        """Complete the speech above; reject the rows that waited for more of it."""
        ended: list[ParseItem] = []
        if self._name:
            ended.append(reject(self._name.row, self._name.text, NO_TEXT))
            self._name = None
        if self._held:
            ended += (reject(number, text, _UNCLOSED) for number, text in self._held)
            self._held = []
            self._below = _Below.DOUBT
        elif self._closing and self._is_quoting:  # ``Name「line``, left unclosed
            line = self._lines[-1]
            self._lines[-1] = line._replace(text=drop_opening(line.text) or line.text)
        self._closing = None
        return ended

    def _end_scene(self) -> Sequence[Scene]:
        if not self._lines:
            return ()
        scene = Scene(
            self._lines,
            self._lines[0].row,
            self._heading,
            continued=self._continued,
            directions=self._directions.take(len(self._lines)),
        )
        self._lines = []
        self._continued = 0
        return [scene]


def build_speech(row: int, source: str, colon: int, speaker: SpeakerName) -> Line | Rejection:
    """Build a line as ``build_line`` does, without the quotation marks around the whole speech."""
    line = build_line(row, source, colon, speaker)
    if source[-1] in CLOSING_MARKS and isinstance(line, Line):
        return line._replace(text=unquote(line.text))
    return line

"""Read the text exports of chat programs, and transcripts with a time beside each name."""

from collections.abc import Iterable, Iterator
from typing import Literal

from characters.scripts.chats.dialects import Dialect, Start
from characters.scripts.chats.names import plain
from characters.scripts.chats.pairs import LogicalRow, join_pairs, number_rows
from characters.scripts.chats.placeholders import (
    begins_section,
    is_placeholder,
    is_program,
    is_quotation,
    without_edits,
)
from characters.scripts.chats.stamps import SentAt, is_pause
from characters.scripts.lines import NO_TEXT, Refusal, SpeakerName, make_line, reject
from characters.scripts.model import SCENE_LINES, Line, NonDialogue, ParseItem, Scene
from characters.scripts.text.wrapping import join_rows

MESSAGE_CHARACTERS = 100_000
"""Longest message; rows beyond are reported."""

_NO_MESSAGE = Refusal("no_speaker", "This row stands above the first message.")
_LONG = Refusal("text_too_long", f"A message has at most {MESSAGE_CHARACTERS:,} characters.")


def read_chat(rows: Iterable[str], dialect: Dialect) -> Iterator[ParseItem]:
    """Yield the chat's scenes, which end at pauses of an hour and at its system's day rows.

    Stamps are left out. What the program itself writes (who joined, omitted pictures, deleted
    messages) is narration, and so are a file's header and footer layout.
    """
    return _Chat(dialect).read(rows)


class _Chat:
    def __init__(self, dialect: Dialect) -> None:
        self._dialect = dialect
        self._day = ""
        self._newest: SentAt | None = None
        self._lines: list[Line] = []
        self._continued = 0
        self._start: Start | None = None
        self._row = 0
        self._text: list[str] = []
        self._size = 0
        self._rows = 0
        """Rows of the open message."""
        self._in_section = False
        self._parted = True
        """Whether the row above is blank."""

    def read(self, rows: Iterable[str]) -> Iterator[ParseItem]:
        for row in join_pairs(rows) if self._dialect.paired else number_rows(rows):
            if not row.text or row.text.isspace():
                self._in_section, self._parted = False, True
                continue
            yield from self._read_row(row)
            self._parted = False
        yield from self._end_message()
        yield from self._end_scene()

    def _read_row(self, row: LogicalRow) -> Iterator[ParseItem]:
        start = self._dialect.read(row.text, self._day)
        if start is not None and start.kind == "header" and not self._is_edge():
            start = None
        if start is None:
            yield from self._go_on(row)
            return
        yield from self._end_message()
        self._in_section = False
        if start.kind == "message":
            yield from self._pause(start.sent_at)
            self._start, self._row, self._rows = start, row.number, row.rows
            self._text = [start.text] if start.text else []
            self._size = len(start.text or "")
            return
        if start.kind == "day" and start.sent_at is not None:
            self._day = start.sent_at.day
        kind: Literal["narration", "layout"] = "narration" if start.kind == "system" else "layout"
        yield NonDialogue(row.number, kind, row.rows)

    def _is_edge(self) -> bool:
        """Return whether a file's header or footer may stand here: not inside a message."""
        return self._start is None or self._parted

    def _go_on(self, logical: LogicalRow) -> Iterator[ParseItem]:
        number, row, rows = logical
        text = plain(row).strip()
        if begins_section(text):
            self._in_section = True
        if self._in_section or (self._start is not None and is_quotation(text)):
            yield NonDialogue(number, "layout", rows)
        elif self._start is None and self._lines:
            yield reject(number, row, _NO_MESSAGE, rows)
        elif self._start is None:
            yield NonDialogue(number, "layout", rows)
        elif self._size + len(text) > MESSAGE_CHARACTERS:
            yield reject(number, row, _LONG, rows)
        else:
            self._text.append(("\u200e" if row.startswith("\u200e") else "") + text)
            self._size += len(text)
            self._rows += rows

    def _end_message(self) -> Iterator[ParseItem]:
        start, self._start = self._start, None
        if start is None:
            return
        rows = [without_edits(row) for row in self._text]
        bare = self._dialect.bare_media and len(rows) == 1
        media = [row for row in rows if is_placeholder(row, bare_media=bare)]
        text = ""
        for row in rows:
            if row.strip() and row not in media:
                text = join_rows(text, plain(row).strip())
        if self._rows > 1 and len(text) > 1 and text[0] == text[-1] == '"':
            text = text[1:-1].strip()  # LINE quotes what has several rows
        if not text or is_program(start.name):
            if media or text or self._dialect.below:
                yield NonDialogue(self._row, "narration", self._rows)
            else:
                yield reject(self._row, start.name, NO_TEXT, self._rows)
            return
        if "\0" in text:
            text = text.replace("\0", "\ufffd")
        separator = ": " if start.name.isascii() else "："
        if len(self._lines) == SCENE_LINES:
            yield from self._end_scene()
        self._lines.append(make_line(self._row, SpeakerName(start.name), text, separator))
        self._continued += self._rows - 1

    def _pause(self, sent_at: SentAt | None) -> Iterator[ParseItem]:
        before, self._newest = self._newest, sent_at or self._newest
        if before is None or sent_at is None or self._dialect.recorded:
            return
        if is_pause(before, sent_at):
            yield from self._end_scene()

    def _end_scene(self) -> Iterator[ParseItem]:
        if self._lines:
            yield Scene(self._lines, self._lines[0].row, continued=self._continued)
        self._lines, self._continued = [], 0

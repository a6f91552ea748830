"""Set a script as it was read: every row in place, what is doubtful marked, a page at a time."""

import re
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import islice
from operator import attrgetter
from typing import Literal

from characters.scripts.model import (
    NonDialogue,
    ParseItem,
    Profile,
    Rejection,
    Scene,
)

RowKind = Literal["heading", "line", "direction", "rejected"]

PAGE_ROWS = 300
"""Rows of a page, exceeded by the end of its last scene."""

_MOST_ROWS = 2_000
"""Rows at which a page ends even where its scene goes on."""
_REMEMBERED_ROWS = 6_000
_ROW_CHARACTERS = 1_000
_FOUNTAIN = re.compile(r"^(?:\.(?!\.)|[!~>])\s*|\s+<$")
"""Marks that Fountain puts before a heading, an action, a song, and around what is centred."""
_BARE = frozenset("-*_=~—─#· \t")


class RowMemory:
    """Remember the last rows of a text that a parser reads: its items quote few of them."""

    def __init__(self) -> None:
        self._rows: deque[str] = deque(maxlen=_REMEMBERED_ROWS)
        self._read = 0
        self.used = False
        """Whether the script has rows of text at all."""

    def watch(self, rows: Iterable[str]) -> Iterator[str]:
        """Yield ``rows``, remembering them; a further text is numbered anew."""
        self._rows.clear()
        self._read = 0
        self.used = True
        for row in rows:
            self._rows.append(row[:_ROW_CHARACTERS])
            self._read += 1
            yield row

    def text(self, row: int, rows: int) -> str:
        """Return the text of ``rows`` rows that are not blank, from row ``row`` on."""
        start = row - 1 - (self._read - len(self._rows))
        if start < 0:
            return ""
        filled = (text.strip() for text in islice(self._rows, start, None) if text.strip())
        return "\n".join(islice(filled, rows))[:_ROW_CHARACTERS]


@dataclass(frozen=True, slots=True)
class PrintedRow:
    """Hold one row of the page."""

    kind: RowKind
    row: int
    """1-based physical row of the file, or of its ``part``."""
    text: str
    speaker: str = ""
    """Who says it; empty unless ``kind`` is ``line``."""
    direction: str | None = None
    part: str | None = None
    """The file of an archive, or the sheet of a workbook, in which rows are counted."""
    code: str = ""
    """Why it is doubtful, as in ``Rejection``."""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class PrintedPage:
    """Hold a page of a script."""

    rows: list[PrintedRow]
    next_item: int | None
    """Number of items to skip for the next page; None at the end."""


def print_page(
    items: Iterable[ParseItem], memory: RowMemory, *, after: int = 0, rows: int = PAGE_ROWS
) -> PrintedPage:
    """Return the page that begins after the first ``after`` of the script's ``items``."""
    reading = iter(items)
    for _ in islice(reading, after):
        pass
    page = _Page(memory)
    taken = after
    for item in reading:
        taken += 1
        page.add(item)
        if len(page.rows) >= (rows if isinstance(item, Scene) else _MOST_ROWS):
            return PrintedPage(page.in_order(), taken)
    return PrintedPage(page.in_order(), None)


class _Page:
    """Gather the rows of a page."""

    def __init__(self, memory: RowMemory) -> None:
        self.rows: list[PrintedRow] = []
        self._memory = memory
        self._headings: set[str] = set()

    def add(self, item: ParseItem) -> None:
        """Append the rows of an item."""
        if isinstance(item, Scene):
            self._add_scene(item)
        elif isinstance(item, Rejection):
            code, reason = item.code, item.reason
            row = PrintedRow("rejected", item.row, item.text, "", None, item.member, code, reason)
            self.rows.append(row)
        else:
            for row in _print_rest(item, self._memory):
                if row.kind == "heading":
                    self._headings.add(row.text)
                self.rows.append(row)

    def _add_scene(self, scene: Scene) -> None:
        part = scene.member
        heading = scene.heading or ("" if self._memory.used else scene.episode or "")
        # A text's headings have rows of their own, perhaps with numbers around them.
        if heading and not any(heading in shown for shown in self._headings):
            self._headings.add(heading)
            self.rows.append(PrintedRow("heading", scene.row, heading, part=part))
        # So have a text's directions.
        asides = {} if self._memory.used else _directions_by_place(scene)
        for place, line in enumerate(scene.lines):
            self.rows += (
                PrintedRow("direction", line.row, text, part=part) for text in asides.get(place, ())
            )
            said = PrintedRow("line", line.row, line.text, line.speaker, line.direction, part)
            self.rows.append(said)

    def in_order(self) -> list[PrintedRow]:
        """Return the rows of each part in their order: parsers yield a scene once it has ended."""
        rows = _with_parts(self.rows)
        return [
            row
            for part in {row.part: None for row in rows}
            for row in sorted((row for row in rows if row.part == part), key=attrgetter("row"))
        ]


def _with_parts(rows: list[PrintedRow]) -> list[PrintedRow]:
    """Return the rows; a row without a part gets that of the next one with a part."""
    part = next((row.part for row in reversed(rows) if row.part), None)
    filled = []
    for row in reversed(rows):
        part = row.part or part
        filled.append(row if row.part == part else replace(row, part=part))
    return filled[::-1]


def _directions_by_place(scene: Scene) -> dict[int, list[str]]:
    places: dict[int, list[str]] = {}
    for direction in scene.directions:
        if direction.text:
            places.setdefault(direction.at, []).append(direction.text)
    return places


def _print_rest(item: NonDialogue, memory: RowMemory) -> Iterator[PrintedRow]:
    if item.kind in ("layout", "header"):
        return
    text = memory.text(item.row, item.rows) or (item.text if isinstance(item, Profile) else "")
    if not text.strip() or _BARE.issuperset(text):
        return
    text = "\n".join(_FOUNTAIN.sub("", " ".join(row.split())) for row in text.split("\n"))
    if item.kind == "heading":
        yield PrintedRow("heading", item.row, text.strip("-*_=~—─# "))
    else:
        yield PrintedRow("direction", item.row, text)

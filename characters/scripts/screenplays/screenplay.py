"""Screenplays as typed: the name on a row of its own, what is said under it.

Indented as on the page of a screenplay, or flush left as pasted into an editor; Chinese ones,
with ``第1场 内景 咖啡馆 日`` above and ``△`` before action, too.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, islice

from characters.scripts.headings import heading_title
from characters.scripts.model import ParseItem, Scene
from characters.scripts.screenplays.names import is_name, strip_extensions
from characters.scripts.screenplays.page import (
    find_cast,
    is_more,
    is_page_layout,
    is_place,
    is_transition,
    opens_scene,
    strip_scene_numbers,
)
from characters.scripts.screenplays.rows import (
    DEEP,
    PageLayout,
    ScreenplayRow,
    place_rows,
    read_layout,
)
from characters.scripts.screenplays.speeches import ScreenplayElement, gather_speeches

HEAD_ROWS = 2_000
"""How much is looked at to tell how a script is laid out."""

_SNIFFED_ROWS = 400
_SHARE_UNDER_PLACES = 0.1
_SHARE = 0.3
_ACTION_MARKS = ("△", "▲", "∆", "Δ")
_IDEOGRAPH = re.compile(r"[\u3400-\u9fff]")


class Screenplay:
    """A row in capitals, or a short one of ideographs, names who speaks the rows under it.

    In an indented script the column tells what a row is; else a name stands behind a blank row
    and before one that is not. In a script without blank rows (documents have none) a row in
    capitals is a name wherever it stands, a row of ideographs where it comes again. What stands
    between speeches is action.
    """

    name = "screenplay"

    def sniff(self, head: str, filename: str) -> float:
        """Sure in so far as speeches under a name make up the text."""
        rows = head.split("\n")[:_SNIFFED_ROWS]
        return sniff_speeches(self.parse(rows), rows)

    def parse(self, rows: Iterable[str]) -> Iterator[ParseItem]:
        """See ``ScriptFormat.parse``."""
        rows = iter(rows)
        head = list(islice(rows, HEAD_ROWS))
        layout = read_layout(head)
        placed = place_rows(enumerate(chain(head, rows), start=1))
        read = _read_indented if layout.indented else _read_flush
        return gather_speeches(read(placed, layout))


def sniff_speeches(items: Iterable[ParseItem], rows: Sequence[str]) -> float:
    """How much ``items``, which were read from ``rows``, look like a screenplay: 0 to 0.95.

    Nothing is claimed without two speeches, and either somebody who speaks again or a heading.
    """
    scenes = [item for item in items if isinstance(item, Scene)]
    speakers = Counter(line.speaker for scene in scenes for line in scene.lines)
    spoken = sum(len(scene.lines) + scene.continued for scene in scenes)
    placed = any(is_place(row.strip()) for row in rows)
    headed = any(scene.heading for scene in scenes)
    again = any(count > 1 for count in speakers.values())
    share = spoken / max(1, sum(bool(row.strip()) for row in rows))
    if speakers.total() < 2 or not (again or headed):
        return 0
    if share < (_SHARE_UNDER_PLACES if placed else _SHARE):
        return 0
    return 0.85 + 0.1 * share if placed else 0.6 + 0.3 * share


def _read_indented(
    rows: Iterable[ScreenplayRow], layout: PageLayout
) -> Iterator[ScreenplayElement]:
    """Elements told by their columns; a speech ends where a row returns to the margin."""
    speaking = named = False
    for row in rows:
        deep = row.column >= layout.margin + DEEP
        furniture = None if named and deep else _read_furniture(row)  # “12” may be an answer
        named = False
        if furniture is not None:
            yield furniture
        elif deep and _names_indented(row, layout):
            speaking = named = True
            yield ScreenplayElement("name", row.number, row.text)
        elif deep and speaking:
            yield ScreenplayElement("speech", row.number, row.text)
        else:
            speaking = False
            yield _read_action(row)


def _names_indented(row: ScreenplayRow, layout: PageLayout) -> bool:
    """Whether what is under ``row`` is dialogue: less deep than a name, deeper than action."""
    if row.below is None or not is_name(row.text):
        return False
    return row.column > row.below.column >= layout.margin + DEEP


def _read_flush(rows: Iterable[ScreenplayRow], layout: PageLayout) -> Iterator[ScreenplayElement]:
    """Elements told by blank rows; see ``Screenplay``."""
    speaking = named = False
    fresh = True
    for row in rows:
        fresh = fresh or row.is_parted
        if named and not row.is_parted:
            named = False
            yield ScreenplayElement("speech", row.number, row.text)
        elif furniture := _read_furniture(row):
            yield furniture
        elif _names_flush(row, layout, fresh):
            speaking = named = True
            fresh = False
            yield ScreenplayElement("name", row.number, row.text)
        elif speaking and not fresh and not _breaks_speech(row.text):
            yield ScreenplayElement("speech", row.number, row.text)
        else:
            speaking = False
            action = _read_action(row)
            fresh = action.kind == "heading" or row.text.startswith(_ACTION_MARKS)
            yield action


def _names_flush(row: ScreenplayRow, layout: PageLayout, fresh: bool) -> bool:
    if not row.touches_below or not is_name(row.text) or is_place(row.text):
        return False
    if fresh or strip_extensions(row.text) in layout.names:
        return True
    return not layout.spaced and not _IDEOGRAPH.search(row.text)


def _breaks_speech(text: str) -> bool:
    return text.startswith(_ACTION_MARKS) or is_place(text)


def _read_furniture(row: ScreenplayRow) -> ScreenplayElement | None:
    """What may stand within a speech without being part of it."""
    if is_more(row.text):
        return ScreenplayElement("more", row.number)
    if is_page_layout(row.text) or is_transition(row.text):
        return ScreenplayElement("layout", row.number, find_cast(row.text))
    return None


def _read_action(row: ScreenplayRow) -> ScreenplayElement:
    if opens_scene(row.text):
        title = heading_title(strip_scene_numbers(row.text))
        return ScreenplayElement("heading", row.number, title or "")
    return ScreenplayElement("action", row.number, row.text)

"""Read screenplays as typed: the name on a row of its own, the speech under it.

Rows are indented as on the page of a screenplay, or flush left as pasted into an editor; also
Chinese ones, with ``第1场 内景 咖啡馆 日`` above and ``△`` before action.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, islice

from characters.scripts.headings import ACTION_MARKS, heading_title
from characters.scripts.lines import Refusal, reject
from characters.scripts.model import ParseItem, Rejection, Scene
from characters.scripts.screenplays.names import is_name, strip_extensions
from characters.scripts.screenplays.page import (
    find_cast,
    is_more,
    is_page_layout,
    is_slugline,
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
"""Rows from which the layout of a script is detected."""

_SNIFFED_ROWS = 1_500
_SHARE_UNDER_PLACES = 0.1
_SHARE = 0.3
_COLUMNS = re.compile(r"\s{4,}")
_SIDE_BY_SIDE = Refusal(
    "doubtful_name",
    "Two names stand side by side, so it cannot be told who says which words below; write one"
    " speech under the other.",
)
_IDEOGRAPH = re.compile(r"[\u3400-\u9fff]")


class Screenplay:
    """Read rows in capitals, or short ones of ideographs, as names of the speaker below.

    In an indented script the column distinguishes the elements; otherwise a name stands behind a
    blank row and before one that is not. In a script without blank rows (documents have none) a row
    in capitals is a name anywhere, a row of ideographs where it recurs. Rows between speeches are
    action.
    """

    name = "screenplay"

    def sniff(self, head: str, filename: str) -> float:
        """Return a score that grows with the share of speeches under a name."""
        rows = head.split("\n")[:_SNIFFED_ROWS]
        return sniff_speeches(self.parse(rows), rows)

    def parse(self, rows: Iterable[str]) -> Iterator[ParseItem]:
        """Yield scenes and rejections; see ``ScriptFormat.parse``."""
        rows = iter(rows)
        head = list(islice(rows, HEAD_ROWS))
        layout = read_layout(head)
        placed = place_rows(enumerate(chain(head, rows), start=1))
        read = _read_indented if layout.indented else _read_flush
        return gather_speeches(read(placed, layout))


def sniff_speeches(items: Iterable[ParseItem], rows: Sequence[str]) -> float:
    """Return how much ``items``, read from ``rows``, look like a screenplay: 0 to 0.95.

    The score is 0 without two speeches, and without a heading or a speaker who speaks again.
    """
    scenes = [item for item in items if isinstance(item, Scene)]
    speakers = Counter(line.speaker for scene in scenes for line in scene.lines)
    spoken = sum(len(scene.lines) + scene.continued for scene in scenes)
    placed = any(is_slugline(row.strip()) for row in rows)
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
) -> Iterator[ScreenplayElement | Rejection]:
    """Yield elements by their columns; a speech ends where a row returns to the margin."""
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
        elif deep and speaking and not _stands_side_by_side(row):
            yield ScreenplayElement("speech", row.number, row.text)
        else:
            speaking = False
            yield _read_action(row)
            yield from _report_columns(row)


def _names_indented(row: ScreenplayRow, layout: PageLayout) -> bool:
    """Return whether dialogue stands under ``row``: less deep than a name, deeper than action."""
    if row.below is None or not is_name(row.text):
        return False
    return row.column > row.below.column >= layout.margin + DEEP


def _read_flush(
    rows: Iterable[ScreenplayRow], layout: PageLayout
) -> Iterator[ScreenplayElement | Rejection]:
    """Yield elements by blank rows; see ``Screenplay``."""
    speaking = named = False
    fresh = True
    for row in rows:
        fresh = fresh or row.follows_blank
        if named and not row.follows_blank:
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
            fresh = action.kind == "heading" or row.text.startswith(ACTION_MARKS)
            yield action
            yield from _report_columns(row)


def _names_flush(row: ScreenplayRow, layout: PageLayout, fresh: bool) -> bool:
    if not row.has_text_below or not is_name(row.text) or is_slugline(row.text):
        return False
    if fresh or strip_extensions(row.text) in layout.names:
        return True
    return not layout.spaced and not _IDEOGRAPH.search(row.text)


def _breaks_speech(text: str) -> bool:
    return text.startswith(ACTION_MARKS) or is_slugline(text)


def _report_columns(row: ScreenplayRow) -> Iterator[Rejection]:
    """Yield a report of two names side by side, whose speeches stand in the same rows."""
    if _stands_side_by_side(row):
        yield reject(row.number, row.text, _SIDE_BY_SIDE, rows=0)


def _stands_side_by_side(row: ScreenplayRow) -> bool:
    """Return whether a row holds several names in columns, as dual dialogue is printed."""
    names = _COLUMNS.split(row.text)
    return len(names) > 1 and row.has_text_below and all(map(is_name, names))


def _read_furniture(row: ScreenplayRow) -> ScreenplayElement | None:
    """Return an element that may stand within a speech without being part of it."""
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

"""Read Fountain, the plain-text markup of screenplays.

Source: https://fountain.io/syntax (1.1).
"""

import re
from collections import deque
from collections.abc import Iterable, Iterator

from characters.scripts.lines import Refusal, reject
from characters.scripts.model import NonDialogue, ParseItem, Rejection
from characters.scripts.screenplays.fountain_comments import strip_comments
from characters.scripts.screenplays.names import is_all_capitals, is_name
from characters.scripts.screenplays.page import is_slugline, is_transition
from characters.scripts.screenplays.rows import ScreenplayRow, place_rows
from characters.scripts.screenplays.screenplay import sniff_speeches
from characters.scripts.screenplays.speeches import ScreenplayElement, gather_speeches

_NO_NAME = Refusal(
    "doubtful_name",
    "This stands like a name above a speech, but reads like a sentence or a number, so it was taken"
    " for action; put an @ before it if it is a name, or an ! if it is none.",
)
_SNIFFED_ROWS = 400
_ENDINGS = (".fountain", ".spmd")
_TITLE_KEY = re.compile(
    r"(?:title|credit|authors?|source|draft date|date|contact|copyright|notes|revision|format)"
    r"\s*:",
    re.IGNORECASE,
)
_ONLY_FOUNTAIN = re.compile(
    r"^(?:@\S|\.[A-Za-z0-9]|![^!]|~\S|=[^=]|#{1,6} |>.*<$)|\^$|/\*|\[\[", re.MULTILINE
)
_PAGE_BREAK = re.compile(r"={3,}")
_SCENE_NUMBER = re.compile(r"#[^#\s]{1,20}#$")
_EMPHASIS = re.compile(r"\\([*_])|(?<!\s)\*+|\*+(?!\s)|(?<!\w)_(?=\S)|(?<=\S)_(?!\w)")


class Fountain:
    """Recognise elements by blank rows and capitals, or by a forcing first character.

    Emphasis is markup and is removed from dialogue. A name of up to eight ideographs counts like
    one in capitals. Comments are neither dialogue nor blank rows.
    """

    name = "fountain"

    def sniff(self, head: str, filename: str) -> float:
        """Return the score of a screenplay with markup only Fountain has, or the file's ending."""
        named = filename.lower().endswith(_ENDINGS)
        if not named and not _TITLE_KEY.match(head) and not _ONLY_FOUNTAIN.search(head):
            return 0
        rows = head.split("\n")[:_SNIFFED_ROWS]
        surely = sniff_speeches(self.parse(rows), rows)
        if named:
            return 0.97 if surely else 0.6
        return surely and surely + 0.03

    def parse(self, rows: Iterable[str]) -> Iterator[ParseItem]:
        """Yield scenes and rejections; see ``ScriptFormat.parse``."""
        return gather_speeches(_read(rows))


def _read(rows: Iterable[str]) -> Iterator[ScreenplayElement | NonDialogue | Rejection]:
    aside: deque[NonDialogue | Rejection] = deque()
    placed = place_rows(strip_comments(rows, aside.append))
    for element in _read_elements(placed):
        yield element
        while aside:
            yield aside.popleft()
    yield from aside


def _read_elements(placed: Iterable[ScreenplayRow]) -> Iterator[ScreenplayElement | Rejection]:
    speaking = False
    titles: bool | None = None
    for row in placed:
        titles = _begins_titles(row) if titles is None else titles and not row.follows_blank
        speaking = speaking and not _ends_speech(row)
        if titles:
            yield ScreenplayElement("header", row.number)
        elif not speaking:
            element = _read_element(row)
            speaking = element.kind == "name"
            yield element
            if element.kind == "action" and _stands_like_a_name(row):
                yield reject(row.number, row.text, _NO_NAME, rows=0)
        elif _PAGE_BREAK.fullmatch(row.text):
            yield ScreenplayElement("layout", row.number)
        else:
            yield ScreenplayElement("speech", row.number, _strip_markup(row.text))


def _begins_titles(row: ScreenplayRow) -> bool:
    """Return whether the first row of a script begins a title page, which ends at a blank row."""
    return bool(_TITLE_KEY.match(row.text))


def _ends_speech(row: ScreenplayRow) -> bool:
    """Return whether a blank row ends the speech: a row of two spaces keeps it open."""
    return row.gap is not None and len(row.gap) < 2


def _read_element(row: ScreenplayRow) -> ScreenplayElement:
    """Return an element outside of a speech."""
    text = row.text
    if element := _read_forced(row):
        return element
    if row.follows_blank and is_slugline(text):
        return ScreenplayElement("heading", row.number, _SCENE_NUMBER.sub("", text).rstrip())
    if is_transition(text) and not row.has_text_below:
        return ScreenplayElement("layout", row.number)
    if row.follows_blank and row.has_text_below and is_name(text):
        return ScreenplayElement("name", row.number, text)
    return ScreenplayElement("action", row.number, _strip_markup(text))


def _stands_like_a_name(row: ScreenplayRow) -> bool:
    """Return whether Fountain might take the row for a name: it is in capitals, text is below."""
    placed = row.follows_blank and row.has_text_below
    return placed and row.text[0] not in "!~>" and is_all_capitals(row.text)


def _read_forced(row: ScreenplayRow) -> ScreenplayElement | None:
    """Return the element that the first character of a row forces."""
    text = row.text
    mark = text[0]
    if _PAGE_BREAK.fullmatch(text) or mark == "=":
        return ScreenplayElement("layout", row.number)
    if mark == "#" or (mark == "." and text[1:2].isalnum()):
        return ScreenplayElement("heading", row.number, _SCENE_NUMBER.sub("", text).strip("#. "))
    if mark == "@":
        return ScreenplayElement("name", row.number, text[1:])
    if mark == ">" and not text.endswith("<"):
        return ScreenplayElement("layout", row.number)
    if mark in "!~>":
        forced = text[1:].strip() if mark in "!~" else text.strip("<> ")
        return ScreenplayElement("action", row.number, _EMPHASIS.sub(r"\1", forced))
    return None


def _strip_markup(text: str) -> str:
    """Return dialogue without emphasis and without the mark of a sung row."""
    return _EMPHASIS.sub(r"\1", text.removeprefix("~"))

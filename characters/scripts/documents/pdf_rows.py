"""Place the pieces of text on a PDF's page in rows and columns, as on a typewriter's page."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median
from typing import TYPE_CHECKING, NamedTuple

from characters.errors import ScriptError

if TYPE_CHECKING:
    from pypdfium2 import PdfDocument

PAGE_CHARACTERS = 30_000
"""Most characters of a page; a newspaper's has 15,000."""

_NARROWEST, _WIDEST = 3.0, 14.0
_USUAL_WIDTH = 7.2
"""Points of a character: a typewriter's ten to the inch."""
_USUAL_PITCH = 12.0
_MOST_BLANK = 3
_MOST_COLUMNS = 200
_GAP = 1.0
"""Character widths between two pieces of a row from which on a space stands there."""
_UNSHOWN = str.maketrans(
    {"\x02": "-", "\ufffe": "-", "\0": None, "\r": " ", "\n": " ", "\u00ad": "-"}
)


class Piece(NamedTuple):
    """Hold a run of text, and its box in points from the bottom left."""

    left: float
    bottom: float
    right: float
    top: float
    text: str


@dataclass(frozen=True, slots=True)
class Measure:
    """Hold the measures of a document's type, in points."""

    width: float
    """Of a character."""
    pitch: float
    """From one row to the next."""
    margin: float
    """From the page's edge to the leftmost text."""

    @classmethod
    def of(cls, pages: Sequence[Sequence[Piece]]) -> "Measure":
        """Return the measures that most of the text has."""
        widths = [
            (piece.right - piece.left) / len(piece.text)
            for page in pages
            for piece in page
            if len(piece.text) > 3
        ]
        distances = Counter(
            round((above - below) * 2) / 2
            for page in pages
            for above, below in pairwise([_middle(row) for row in _gather_rows(page)])
        )
        width = median(widths) if widths else _USUAL_WIDTH
        lefts = [piece.left for page in pages for piece in page]
        likely = max(distances, key=lambda each: distances[each]) if distances else _USUAL_PITCH
        return cls(
            min(max(width, _NARROWEST), _WIDEST), max(likely, 1.0), min(lefts) if lefts else 0.0
        )


def read_pieces(document: "PdfDocument", index: int) -> list[Piece]:
    """Return the runs of text on a page.

    Raises ``ScriptError``: ``damaged_document``; ``page_too_large``.
    """
    from pypdfium2 import PdfiumError  # noqa: PLC0415  # only where it is needed

    try:
        page = document[index]
        text = page.get_textpage()
        count = text.count_chars()
        if count > PAGE_CHARACTERS:
            raise ScriptError(
                "page_too_large",
                f"Page {index + 1} of the PDF has {count:,} characters; {PAGE_CHARACTERS:,} are"
                " the most that one may have.",
                limit=PAGE_CHARACTERS,
            )
        pieces = []
        for at in range(text.count_rects()):
            left, bottom, right, top = text.get_rect(at)
            shown = text.get_text_bounded(left, bottom, right, top).translate(_UNSHOWN)
            pieces.append(Piece(left, bottom, right, top, shown))
        text.close()
        page.close()
    except PdfiumError as error:
        raise ScriptError(
            "damaged_document", f"Page {index + 1} of the PDF cannot be read; save it anew."
        ) from error
    return [piece for piece in pieces if piece.text.strip()]


def place_rows(pieces: Sequence[Piece], measure: Measure) -> list[str]:
    """Return the rows of a page, top to bottom, with blank ones where it leaves space."""
    rows: list[str] = []
    above: float | None = None
    for row in _gather_rows(pieces):
        middle = _middle(row)
        if above is not None:
            blank = round((above - middle) / measure.pitch) - 1
            rows += [""] * min(max(blank, 0), _MOST_BLANK)
        rows.append(_join(row, measure))
        above = middle
    return rows


def _gather_rows(pieces: Sequence[Piece]) -> list[list[Piece]]:
    """Return the pieces that stand beside each other, from left to right, top to bottom."""
    rows: list[list[Piece]] = []
    for piece in sorted(pieces, key=lambda piece: -(piece.bottom + piece.top)):
        if rows and _stand_beside(rows[-1][0], piece):
            rows[-1].append(piece)
        else:
            rows.append([piece])
    return [sorted(row) for row in rows]


def _stand_beside(first: Piece, piece: Piece) -> bool:
    shared = min(first.top, piece.top) - max(first.bottom, piece.bottom)
    return shared > 0.5 * min(first.top - first.bottom, piece.top - piece.bottom)


def _middle(row: Sequence[Piece]) -> float:
    return median((piece.bottom + piece.top) / 2 for piece in row)


def _join(row: Sequence[Piece], measure: Measure) -> str:
    """Return the pieces of a row in their columns."""
    column = min(round((row[0].left - measure.margin) / measure.width), _MOST_COLUMNS)
    text = " " * column
    end: float | None = None
    for piece in row:
        if end is not None:
            gap = min(round((piece.left - end) / measure.width), _MOST_COLUMNS)
            wide = gap >= _GAP or text.endswith(" ")
            text += " " * max(gap, 0) if wide else ""
        text += piece.text.strip() if end is None else piece.text
        end = piece.right
    return text.rstrip()

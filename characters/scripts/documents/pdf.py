"""Read PDF documents with a text layer as rows that keep their columns; parsed with PDFium.

Columns distinguish the elements of a screenplay. Rows that stand at the edges of pages, numbers and
running titles, are no part of the text.
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import takewhile
from typing import TYPE_CHECKING, BinaryIO

from characters.errors import ScriptError
from characters.scripts.containers import ContainerRequest, Contents
from characters.scripts.documents.pdf_rows import Measure, place_rows, read_pieces
from characters.scripts.model import ParseItem

if TYPE_CHECKING:
    from pypdfium2 import PdfDocument

PAGES = 2_000
"""Most pages; a film's script has 120, a long novel 1,500."""
_SIGNATURE = b"%PDF-"
_SIGNATURE_BYTES = 1_024
"""Viewers accept the signature this far into the file."""
_EDGE_ROWS = 2
_REPEATED_PAGES = 3
_REPEATED_SHARE = 0.3
_INSIDE_SHARE = 0.1
"""Of a running title's places, how many may be in the middle of a page: a title page, a motto."""
_EXAMINED_PAGES = 20
_FEWEST_CHARACTERS = 20
"""Fewer on each page are a scan's page numbers."""
_NUMBERS = re.compile(r"\d+|\b[ivxlc]+\b")
_PAGE_NUMBER = re.compile(
    r"[-–—(\[]?\s*(?:page|p\.|第)?\s*(?:\d{1,4}|[ivxlc]{1,7})\s*(?:页|頁|/\s*\d{1,4}|of\s+\d{1,4})?\s*[-–—.)\]]?",
    re.IGNORECASE,
)


class Pdf:
    """Read the text of all pages; a row is a row of a page, without those at its edges.

    The format of the rows is then detected: a screenplay by its columns, plain text, or prose.
    """

    name = "pdf"

    def claims(self, file: BinaryIO, head: bytes, filename: str) -> bool:
        """Return whether a PDF's signature stands near the beginning."""
        return _SIGNATURE in head[:_SIGNATURE_BYTES]

    def open(self, file: BinaryIO, request: ContainerRequest) -> Contents:
        """Check that the document can be read and has text; see ``ContainerFormat.open``.

        Raises ``ScriptError``: ``damaged_document``, ``encrypted_document``, ``too_many_pages``,
        ``no_text_layer``.
        """
        document = _open(file)
        pages = len(document)
        if pages > PAGES:
            raise ScriptError(
                "too_many_pages",
                f"The PDF has {pages:,} pages; {PAGES:,} are the most that one may have."
                " Upload it in parts.",
                limit=PAGES,
            )
        examined = [read_pieces(document, at) for at in range(min(pages, _EXAMINED_PAGES))]
        letters = sum(sum(map(str.isalnum, piece.text)) for page in examined for piece in page)
        if letters < _FEWEST_CHARACTERS * max(1, len(examined)):
            raise ScriptError(
                "no_text_layer",
                "The pages of this PDF are pictures, without text that could be read. Have a"
                " program recognise the text (OCR), or upload the script as text, .docx or"
                " .fountain.",
            )

        def parse() -> Iterator[ParseItem]:
            return request.read_rows(_read_rows(file, request.limits.line_characters), "")

        return Contents("utf-8", 1.0, parse)


def _open(file: BinaryIO) -> "PdfDocument":
    from pypdfium2 import PdfDocument, PdfiumError  # noqa: PLC0415  # only where it is needed

    file.seek(0)
    try:
        return PdfDocument(file)
    except PdfiumError as error:
        if "password" in str(error).lower():
            raise ScriptError(
                "encrypted_document",
                "The PDF needs a password: save it without one, and upload that.",
            ) from error
        raise ScriptError(
            "damaged_document", "The PDF is damaged and cannot be read; save it anew."
        ) from error


def _read_rows(file: BinaryIO, characters: int) -> Iterator[str]:
    """Yield the rows of all pages without their edges, a blank one between two pages."""
    document = _open(file)
    pieces = [read_pieces(document, at) for at in range(len(document))]
    measure = Measure.of(pieces)
    pages = [place_rows(page, measure) for page in pieces]
    repeated = _find_repeated(pages)
    for number, rows in enumerate(pages, start=1):
        for row in _strip_edges(rows, repeated):
            if len(row) > characters:
                raise ScriptError(
                    "line_too_long",
                    f"A row of page {number} is longer than {characters:,} characters, the most"
                    " that one may have.",
                    limit=characters,
                )
            yield row


def _edges(rows: Sequence[str]) -> list[int]:
    """Return the indexes of the outermost rows of a page that space sets apart from the rest."""
    found: set[int] = set()
    for order in (range(len(rows)), range(len(rows) - 1, -1, -1)):
        block = list(takewhile(lambda at: rows[at].strip(), order))
        if len(block) <= _EDGE_ROWS and len(block) < len(rows):
            found.update(block)
    return sorted(found)


def _normal(row: str) -> str:
    return " ".join(_NUMBERS.sub("0", row.lower()).split())


def _find_repeated(pages: Sequence[Sequence[str]]) -> frozenset[str]:
    """Return the running titles: rows that many pages have at an edge, whatever their number.

    A speaker's name stands at the edge of many pages too, but also in the middle of others.
    """
    counts = Counter(text for rows in pages for text in {_normal(rows[at]) for at in _edges(rows)})
    fewest = max(_REPEATED_PAGES, _REPEATED_SHARE * len(pages))
    often = {text for text, count in counts.items() if count >= fewest}
    inside: Counter[str] = Counter()
    for rows in pages if often else ():
        edges = set(_edges(rows))
        normal = (_normal(row) for at, row in enumerate(rows) if at not in edges)
        inside.update(text for text in normal if text in often)
    return frozenset(text for text in often if inside[text] <= _INSIDE_SHARE * counts[text])


def _strip_edges(rows: Sequence[str], repeated: frozenset[str]) -> list[str]:
    """Return the rows of a page without its number and running titles."""
    filled = [at for at, row in enumerate(rows) if row.strip()]
    numbers = {at for at in (*filled[:1], *filled[-1:]) if _PAGE_NUMBER.fullmatch(rows[at].strip())}
    dropped = numbers | {at for at in _edges(rows) if _normal(rows[at]) in repeated}
    kept = [row for at, row in enumerate(rows) if at not in dropped]
    while kept and not kept[0].strip():
        kept.pop(0)
    while kept and not kept[-1].strip():
        kept.pop()
    return [*kept, ""]

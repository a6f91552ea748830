"""Wrap damaged contents in sound containers: mutation seldom gets past a ZIP's checksums."""

import base64
import zipfile
from collections.abc import Mapping
from functools import cache
from io import BytesIO
from itertools import accumulate

from characters.cards import png
from characters.cards.pictures import placeholder

PARTS = {
    "script-docx-part": ("docx", "word/document.xml"),
    "script-xlsx-part": ("xlsx", "xl/worksheets/sheet1.xml"),
    "script-epub-part": ("epub", "page.xhtml"),
    "script-odt-part": ("odt", "content.xml"),
    "script-zip-part": ("zip", "story.txt"),
}
"""By target: the format of its container, and the part that the input becomes."""

_PAGE_ROWS = 50

_picture = cache(placeholder)

_BESIDE: Mapping[str, Mapping[str, str]] = {
    "docx": {},
    "odt": {"mimetype": "application/vnd.oasis.opendocument.text"},
    "xlsx": {
        "[Content_Types].xml": "<Types xmlns='http://schemas.openxmlformats.org/package/2006/"
        "content-types'><Override PartName='/xl/workbook.xml' ContentType='application/vnd."
        "openxmlformats-officedocument.spreadsheetml.sheet.main+xml'/></Types>",
        "xl/workbook.xml": "<workbook xmlns='http://schemas.openxmlformats.org/spreadsheetml/2006/"
        "main' xmlns:r='http://schemas.openxmlformats.org/officeDocument/2006/relationships'>"
        "<sheets><sheet name='A' sheetId='1' r:id='r1'/></sheets></workbook>",
        "xl/_rels/workbook.xml.rels": "<Relationships xmlns='http://schemas.openxmlformats.org/"
        "package/2006/relationships'><Relationship Id='r1' Type='http://schemas.openxmlformats.org/"
        "officeDocument/2006/relationships/worksheet' Target='worksheets/sheet1.xml'/>"
        "</Relationships>",
    },
    "epub": {
        "META-INF/container.xml": "<container><rootfile full-path='book.opf'/></container>",
        "book.opf": "<package><item id='p' href='page.xhtml'/><itemref idref='p'/></package>",
    },
    "zip": {"second.txt": "Anna: Hello.\nBen: Hello.\n"},
}


def around_part(content: bytes, format: str, path: str) -> bytes:
    """Return a ZIP archive in ``format`` with ``content`` at ``path``."""
    buffer = BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, text in _BESIDE[format].items():  # first, as a document's type has to stand
            archive.writestr(name, text)
        archive.writestr(path, content)
    return buffer.getvalue()


def as_pdf(content: bytes) -> bytes:
    """Return a PDF document that shows the rows of ``content``, 50 on each page.

    Its font has one width, and a row's spaces move its text to the right.
    """
    rows = content.decode("utf-8", "replace").encode("cp1252", "replace").split(b"\n")
    pages = [rows[at : at + _PAGE_ROWS] for at in range(0, len(rows), _PAGE_ROWS)]
    kids = b" ".join(b"%d 0 R" % (4 + 2 * at) for at in range(len(pages)))
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [%s] /Count %d >>" % (kids, len(pages)),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Courier /Encoding /WinAnsiEncoding >>",
    ]
    for at, page in enumerate(pages):
        shown = b"BT /F1 12 Tf %s ET" % b" ".join(map(_show, range(len(page)), page))
        objects.append(
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents %d 0 R"
            b" /Resources << /Font << /F1 3 0 R >> >> >>" % (5 + 2 * at)
        )
        objects.append(b"<< /Length %d >>\nstream\n%s\nendstream" % (len(shown), shown))
    document = b"%PDF-1.4\n"
    written = [b"%d 0 obj\n%s\nendobj\n" % pair for pair in enumerate(objects, start=1)]
    places = accumulate(map(len, written[:-1]), initial=len(document))
    body = document + b"".join(written)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    return body + (
        b"xref\n0 %d\n0000000000 65535 f \n%strailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n"
        b"%%%%EOF\n" % (len(objects) + 1, table, len(objects) + 1, len(body))
    )


def _show(number: int, row: bytes) -> bytes:
    text = row.lstrip(b" ")
    escaped = text.replace(b"\\", b"\\\\").replace(b"(", b"\\(").replace(b")", b"\\)")
    x, y = 108 + 7.2 * (len(row) - len(text)), 720 - 12 * number
    return b"1 0 0 1 %d %d Tm (%s) Tj" % (round(x), y, escaped.replace(b"\r", b" "))


def as_charx(content: bytes) -> bytes:
    """Return a CHARX archive with the card ``content``."""
    buffer = BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("card.json", content)
    return buffer.getvalue()


def as_png_card(content: bytes) -> bytes:
    """Return a PNG picture with the card ``content``."""
    return png.with_texts(_picture(), [("chara", base64.b64encode(content))])

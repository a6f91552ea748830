"""Wrap damaged contents in sound containers: mutation seldom gets past a ZIP's checksums."""

import base64
import zipfile
from collections.abc import Mapping
from functools import cache
from io import BytesIO

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

_picture = cache(placeholder)

_BESIDE: Mapping[str, Mapping[str, str]] = {
    "docx": {},
    "odt": {},
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
        archive.writestr(path, content)
        for name, text in _BESIDE[format].items():
            archive.writestr(name, text)
    return buffer.getvalue()


def as_charx(content: bytes) -> bytes:
    """Return a CHARX archive with the card ``content``."""
    buffer = BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("card.json", content)
    return buffer.getvalue()


def as_png_card(content: bytes) -> bytes:
    """Return a PNG picture with the card ``content``."""
    return png.with_texts(_picture(), [("chara", base64.b64encode(content))])

"""Workbooks and archives that tests make."""

import zipfile
from collections.abc import Mapping, Sequence
from io import BytesIO

from openpyxl import Workbook

Sheets = Mapping[str, Sequence[Sequence[object]]]


def make_workbook(sheets: Sheets) -> bytes:
    book = Workbook()
    book.remove(book.worksheets[0])
    for title, rows in sheets.items():
        sheet = book.create_sheet(title)
        for row in rows:
            sheet.append(list(row))
    buffer = BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def make_zip(files: Mapping[str, str | bytes]) -> bytes:
    buffer = BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, content in files.items():
            archive.writestr(path, content)
    return buffer.getvalue()


def replace_part(archive: bytes, path: str, content: str | bytes) -> bytes:
    """The archive with another file at ``path``."""
    with zipfile.ZipFile(BytesIO(archive)) as old:
        return make_zip({**{name: old.read(name) for name in old.namelist()}, path: content})

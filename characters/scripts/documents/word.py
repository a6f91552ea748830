"""Read DOCX documents as their paragraphs."""

from collections.abc import Iterator
from typing import BinaryIO

from characters.archives import Archive, has_file
from characters.errors import ScriptError
from characters.scripts.containers import ContainerRequest, Contents
from characters.scripts.documents.word_xml import read_paragraphs, read_styles
from characters.scripts.model import ParseItem

_DOCUMENTS = ("word/document.xml", "word/document2.xml")
_STYLES = "word/styles.xml"


class Word:
    """Read headings, paragraphs and tables; the format of the resulting rows is then detected.

    A row is a paragraph, or the part of one before a line break. An indented or centred paragraph
    keeps leading spaces, by which a screenplay is recognised. Headers, footers, footnotes and
    comments are not read.
    """

    name = "docx"

    def claims(self, file: BinaryIO, head: bytes, filename: str) -> bool:
        """Return whether the file is a ZIP archive with a document's main part."""
        return any(has_file(file, path) for path in _DOCUMENTS)

    def open(self, file: BinaryIO, request: ContainerRequest) -> Contents:
        """Inflate the parts once, to bound them; defer parsing. See ``ContainerFormat.open``."""
        archive = Archive(file, request.archive_limits)
        for path in (*_DOCUMENTS, _STYLES):
            if path in archive:
                for _ in archive.stream(path):  # inflating checks the limits
                    pass
        return Contents("utf-8", 1.0, lambda: _read(file, request), archive.inflated)


def _read(file: BinaryIO, request: ContainerRequest) -> Iterator[ParseItem]:
    archive = Archive(file, request.archive_limits)
    styles = read_styles(archive.stream(_STYLES)) if _STYLES in archive else {}
    document = next((path for path in _DOCUMENTS if path in archive), None)
    if document is None:
        raise ScriptError("damaged_document", "This archive has no Word document in it.")
    rows = read_paragraphs(archive.stream(document), styles, request.limits.line_characters)
    return request.read_rows(rows, "")

"""Read ODT documents, of LibreOffice and others, as their paragraphs.

Format: OpenDocument 1.3, part 3. Notes, comments, tracked changes and readings are not read.
"""

from collections.abc import Iterable, Iterator
from typing import BinaryIO

from characters.archives import Archive, has_file
from characters.errors import ScriptError
from characters.scripts.containers import ContainerRequest, Contents
from characters.scripts.documents.layout import DocumentRows
from characters.scripts.documents.xml import DEPTH, gather_xml, local_name
from characters.scripts.model import ParseItem

_CONTENT = "content.xml"
_TEXT_DOCUMENT = b"application/vnd.oasis.opendocument.text"
_MOST_SPACES = 200
_LEFT_OUT = frozenset(
    (
        *("note", "annotation", "tracked-changes", "ruby-text", "automatic-styles", "styles"),
        *("scripts", "font-face-decls", "forms", "table-of-content", "desc", "title"),
    )
)
_BREAKS = {"tab": "\t", "line-break": "\n"}


class OpenDocument:
    """Read headings, paragraphs and tables; the format of the resulting rows is then detected."""

    name = "odt"

    def claims(self, file: BinaryIO, head: bytes, filename: str) -> bool:
        """Return whether the file is a ZIP archive that calls itself an OpenDocument text."""
        return _TEXT_DOCUMENT in head[:200] and has_file(file, _CONTENT)

    def open(self, file: BinaryIO, request: ContainerRequest) -> Contents:
        """Inflate the content once, to bound it; defer parsing. See ``ContainerFormat.open``."""
        archive = Archive(file, request.archive_limits)
        for _ in archive.stream(_CONTENT):  # inflating checks the limits
            pass
        return Contents("utf-8", 1.0, lambda: _read(file, request), archive.inflated)


def _read(file: BinaryIO, request: ContainerRequest) -> Iterator[ParseItem]:
    archive = Archive(file, request.archive_limits)
    return request.read_rows(
        _read_rows(archive.stream(_CONTENT), request.limits.line_characters), ""
    )


def _read_rows(chunks: Iterable[bytes], characters: int) -> Iterator[str]:
    target = _Document(characters)
    yield from gather_xml(chunks, target, target.rows.complete)


class _Document:
    """Gather the rows of paragraphs and tables."""

    def __init__(self, characters: int) -> None:
        self.rows = DocumentRows()
        self._limit = characters
        self._left_out = 0
        self._depth = 0
        self._open: list[str] = []
        """Texts of the open paragraphs: a frame in a paragraph has paragraphs of its own."""

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        self._depth += 1
        if self._depth > DEPTH:
            raise ScriptError("invalid_xml", "The document's elements are nested too deeply.")
        name = local_name(tag)
        self._left_out += name in _LEFT_OUT
        if self._left_out:
            return
        if name in ("p", "h"):
            self._open.append("# " if name == "h" else "")
        elif name == "table":
            self.rows.begin_table()
        elif name in ("table-cell", "covered-table-cell"):
            self.rows.begin_cell()
        elif name in _BREAKS:
            self.data(_BREAKS[name])
        elif name == "s":
            counts = [value for key, value in attributes.items() if local_name(key) == "c"]
            self.data(" " * _count(counts[0] if counts else "1"))

    def end(self, tag: str) -> None:
        self._depth -= 1
        name = local_name(tag)
        if self._left_out:
            self._left_out -= name in _LEFT_OUT
        elif name in ("p", "h") and self._open:
            text = self._open.pop()
            rows = [row.rstrip() for row in text.split("\n")]
            self.rows.add(rows if text.strip("# \t\n") else [""])
        elif name == "table-row":
            self.rows.end_row()
        elif name == "table":
            self.rows.end_table()

    def data(self, text: str) -> None:
        if self._left_out or not self._open:
            return
        self._open[-1] += text
        if len(self._open[-1]) > self._limit:
            raise ScriptError(
                "line_too_long",
                f"A paragraph is longer than {self._limit:,} characters, the most that one may"
                f" have; it begins “{self._open[-1][:40]}”.",
                limit=self._limit,
            )

    def close(self) -> None:
        """Ignore the end of the document."""


def _count(value: str) -> int:
    return min(int(value), _MOST_SPACES) if value.isascii() and value.isdigit() else 1

"""HTML pages, read as their paragraphs."""

import codecs
import re
from collections.abc import Iterator
from io import BytesIO
from typing import BinaryIO

from characters.errors import ScriptError
from characters.scripts.containers import Contents, Wanted
from characters.scripts.documents.markup import read_page
from characters.scripts.encodings.detection import Encoding, detect_encoding
from characters.scripts.model import ParseItem

_BEGINNING = re.compile(
    rb"\s*(?:<\?xml[^>]{0,200}\?>\s*)?(?:<!--(?:[^-]|-(?!->)){0,2000}-->\s*)?<(?:!doctype\s+html|html\b)",
    re.IGNORECASE,
)
_PART = re.compile(rb"<(?:html|body|p|div|br|table|h[1-6])[\s>/]", re.IGNORECASE)
_ENDINGS = (".html", ".htm", ".xhtml")
_DECLARED = re.compile(
    rb"<\?xml[^>]{0,100}encoding=[\"']([\w-]{1,40})|<meta[^>]{0,200}charset=[\"']?\s*([\w-]{1,40})",
    re.IGNORECASE,
)
_DECLARATION_BYTES = 4_096
_MEANT = {"gb2312": "gb18030", "gbk": "gb18030", "iso-8859-1": "cp1252", "us-ascii": "cp1252"}
"""What browsers read where a page declares these: the Encoding Standard's labels."""


class WebPage:
    """Headings, paragraphs and tables, whose rows are then read as the text that they look like.

    The encoding is the one named, a byte order mark's, the one that the page declares if it can
    be, or the one that is detected.
    """

    name = "html"

    def claims(self, file: BinaryIO, head: bytes, filename: str) -> bool:
        """A file that begins as a page, or is called so and holds an element of one."""
        head = head.replace(b"\0", b"").lstrip(b"\xef\xbb\xbf\xff\xfe")  # as in UTF-16
        if _BEGINNING.match(head):
            return True
        return filename.lower().endswith(_ENDINGS) and bool(_PART.search(head))

    def open(self, file: BinaryIO, wanted: Wanted) -> Contents:
        """See ``ContainerFormat.open``. ``page_too_large`` where it cannot be held in memory."""
        content = read_bounded(file, wanted.limits.page_bytes)
        found = find_page_encoding(content, wanted.encoding)

        def parse() -> Iterator[ParseItem]:
            html = decode_page(read_bounded(file, wanted.limits.page_bytes), found.name)
            return wanted.read_rows(read_page(html, wanted.limits.line_characters), "")

        return Contents(found.name, found.confidence, parse)


def read_bounded(file: BinaryIO, limit: int) -> bytes:
    """All of ``file``, of no more than ``limit`` bytes."""
    file.seek(0)
    content = file.read(limit + 1)
    if len(content) > limit:
        raise ScriptError(
            "page_too_large",
            f"The page is larger than {limit:,} bytes, the most that one may have; save it as"
            " text, or upload it in parts.",
            limit=limit,
        )
    return content


def find_page_encoding(content: bytes, named: str | None) -> Encoding:
    """The encoding of a page; see ``WebPage``. Raises what ``detect_encoding`` raises."""
    if named is None and (declared := _find_declared(content)) is not None:
        try:
            return Encoding(declared, detect_encoding(BytesIO(content), declared).confidence)
        except ScriptError:  # it is not what it says
            pass
    return detect_encoding(BytesIO(content), named)


def decode_page(content: bytes, encoding: str) -> str:
    """The page's text; bytes that do not decode are U+FFFD in it."""
    return content.decode(encoding, "replace").removeprefix("\ufeff")


def _find_declared(content: bytes) -> str | None:
    if content.startswith((codecs.BOM_UTF8, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return None
    match = _DECLARED.search(content[:_DECLARATION_BYTES])
    if match is None:
        return None
    label = (match[1] or match[2]).decode().lower()
    return _MEANT.get(label, label)

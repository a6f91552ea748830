"""Read HTML pages as their paragraphs."""

import codecs
import re
from collections.abc import Iterator
from io import BytesIO
from typing import BinaryIO

from characters.errors import ScriptError
from characters.scripts.chats.chat_pages import is_chat_page, read_chat_page
from characters.scripts.containers import ContainerRequest, Contents
from characters.scripts.documents.markup import read_page
from characters.scripts.encodings.detection import Encoding, detect_encoding
from characters.scripts.games.twine_page import is_twine_page, read_twine_page
from characters.scripts.model import ParseItem

_BEGINNING = re.compile(
    rb"\s*(?:<\?xml[^>]{0,200}\?>\s*)?(?:<!--(?:[^-]|-(?!->)){0,2000}-->\s*)?<(?:!doctype\s+html|html\b)",
    re.IGNORECASE,
)
_PART = re.compile(
    rb"<(?:html|body|p|div|br|table|[dou]l|article|section|main|pre|blockquote|h[1-6])[\s>/]",
    re.IGNORECASE,
)
_ENDINGS = (".html", ".htm", ".xhtml")
_DECLARED = re.compile(
    rb"<\?xml[^>]{0,100}encoding=[\"']([\w-]{1,40})|<meta[^>]{0,200}charset=[\"']?\s*([\w-]{1,40})",
    re.IGNORECASE,
)
_DECLARATION_BYTES = 4_096
_MEANT = {"gb2312": "gb18030", "gbk": "gb18030", "iso-8859-1": "cp1252", "us-ascii": "cp1252"}
"""Encodings that browsers read where a page declares these: the Encoding Standard's labels."""


class WebPage:
    """Read headings, paragraphs and tables; the format of the resulting rows is then detected.

    Exports of Telegram and of DiscordChatExporter are read by ``chats/chat_pages.py``, stories of
    Twine's by ``games/twine_page.py``.

    The encoding is, in this order, the caller's, a byte order mark's, the page's declared one if it
    decodes, or the detected one.
    """

    name = "html"

    def claims(self, file: BinaryIO, head: bytes, filename: str) -> bool:
        """Return whether the file begins as a page, or has its ending and an element of one."""
        head = head.replace(b"\0", b"").lstrip(b"\xef\xbb\xbf\xff\xfe")  # UTF-16 has NUL bytes here
        if _BEGINNING.match(head):
            return True
        return filename.lower().endswith(_ENDINGS) and bool(_PART.search(head))

    def open(self, file: BinaryIO, request: ContainerRequest) -> Contents:
        """Read the page; raise ``page_too_large`` where it does not fit in memory.

        See ``ContainerFormat.open``.
        """
        content = read_bounded(file, request.limits.page_bytes)
        found = find_page_encoding(content, request.encoding)

        def parse() -> Iterator[ParseItem]:
            html = decode_page(read_bounded(file, request.limits.page_bytes), found.name)
            if is_chat_page(html):
                return read_chat_page(html)
            if is_twine_page(html):
                return read_twine_page(html)
            return request.read_rows(read_page(html, request.limits.line_characters), "")

        return Contents(found.name, found.confidence, parse)


def read_bounded(file: BinaryIO, limit: int) -> bytes:
    """Return the whole ``file`` of at most ``limit`` bytes; else raise ``page_too_large``."""
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
    """Return the encoding of a page; see ``WebPage``. Raises the errors of ``detect_encoding``."""
    if named is None and (declared := _find_declared(content)) is not None:
        try:
            return Encoding(declared, detect_encoding(BytesIO(content), declared).confidence)
        except ScriptError:  # the declaration is wrong
            pass
    return detect_encoding(BytesIO(content), named)


def decode_page(content: bytes, encoding: str) -> str:
    """Return the page's text, with U+FFFD for bytes that do not decode."""
    return content.decode(encoding, "replace").removeprefix("\ufeff")


def _find_declared(content: bytes) -> str | None:
    if content.startswith((codecs.BOM_UTF8, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return None
    match = _DECLARED.search(content[:_DECLARATION_BYTES])
    if match is None:
        return None
    label = (match[1] or match[2]).decode().lower()
    return _MEANT.get(label, label)

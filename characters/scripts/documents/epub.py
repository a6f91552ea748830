"""Read EPUB books: the pages of the spine, in their order.

Format: EPUB 3.3, sections 4.2.6.3.1 (container.xml) and 5 (package document), and OPF 2.0.
"""

import posixpath
from collections.abc import Iterator
from typing import BinaryIO
from urllib.parse import unquote

from characters.archives import Archive, has_file
from characters.errors import ScriptError
from characters.scripts.containers import ContainerRequest, Contents
from characters.scripts.documents.markup import read_page
from characters.scripts.documents.web_page import decode_page, find_page_encoding
from characters.scripts.documents.xml import read_elements
from characters.scripts.model import ParseItem

_CONTAINER = "META-INF/container.xml"
_ENCRYPTION = "META-INF/encryption.xml"


class Epub:
    """Read all pages of a book as one text; a row is a paragraph of the book."""

    name = "epub"

    def claims(self, file: BinaryIO, head: bytes, filename: str) -> bool:
        """Return whether the file is a ZIP archive with a book's container file."""
        return has_file(file, _CONTAINER)

    def open(self, file: BinaryIO, request: ContainerRequest) -> Contents:
        """Find and bound the pages; raise ``encrypted_document`` for a protected book.

        See ``ContainerFormat.open``.
        """
        archive = Archive(file, request.archive_limits)
        pages = _find_pages(archive)
        for path in pages:
            if sum(map(len, archive.stream(path))) > request.limits.page_bytes:
                raise _too_large(path, request.limits.page_bytes)

        def parse() -> Iterator[ParseItem]:
            archive = Archive(file, request.archive_limits)
            return request.read_rows(_read_rows(archive, pages, request), "")

        return Contents("utf-8", 1.0, parse, archive.inflated)


def _find_pages(archive: Archive) -> list[str]:
    """Return the paths of the book's pages in reading order."""
    package = next(
        (
            attributes["full-path"]
            for tag, attributes in _read_part(archive, _CONTAINER)
            if tag == "rootfile" and "full-path" in attributes
        ),
        "",
    )
    files: dict[str, str] = {}
    pages: list[str] = []
    for tag, attributes in _read_part(archive, package):
        if tag == "item":
            path = posixpath.join(posixpath.dirname(package), unquote(attributes.get("href", "")))
            files[attributes.get("id", "")] = posixpath.normpath(path)
        elif tag == "itemref":
            pages.append(files.get(attributes.get("idref", ""), ""))
    if not pages or not all(path in archive for path in pages):
        raise ScriptError("damaged_book", "The book's list of its pages is damaged.")
    if _ENCRYPTION in archive:
        encrypted = {
            unquote(attributes.get("URI", ""))
            for tag, attributes in _read_part(archive, _ENCRYPTION)
            if tag == "CipherReference"
        }
        if encrypted.intersection(pages):  # a book may encrypt only its fonts
            raise ScriptError(
                "encrypted_document", "The book is protected against copying: it cannot be read."
            )
    return list(dict.fromkeys(pages))


def _read_part(archive: Archive, path: str) -> list[tuple[str, dict[str, str]]]:
    if path not in archive:
        raise ScriptError("damaged_book", f"The book has no file “{path[:100]}”, and needs it.")
    return read_elements(archive.stream(path))


def _read_rows(archive: Archive, pages: list[str], request: ContainerRequest) -> Iterator[str]:
    for path in pages:
        content = archive.read(path)
        html = decode_page(content, find_page_encoding(content, request.encoding).name)
        yield from read_page(html, request.limits.line_characters)
        yield ""


def _too_large(path: str, limit: int) -> ScriptError:
    return ScriptError(
        "page_too_large",
        f"The book's page “{path[:100]}” is larger than {limit:,} bytes, the most that one may"
        " have.",
        limit=limit,
    )

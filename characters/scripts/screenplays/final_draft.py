"""Read Final Draft's FDX: XML in which every paragraph has a type.

Source: files that Final Draft 8 to 13 write; the format has no public specification.
"""

import re
from collections.abc import Iterator
from typing import BinaryIO, Literal

from characters.scripts.containers import ContainerRequest, Contents
from characters.scripts.encodings.decoding import CHUNK_BYTES
from characters.scripts.model import ParseItem
from characters.scripts.screenplays.final_draft_xml import FdxParagraph, read_paragraphs
from characters.scripts.screenplays.speeches import ScreenplayElement, gather_speeches

_HEAD_BYTES = 4_096
_ROOT = re.compile(rb"<FinalDraft[\s/>]")
_DECLARED = re.compile(rb"<\?xml[^>]{0,100}encoding\s*=\s*[\"']([A-Za-z0-9._\-]{1,40})[\"']")
_BOMS = ((b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))

_Kind = Literal["heading", "name", "speech", "action", "layout"]
_BEFORE_XML = b"\xef\xbb\xff\xfe\xbf \t\r\n"
"""Byte order marks and white space."""

_KINDS: dict[str, _Kind] = {
    "Scene Heading": "heading",
    "New Act": "heading",
    "Character": "name",
    "Parenthetical": "speech",
    "Dialogue": "speech",
    "Singing": "speech",
    "Lyrics": "speech",
    "Transition": "layout",
    "End of Act": "layout",
    "Cast List": "layout",
}
"""Types of paragraphs; any other type, including writers' own, is action."""


class FinalDraft:
    """Read a script of Final Draft. Rows are its paragraphs, including those of its title page.

    Dual dialogue is read in the order in which it stands. Notes inside a paragraph are paragraphs
    of their own, and layout.
    """

    name = "fdx"

    def claims(self, file: BinaryIO, head: bytes, filename: str) -> bool:
        """Return whether the root of the XML is ``FinalDraft``, in UTF-8 or UTF-16."""
        plain = head[:_HEAD_BYTES].replace(b"\0", b"").lstrip(_BEFORE_XML)
        return plain.startswith(b"<") and bool(_ROOT.search(plain))

    def open(self, file: BinaryIO, request: ContainerRequest) -> Contents:
        """Detect the encoding; ``ScriptError`` ``invalid_xml`` is raised while parsing.

        See ``ContainerFormat.open``.
        """
        file.seek(0)
        encoding = request.encoding or _find_encoding(file.read(_HEAD_BYTES))

        def parse() -> Iterator[ParseItem]:
            file.seek(0)
            chunks = iter(lambda: file.read(CHUNK_BYTES), b"")
            paragraphs = read_paragraphs(chunks, request.encoding, request.limits.line_characters)
            return gather_speeches(map(_read_paragraph, paragraphs))

        return Contents(encoding, 1.0, parse)


def _find_encoding(head: bytes) -> str:
    """Return the encoding that the XML declares; UTF-8 without a declaration."""
    marked = next((name for bom, name in _BOMS if head.startswith(bom)), None)
    declared = _DECLARED.search(head)
    return marked or (declared[1].decode("ascii").lower() if declared else "utf-8")


def _read_paragraph(paragraph: FdxParagraph) -> ScreenplayElement:
    if paragraph.section == "title":
        return ScreenplayElement("header", paragraph.number)
    kind = "layout" if paragraph.section == "aside" else _KINDS.get(paragraph.type, "action")
    if kind != "layout":
        return ScreenplayElement(kind, paragraph.number, paragraph.text)
    lists_cast = paragraph.type == "Cast List" and paragraph.section != "aside"
    text = f"Cast: {paragraph.text.strip('() ')}" if lists_cast else ""
    return ScreenplayElement(kind, paragraph.number, text)

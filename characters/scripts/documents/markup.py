"""Read the paragraphs and tables of an HTML page."""

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from characters.errors import ScriptError
from characters.scripts.documents.bold_names import BEGIN, END, read_bold_names
from characters.scripts.documents.fan_fiction import strip_notes
from characters.scripts.documents.layout import DocumentRows

if TYPE_CHECKING:
    from selectolax.lexbor import LexborNode

_DEPTH = 256
_TAG = re.compile(r"<(/?)([A-Za-z][A-Za-z0-9:_-]*)[^<>]*(>?)")
_RAW = frozenset(("script", "style", "title", "textarea", "iframe", "noscript", "xmp"))
_UNCOUNTED = re.compile(
    "area|base|br|col|embed|hr|img|input|link|meta|source|track|wbr|p|li|dt|dd|tr|td|th|thead|tbody"
    "|tfoot|option|html|head|body|rb|rt|rp|rtc"
)
"""Elements without an end tag, or often left without one."""
_FORMATTING = re.compile("a|b|big|code|em|font|i|nobr|s|small|strike|strong|tt|u")
"""Elements without meaning here, which cost a parser quadratic time where they are not closed."""
_BOLD_MARKS = re.compile(f"[{BEGIN}{END}]{{2,}}")
_BOLD = frozenset(("b", "strong"))
_READINGS = frozenset(("rt", "rp", "rtc"))
"""How the characters of a word are pronounced, and the brackets around that."""
_LEFT_OUT = (
    _RAW | _READINGS | {"head", "template", "svg", "math", "object", "select", "button", "-comment"}
)
_HEADINGS = frozenset(("h1", "h2", "h3", "h4", "h5", "h6"))
_BLOCK = re.compile(
    "address|article|aside|blockquote|body|caption|center|dd|details|div|dl|dt|fieldset|figcaption"
    "|figure|footer|form|h[1-6]|header|hr|li|main|nav|ol|p|pre|section|summary|t(?:able|body|d|h|r"
    "|head|foot)|ul"
)
_SPACE = re.compile(r"[ \t\n\r\f]+")


def read_page(html: str, characters: int) -> Iterator[str]:
    """Return the rows of the page: a paragraph, or the part of one before a line break.

    Scripts and styles are left out; headings are written as Markdown's. Raises ``ScriptError``:
    ``nested_too_deeply``; ``line_too_long`` for a row of more than ``characters`` characters.
    """
    return read_bold_names(_read_rows(html, characters))


def _read_rows(html: str, characters: int) -> Iterator[str]:
    from selectolax.lexbor import LexborHTMLParser  # noqa: PLC0415  # only where it is needed

    body = LexborHTMLParser(simplify(strip_notes(html))).body
    page = _Page(characters)
    if body is not None:
        for _ in page.walk(body):
            yield from page.rows.complete
            page.rows.complete.clear()


def simplify(html: str) -> str:
    """Return the page without attributes and formatting but bold, and bound its nesting.

    A parser takes quadratic time in the number of attributes and formatting elements, and in the
    depth of nesting.
    """
    nesting = Nesting()

    def rewrite(match: re.Match[str]) -> str:
        end, name, closing = match[1], match[2].lower(), match[3]
        empty = match[0].endswith(("/", "/>"))
        if name in _BOLD and not empty:
            return END if end else BEGIN
        if _FORMATTING.fullmatch(name):
            return ""
        if empty and name in _RAW:  # empty in XHTML, but never closed in HTML
            return f"<link{closing}"  # has no content, and does not end the head
        if not empty and not _UNCOUNTED.fullmatch(name):
            nesting.count(closes=bool(end))
        return f"<{end}{name}{closing}"

    return _BOLD_MARKS.sub(_join_marks, _TAG.sub(rewrite, html))


def _join_marks(match: re.Match[str]) -> str:
    """Return one mark for several of a kind, and none for bold that ends where it begins."""
    return match[0][0] if len(set(match[0])) == 1 else ""


class Nesting:
    """Bound how deep the elements of a page stand in each other."""

    def __init__(self) -> None:
        self._depth = 0

    def count(self, *, closes: bool) -> None:
        """Count a tag that opens or ``closes`` an element; raise ``nested_too_deeply``."""
        self._depth = max(0, self._depth - 1) if closes else self._depth + 1
        if self._depth > _DEPTH:
            raise ScriptError(
                "nested_too_deeply",
                f"The page's elements are more than {_DEPTH} levels deep in each other; save it as"
                " text.",
                limit=_DEPTH,
            )


class _Page:
    """Walk through a page, and gather its rows."""

    def __init__(self, characters: int) -> None:
        self.rows = DocumentRows()
        self._limit = characters
        self._text = ""
        self._prefix = ""
        self._preformatted = False

    def walk(self, body: "LexborNode") -> Iterator[None]:
        """Read everything in ``body``; yield after each element that ends a row."""
        node: LexborNode | None = body
        while node is not None:
            child = None if node.tag in _LEFT_OUT else self._enter(node)
            while child is None and node is not None:
                if self._leave(node):
                    yield
                last = node.mem_id == body.mem_id  # nodes compare by their whole contents
                child = None if last else node.next
                node = None if last else node.parent
            node = child

    def _enter(self, node: "LexborNode") -> "LexborNode | None":
        tag = node.tag or ""
        if tag == "-text":
            self._add(node.text_content or "")
            return None
        if _BLOCK.fullmatch(tag):
            self._end_row()
        if tag in _HEADINGS:
            self._prefix = "# "
        elif tag == "pre":
            self._preformatted = True
        elif tag == "table":
            self.rows.begin_table()
        elif tag in ("td", "th"):
            self.rows.begin_cell()
        elif tag == "dt":
            self._text += BEGIN
        return node.first_child

    def _leave(self, node: "LexborNode") -> bool:
        tag = node.tag or ""
        if tag == "br":
            self._end_row(blank=True)
        elif tag == "hr":
            self.rows.add(["---"])
        elif tag == "dt":
            self._text += END
        elif tag == "p" and node.first_child is None:
            self.rows.add([""])
        elif not _BLOCK.fullmatch(tag):
            return False
        self._end_row()
        if tag in _HEADINGS:
            self._prefix = ""
        elif tag == "pre":
            self._preformatted = False
        elif tag == "tr":
            self.rows.end_row()
        elif tag == "table":
            self.rows.end_table()
        return True

    def _add(self, text: str) -> None:
        if self._preformatted:
            *rows, text = text.split("\n")
            for row in rows:
                self._text += row
                self._end_row(blank=True)
        else:
            text = _SPACE.sub(" ", text)
        self._text += text
        if len(self._text) > self._limit:
            raise ScriptError(
                "line_too_long",
                f"A paragraph is longer than {self._limit:,} characters, the most that one may"
                f" have; it begins “{self._text[:40]}”.",
                limit=self._limit,
            )

    def _end_row(self, *, blank: bool = False) -> None:
        """End the row; with ``blank`` also an empty one, as between two line breaks."""
        text, self._text = self._text, ""
        if self.rows.in_table or self._prefix:
            text = text.replace(BEGIN, "").replace(END, "")
        text = text.rstrip() if self._preformatted else text.strip(" ")
        if not text.strip(f" {BEGIN}{END}"):
            text = ""
        if text.strip():
            self.rows.add([self._prefix + text])
        elif blank:
            self.rows.add([""])

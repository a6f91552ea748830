"""The paragraphs and tables of an HTML page."""

import re
from collections.abc import Iterator

from selectolax.lexbor import LexborNode

from characters.errors import ScriptError
from characters.scripts.documents.layout import DocumentRows

_DEPTH = 256
_TAG = re.compile(r"<(/?)([A-Za-z][A-Za-z0-9:_-]*)[^<>]*")
_RAW = frozenset(("script", "style", "title", "textarea", "iframe", "noscript", "xmp"))
_UNCOUNTED = frozenset(
    "area base br col embed hr img input link meta source track wbr p li dt dd tr td th thead tbody"
    " tfoot option a b big code em font i nobr s small strike strong tt u html head body".split()
)
"""Elements without an end tag, or that do without one."""
_LEFT_OUT = _RAW | {"head", "template", "svg", "math", "object", "select", "button", "audio", "video"}
_BLOCKS = frozenset(
    "address article aside blockquote body caption center dd details div dl dt fieldset figcaption"
    " figure footer form h1 h2 h3 h4 h5 h6 header hr li main nav ol p pre section summary table td"
    " th tr ul".split()
)
_SPACE = re.compile(r"[ \t\n\r\f]+")


def read_page(html: str, characters: int) -> Iterator[str]:
    """The rows of the page: a paragraph, or what a line break parts in one.

    Scripts and styles are left out; headings are written as Markdown's. Raises ``ScriptError``:
    ``nested_too_deeply``; ``line_too_long`` for a paragraph of more than ``characters``.
    """
    from selectolax.lexbor import LexborHTMLParser  # noqa: PLC0415  # only where it is needed

    body = LexborHTMLParser(simplify(html)).body
    page = _Page(characters)
    if body is not None:
        yield from page.read(body)

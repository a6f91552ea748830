"""Read Twine's stories as published in HTML: their passages become rows of Twee.

Sources: the Twine 2 HTML output specification (iftechfoundation.org), ``tw-passagedata``; Twine 1
wrote ``<div tiddler="…">`` with escaped row ends.
"""

import re
from collections.abc import Iterator
from html import unescape

from characters.scripts.games.twee import read_twee
from characters.scripts.model import ParseItem

_MARKS = re.compile(
    r"<tw-storydata\b|<tw-passagedata\b|<div\s[^<>]{0,300}\btiddler=", re.IGNORECASE
)
_OPENING = re.compile(r"<(?P<element>tw-passagedata|div)\s[^<>]{0,2000}>", re.IGNORECASE)
_ATTRIBUTE = re.compile(r"([\w-]{1,40})\s*=\s*([\"'])([^\"'<>]{0,500})\2")
_NOT_IN_NAMES = re.compile(r"[\[\]{}\n]+")
_ESCAPES = {"\\n": "\n", "\\t": "\t", "\\s": "\\"}
_ESCAPED = re.compile(r"\\[nts]")


def is_twine_page(html: str) -> bool:
    """Return whether a page is a story of Twine's."""
    return _MARKS.search(html) is not None


def read_twine_page(html: str) -> Iterator[ParseItem]:
    """Yield the scenes of a story; a row is a passage's name or a row of its text."""
    return read_twee(_rows(html))


def _rows(html: str) -> Iterator[str]:
    for name, tags, text in _passages(html):
        title = _NOT_IN_NAMES.sub(" ", name).strip() or "passage"
        yield f":: {title} [{_NOT_IN_NAMES.sub(' ', tags)}]" if tags else f":: {title}"
        # A row like a passage's name would begin another one.
        yield from (row.removeprefix("::") for row in text.split("\n"))


def _passages(html: str) -> Iterator[tuple[str, str, str]]:
    """Yield name, tags and text of each passage.

    The text is escaped, so that it ends at the next tag of its element, or where the next passage
    begins. A parser of whole pages takes quadratic time in damaged ones.
    """
    openings = list(_OPENING.finditer(html))
    ends = [*(opening.start() for opening in openings[1:]), len(html)]
    for opening, next_one in zip(openings, ends, strict=True):
        is_old = opening["element"].lower() == "div"
        end = html.find("</", opening.end(), next_one)
        text = html[opening.end() : next_one if end < 0 else end]
        attributes = {match[1].lower(): match[3] for match in _ATTRIBUTE.finditer(opening[0])}
        name = attributes.get("tiddler" if is_old else "name", "")
        if is_old and "tiddler" not in attributes:
            continue
        text = unescape(text)
        if is_old:
            text = _ESCAPED.sub(lambda match: _ESCAPES[match[0]], text)
        yield unescape(name), unescape(attributes.get("tags", "")), text

"""Read Twine's stories as published in HTML: their passages become rows of Twee.

Sources: the Twine 2 HTML output specification (iftechfoundation.org), ``tw-passagedata``; Twine 1
wrote ``<div tiddler="…">`` with escaped row ends.
"""

import re
from collections.abc import Iterator
from html.parser import HTMLParser

from characters.scripts.games.twee import read_twee
from characters.scripts.model import ParseItem

_MARKS = re.compile(
    r"<tw-storydata\b|<tw-passagedata\b|<div\s[^<>]{0,300}\btiddler=", re.IGNORECASE
)
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
    passages = _Passages()
    passages.feed(html)
    passages.close()
    for name, tags, text in passages.found:
        title = _NOT_IN_NAMES.sub(" ", name).strip() or "passage"
        yield f":: {title} [{_NOT_IN_NAMES.sub(' ', tags)}]" if tags else f":: {title}"
        # A row like a passage's name would begin another one.
        yield from (row.removeprefix("::") for row in text.split("\n"))


class _Passages(HTMLParser):
    """Collect name, tags and text of each passage."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[tuple[str, str, str]] = []
        self._open: tuple[str, str, bool] | None = None
        self._element = ""
        self._text: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Begin a passage."""
        given = {key: value or "" for key, value in attrs}
        if tag == "tw-passagedata" or (tag == "div" and "tiddler" in given):
            self._end()
            self._open = (
                given.get("name", given.get("tiddler", "")),
                given.get("tags", ""),
                tag == "div",
            )
            self._element = tag
        elif self._open is not None:
            # A browser would take it for an element, too: the text of a passage is escaped.
            self._text.append(" ")

    def handle_endtag(self, tag: str) -> None:
        """End the passage, or the story."""
        if tag in (self._element, "tw-storydata"):
            self._end()

    def handle_data(self, data: str) -> None:
        """Take a part of a passage's text."""
        if self._open is not None:
            self._text.append(data)

    def close(self) -> None:
        """End the last passage of a page that breaks off."""
        super().close()
        self._end()

    def _end(self) -> None:
        if self._open is not None:
            name, tags, is_old = self._open
            text = "".join(self._text)
            if is_old:
                text = _ESCAPED.sub(lambda match: _ESCAPES[match[0]], text)
            self.found.append((name, tags, text))
        self._open, self._text = None, []

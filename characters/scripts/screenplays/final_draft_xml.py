"""Read the paragraphs of an FDX file, a chunk of XML at a time."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from characters.errors import ScriptError
from characters.scripts.documents.xml import gather_xml

_DEPTH = 100
"""Most nested elements; Final Draft's own files have about ten levels."""


class FdxParagraph(NamedTuple):
    """Hold a paragraph that is not blank."""

    number: int
    """1-based, in the order in which paragraphs begin; blank ones count."""
    type: str
    text: str
    section: Literal["script", "title", "aside"]


@dataclass(slots=True)
class _Open:
    """Hold a paragraph that has begun."""

    number: int
    type: str
    section: Literal["script", "title", "aside"]
    texts: list[str] = field(default_factory=list)
    characters: int = 0


class _Target:
    """Receive the XML parser's calls; complete paragraphs gather in ``complete``."""

    def __init__(self, characters: int) -> None:
        self.complete: list[FdxParagraph] = []
        self._limit = characters
        self._tags: list[str] = []
        self._open: list[_Open] = []
        self._count = 0

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        if len(self._tags) == _DEPTH:
            raise ScriptError(
                "invalid_xml", f"The XML has elements more than {_DEPTH} levels deep.", limit=_DEPTH
            )
        if tag == "Paragraph":
            self._count += 1
            self._open.append(_Open(self._count, attributes.get("Type", ""), self._section()))
        self._tags.append(tag)

    def data(self, text: str) -> None:
        if not self._open or self._tags[-1] != "Text":
            return
        paragraph = self._open[-1]
        paragraph.characters += len(text)
        if paragraph.characters > self._limit:
            raise ScriptError(
                "line_too_long",
                f"Paragraph {paragraph.number:,} is longer than {self._limit:,} characters, the"
                " most that one may have.",
                row=paragraph.number,
                limit=self._limit,
            )
        paragraph.texts.append(text)

    def end(self, tag: str) -> None:
        self._tags.pop()
        if tag == "Paragraph":
            closed = self._open.pop()
            if text := " ".join("".join(closed.texts).split()):
                self.complete.append(FdxParagraph(closed.number, closed.type, text, closed.section))

    def close(self) -> None:
        """Ignore the end of the file."""

    def _section(self) -> Literal["script", "title", "aside"]:
        """Return the part of the file in which a paragraph that begins now stands."""
        if "TitlePage" in self._tags:
            return "title"
        noted = "ScriptNote" in self._tags
        return "script" if self._tags[1:2] == ["Content"] and not noted else "aside"


def read_paragraphs(
    chunks: Iterable[bytes], encoding: str | None, characters: int
) -> Iterator[FdxParagraph]:
    """Yield the paragraphs of the XML in ``chunks``, in the order in which they end.

    ``encoding`` overrides the XML's declaration. Raises ``ScriptError``: ``invalid_xml``, also for
    entities and document types of its own, which no script needs; ``line_too_long`` for a paragraph
    of more than ``characters`` characters.
    """
    target = _Target(characters)
    yield from gather_xml(chunks, target, target.complete, encoding)

"""Read plays in TEI, the Text Encoding Initiative's XML: speeches are marked as such.

Format: TEI P5, chapter 7, “Performance Texts”. DraCor and Folger publish plays in it.
"""

import re
from collections.abc import Iterator
from typing import BinaryIO

from characters.errors import ScriptError
from characters.scripts.containers import ContainerRequest, Contents
from characters.scripts.documents.xml import DEPTH, gather_xml, local_name
from characters.scripts.encodings.decoding import CHUNK_BYTES
from characters.scripts.games.story import Part, Said, StoryItem, gather_story
from characters.scripts.model import ParseItem

_ROOT = re.compile(rb"<(?:\w+:)?(?:TEI|TEI\.2|teiCorpus)[\s>]")
_HEAD_BYTES = 8_192
_NAMED = frozenset(("persName", "role", "name"))
_PEOPLE = frozenset(("person", "personGrp", "role", "castItem"))
_LEFT_OUT = frozenset(("note", "teiHeader", "front", "back", "fw", "figure", "listBibl"))
_PARTED = frozenset(("l", "p", "ab", "lg", "lb", "stage", "seg"))
_TEXT_CHARACTERS = 20_000
_DOUBLED = re.compile(r"\([(\[]([^()\[\]]*)[)\]]\)")
"""A direction that the play itself has in brackets."""


class Tei:
    """Read speeches, ``sp``; a row is a speech, a stage direction, or a heading.

    The speaker is the text of ``speaker``; without one, the name of the person whom ``who`` names.
    """

    name = "tei"

    def claims(self, file: BinaryIO, head: bytes, filename: str) -> bool:
        """Return whether the root of the XML is TEI's."""
        plain = head[:_HEAD_BYTES].replace(b"\0", b"")
        return b"<" in plain[:200] and bool(_ROOT.search(plain))

    def open(self, file: BinaryIO, request: ContainerRequest) -> Contents:
        """Defer parsing; ``ScriptError`` ``invalid_xml`` is raised by it."""

        def parse() -> Iterator[ParseItem]:
            return gather_story(_read(file, request.encoding))

        return Contents(request.encoding or "utf-8", 1.0, parse)


def _read(file: BinaryIO, encoding: str | None) -> Iterator[StoryItem]:
    file.seek(0)
    target = _Play()
    chunks = iter(lambda: file.read(CHUNK_BYTES), b"")
    yield from gather_xml(chunks, target, target.complete, encoding)


class _Play:
    """Gather speeches, directions and headings."""

    def __init__(self) -> None:
        self.complete: list[StoryItem] = []
        self._tags: list[str] = []
        self._names: dict[str, str] = {}
        self._person = ""
        self._row = 0
        self._left_out = 0
        self._who = ""
        self._speaker = ""
        self._texts: list[str] = []
        self._characters = 0

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        if len(self._tags) == DEPTH:
            raise ScriptError("invalid_xml", "The document's elements are nested too deeply.")
        name = local_name(tag)
        self._tags.append(name)
        named = {local_name(key): value for key, value in attributes.items()}
        if name in _PEOPLE and "id" in named:
            self._person = named["id"]
        self._left_out += name in _LEFT_OUT
        if self._left_out:
            return
        if name == "sp":
            self._flush()
            self._who, self._speaker = named.get("who", ""), ""
        elif name == "head" or (name == "stage" and "sp" not in self._tags):
            self._flush()
        elif name == "stage":
            self._add(" (")
        elif name in _PARTED:
            self._add(" ")

    def end(self, tag: str) -> None:
        name = self._tags.pop()
        if self._left_out:
            self._left_out -= name in _LEFT_OUT
        elif name == "sp":
            self._say(self._speaker or self._name_of(self._who))
        elif name == "stage" and "sp" not in self._tags:
            self._say("")
        elif name == "stage":
            self._add(") ")
        elif name == "head":
            text = self._take()
            if text:
                self._row += 1
                self.complete.append(Part(self._row, text))
        if name in _PEOPLE:
            self._person = ""

    def data(self, text: str) -> None:
        tags = self._tags
        if self._person and tags[-1] in _NAMED:
            self._names[self._person] = (self._names.get(self._person, "") + text).strip()
        if self._left_out or not tags:
            return
        if "speaker" in tags[-3:]:
            self._speaker = " ".join((self._speaker + text).split())
        elif tags[-1] == "head" or "sp" in tags or "stage" in tags:
            self._add(text)

    def close(self) -> None:
        """Ignore the end of the document."""

    def _add(self, text: str) -> None:
        if self._characters <= _TEXT_CHARACTERS:
            self._texts.append(text)
            self._characters += len(text)

    def _take(self) -> str:
        text = " ".join("".join(self._texts).split())
        self._texts, self._characters = [], 0
        text = text.replace("( ", "(").replace(" )", ")")
        return _DOUBLED.sub(r"(\1)", text)[:_TEXT_CHARACTERS]

    def _flush(self) -> None:
        if "sp" not in self._tags[:-1]:
            self._take()

    def _say(self, speaker: str) -> None:
        text = self._take()
        if text:
            self._row += 1
            self.complete.append(Said(self._row, speaker.rstrip(".:"), text))

    def _name_of(self, who: str) -> str:
        ids = [each.removeprefix("#") for each in who.split()]
        return " & ".join(self._names.get(id, id) for id in ids) or "?"

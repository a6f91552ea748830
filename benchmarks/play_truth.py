"""Read who says what in a play without the readers of scripts: from TEI, or by one expression."""

import re
from collections.abc import Iterator
from typing import NamedTuple
from xml.etree.ElementTree import Element

_TEI = "{http://www.tei-c.org/ns/1.0}"
_LEFT_OUT = frozenset(("speaker", "note", "fw", "figure"))
_ROWS = frozenset(("l", "p", "ab", "lb"))
_SPACES = re.compile(r"\s+")
_MANNER = re.compile(r",\s+(?=[a-zß-ÿа-яё])")
_NO_SPEECH = re.compile(r"<[^>]*>|\[[^\]]*\]|&#?\w+;")


class Part(NamedTuple):
    """Hold a piece of a play, in the order of the play."""

    kind: str
    """``heading``, ``direction`` or ``speech``."""
    rows: list[str]
    """As printed; directions within a speech in square brackets."""
    speaker: str = ""

    @property
    def name(self) -> str:
        """Return the speaker without a manner: ``HARPAGON, bas, à son fils``."""
        return _MANNER.split(self.speaker)[0]

    @property
    def said(self) -> str:
        """Return what is said, without directions."""
        return strip_directions("\n".join(self.rows))


def strip_directions(text: str) -> str:
    """Return ``text`` without directions in square brackets, and without tags."""
    return _NO_SPEECH.sub(" ", text)


def read_tei(source: bytes) -> list[Part]:
    """Return the parts of a play in TEI: ``sp`` with a ``speaker``, ``stage``, ``head``."""
    from defusedxml.ElementTree import fromstring  # noqa: PLC0415  # only where it is needed

    body = fromstring(source).find(f".//{_TEI}body")
    return [] if body is None else list(_walk(body))


def read_by_pattern(text: str, pattern: str) -> list[Part]:
    """Return the speeches that ``pattern`` begins, each up to the next match.

    The group ``name`` is the speaker. A match of the group ``direction`` is none of the speech
    around it; any other match ends the speech above.
    """
    matches = list(re.finditer(pattern, text, re.MULTILINE))
    starts = [match.start() for match in matches[1:]]
    parts: list[Part] = []
    speaker = ""
    for match, end in zip(matches, [*starts, len(text)], strict=False):
        groups = match.groupdict()
        if groups["name"]:
            speaker = _one_row(_NO_SPEECH.sub("", groups["name"]))
        elif not groups.get("direction"):
            speaker = ""
        said = text[match.end() : end]
        if speaker and (groups["name"] or any(map(str.isalnum, strip_directions(said)))):
            parts.append(Part("speech", [said], speaker))
    return parts


def _walk(element: Element) -> Iterator[Part]:
    for child in element:
        tag = _tag(child)
        if tag == "head":
            yield Part("heading", [_one_row("".join(child.itertext()))])
        elif tag == "stage":
            yield Part("direction", [_direction(child)])
        elif tag == "sp":
            yield from _read_speech(child)
        else:
            yield from _walk(child)


def _read_speech(speech: Element) -> Iterator[Part]:
    speaker = speech.find(f"{_TEI}speaker")
    rows = [row for row in map(_one_row, _text(speech).split("\n")) if row]
    part = Part("speech", rows, "" if speaker is None else _name(speaker))
    if part.speaker and any(map(str.isalnum, part.said)):
        yield part


def _text(element: Element) -> str:
    """Return what an element says; ends of verses and paragraphs are ends of rows."""
    pieces = [_SPACES.sub(" ", element.text or "")]
    for child in element:
        tag = _tag(child)
        if tag == "stage":
            pieces.append(f" {_direction(child)} ")
        elif tag not in _LEFT_OUT:
            pieces.append(_text(child))
        pieces.append(_SPACES.sub(" ", child.tail or ""))
    return "".join(pieces) + "\n" * (_tag(element) in _ROWS)


def _direction(element: Element) -> str:
    return f"[{_one_row(''.join(element.itertext())).strip('[]() ')}]"


def _name(element: Element) -> str:
    return _one_row("".join(element.itertext())).strip(" .:,")


def _one_row(text: str) -> str:
    return " ".join(text.split())


def _tag(element: Element) -> str:
    return str(element.tag).removeprefix(_TEI)

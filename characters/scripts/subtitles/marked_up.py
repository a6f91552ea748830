"""Read subtitles that are markup: TTML (also DFXP, IMSC) and SAMI.

Formats: W3C's Timed Text Markup Language 2; Microsoft's “Understanding SAMI 1.0”. A row is a cue.
"""

import re
from collections.abc import Iterable, Iterator
from html import unescape
from typing import BinaryIO

from characters.errors import ScriptError
from characters.scripts.containers import ContainerRequest, Contents
from characters.scripts.documents.web_page import read_bounded
from characters.scripts.documents.xml import DEPTH, gather_xml, local_name
from characters.scripts.encodings.decoding import CHUNK_BYTES
from characters.scripts.encodings.detection import detect_encoding
from characters.scripts.model import ParseItem
from characters.scripts.subtitles.cues import CUE_ROWS, ROW_CHARACTERS, Cue, CueRow
from characters.scripts.subtitles.names import BIDIRECTIONAL
from characters.scripts.subtitles.scenes import gather_cues

_TTML_ROOT = re.compile(rb"<(?:\w+:)?tt[\s>]")
_SAMI_ROOT = re.compile(rb"\s*(?:\xef\xbb\xbf)?\s*<SAMI\b", re.IGNORECASE)
_CLOCK = re.compile(r"(\d+):(\d\d):(\d\d)(?:([.,:])(\d+))?")
_OFFSET = re.compile(r"(\d+(?:\.\d+)?)(h|m|s|ms|f|t)")
_UNITS = {"h": 3_600_000.0, "m": 60_000.0, "s": 1_000.0, "ms": 1.0}
_USUAL_RATE = 30.0
_SYNC = re.compile(r"<SYNC\b[^<>]*?Start\s*=\s*[\"']?(\d{1,9})[^<>]*>", re.IGNORECASE)
_PARAGRAPH = re.compile(r"<P\b([^<>]*)>", re.IGNORECASE)
_CLASS = re.compile(r"Class\s*=\s*[\"']?(\w+)", re.IGNORECASE)
_SOURCE = re.compile(r"ID\s*=\s*[\"']?Source", re.IGNORECASE)
_BREAK = re.compile(r"<br\b[^<>]*>", re.IGNORECASE)
_TAG = re.compile(r"<[^<>]*>")
_NEVER = 10_000
"""Milliseconds that a cue is shown where nothing says when it ends."""


class Ttml:
    """Read the paragraphs of TTML; an agent with a name speaks."""

    name = "ttml"

    def claims(self, file: BinaryIO, head: bytes, filename: str) -> bool:
        """Return whether the root of the XML is ``tt``."""
        plain = head[:4_096].replace(b"\0", b"")
        return plain.lstrip(b"\xef\xbb\xbf\xff\xfe \r\n\t").startswith(b"<") and bool(
            _TTML_ROOT.search(plain)
        )

    def open(self, file: BinaryIO, request: ContainerRequest) -> Contents:
        """Defer parsing; ``ScriptError`` ``invalid_xml`` is raised by it."""

        def parse() -> Iterator[ParseItem]:
            return gather_cues(_read_ttml(file, request.encoding))

        return Contents(request.encoding or "utf-8", 1.0, parse)


class Sami:
    """Read the first language of SAMI."""

    name = "sami"

    def claims(self, file: BinaryIO, head: bytes, filename: str) -> bool:
        """Return whether the file begins with ``<SAMI>``."""
        return _SAMI_ROOT.match(head.replace(b"\0", b"").lstrip(b"\xff\xfe")) is not None

    def open(self, file: BinaryIO, request: ContainerRequest) -> Contents:
        """Read the file, bounded as a page is; see ``ContainerFormat.open``."""
        found = detect_encoding(file, request.encoding)
        content = read_bounded(file, request.limits.page_bytes).decode(found.name, "replace")
        return Contents(found.name, found.confidence, lambda: gather_cues(_read_sami(content)))


def _read_sami(content: str) -> Iterator[Cue]:
    _, *pieces = _SYNC.split(content)
    cues: list[Cue] = []
    spoken = ""
    for row, (start, body) in enumerate(zip(pieces[::2], pieces[1::2], strict=True), start=1):
        begins = int(start)
        if cues and cues[-1].end is None:
            cues[-1].end = begins
        texts: list[str] = []
        _, *parts = _PARAGRAPH.split(body)
        for attributes, text in zip(parts[::2], parts[1::2], strict=True):
            language = found[1] if (found := _CLASS.search(attributes)) else ""
            spoken = spoken or language
            if language in ("", spoken) and not _SOURCE.search(attributes):
                texts += _BREAK.split(text)
        shown = _rows(row, (unescape(_TAG.sub("", text)) for text in texts))
        if shown:
            cues.append(Cue(begins, None, shown))
    for cue in cues:
        if cue.end is None and cue.start is not None:
            cue.end = cue.start + _NEVER
    yield from cues


def _rows(row: int, texts: Iterable[str]) -> list[CueRow]:
    shown = (" ".join(text.translate(BIDIRECTIONAL).split()) for text in texts)
    return [CueRow(row, text[:ROW_CHARACTERS]) for text in shown if text][:CUE_ROWS]


def _read_ttml(file: BinaryIO, encoding: str | None) -> Iterator[Cue]:
    file.seek(0)
    target = _Ttml()
    chunks = iter(lambda: file.read(CHUNK_BYTES), b"")
    yield from gather_xml(chunks, target, target.complete, encoding)


class _Ttml:
    """Gather the cues of the document."""

    def __init__(self) -> None:
        self.complete: list[Cue] = []
        self._tags: list[str] = []
        self._rate, self._tick = _USUAL_RATE, 1.0
        self._agents: dict[str, str] = {}
        self._agent = ""
        self._row = 0
        self._open: dict[str, str] | None = None
        self._text = ""

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        if len(self._tags) == DEPTH:
            raise ScriptError("invalid_xml", "The document's elements are nested too deeply.")
        name = local_name(tag)
        self._tags.append(name)
        named = {local_name(key): value for key, value in attributes.items()}
        if name == "tt":
            self._rate = _number(named.get("frameRate", ""), _USUAL_RATE)
            self._tick = _number(named.get("tickRate", ""), 1.0)
        elif name == "agent":
            self._agent = named.get("id", "")
        elif name == "p":
            self._open, self._text = named, ""
        elif name == "br":
            self._text += "\n"

    def end(self, tag: str) -> None:
        name = self._tags.pop()
        if name != "p" or self._open is None:
            return
        self._row += 1
        begins = self._time(self._open.get("begin", ""))
        ends = self._time(self._open.get("end", ""))
        lasts = self._time(self._open.get("dur", ""))
        if ends is None and begins is not None and lasts is not None:
            ends = begins + lasts
        speaker = self._agents.get(self._open.get("agent", ""), "")
        if shown := _rows(self._row, self._text.split("\n")):
            self.complete.append(Cue(begins, ends, shown, speaker))
        self._open = None

    def data(self, text: str) -> None:
        if self._open is not None:
            if len(self._text) < CUE_ROWS * ROW_CHARACTERS:
                self._text += text.replace("\n", " ")
        elif self._agent and self._tags and self._tags[-1] == "name":
            self._agents[self._agent] = (self._agents.get(self._agent, "") + text).strip()

    def close(self) -> None:
        """Ignore the end of the document."""

    def _time(self, value: str) -> int | None:
        """Return the milliseconds of ``00:00:01.500``, ``00:00:01:15`` (frames), ``1.5s``."""
        if clock := _CLOCK.fullmatch(value.strip()):
            hours, minutes, seconds, mark, rest = clock.groups()
            whole = (int(hours[:4]) * 60 + int(minutes)) * 60 + int(seconds)
            part = 0.0
            if mark == ":":
                part = int(rest[:6]) / self._rate
            elif rest:
                part = float(f"0.{rest[:9]}")
            return round((whole + part) * 1_000)
        if offset := _OFFSET.fullmatch(value.strip()[:30]):
            number, unit = float(offset[1]), offset[2]
            scale = 1_000 / (self._rate if unit == "f" else self._tick)
            return round(number * _UNITS.get(unit, scale))
        return None


def _number(value: str, usual: float) -> float:
    return float(value) if value.isascii() and value.isdigit() and int(value[:9]) > 0 else usual

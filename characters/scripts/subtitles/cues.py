"""Hold the cues of subtitles, their rows without markup, parsed with ``pysubs2``."""

import re
from dataclasses import dataclass, field
from html import unescape
from typing import NamedTuple

ROW_CHARACTERS = 1_000
"""Longest row of a cue. Viewers see about 40; some speech recognisers write paragraphs."""

CUE_ROWS = 50
"""Most rows of a cue. Viewers see two or three, and a few more where two people speak at once."""

_ARROW = r"[^\S\n]*(?:-{1,3}\s?>|[–—=]>|[→⟶])[^\S\n]*"
_YOUTUBE_COMMA = r",(?=\d+:\d\d:\d\d\.\d{3}[^\S\n]*$)"
_TIME = (
    r"-?\s?(?:\d{1,3}\s?:\s?\d{1,2}\s?:\s?\d{1,2}(?:\s?[.,:;]\s?\d{1,6})?"
    r"|\d{1,2}:\d{2}(?:[.,]\d{1,6})?)"
)
TIMES = rf"(?P<start>{_TIME})(?:{_ARROW}|{_YOUTUBE_COMMA})(?P<end>{_TIME})(?![\w:])"
"""Two times of a cue as players accept them: ``->`` for an arrow, any sign before the fraction, or
none, a minus, and YouTube's comma for the arrow."""
_TIMES = re.compile(TIMES)
_NUMBERS = re.compile(r"\d+")

_ANY_TIME = "00:00:00,000 --> 00:00:00,000"
_VOICE = re.compile(r"<v(?:\.[^\s>]*)?\s+([^>]*)>")
_DASH = re.compile(r"\s*[-–—]\s*")
"""What may stand before a voice tag: the tag parts the speakers already."""
_TIME_TAG = re.compile(r"<[0-9:.]+>")
_MARKUP = frozenset("<{\\")


class CueRow(NamedTuple):
    """Hold a row of text in a cue."""

    row: int
    """Physical row of the file; several rows on the screen may share one."""
    text: str
    voice: str = ""
    """The speaker that a WebVTT voice tag names."""


@dataclass(slots=True)
class Cue:
    """Hold the text that is shown together."""

    start: int | None
    """Milliseconds; None where the times cannot be read."""
    end: int | None
    rows: list[CueRow] = field(default_factory=list)
    speaker: str = ""
    """The speaker of the whole cue, where the format has a field for it."""


def read_times(row: str) -> tuple[int, int] | None:
    """Return start and end, in milliseconds, of ``00:01:02,500 --> 00:01:04,000`` at the beginning.

    WebVTT may leave the hours out. Times below zero, which shifting leaves, keep their order.
    """
    match = _TIMES.match(row)
    if match is None:
        return None
    start, end = _milliseconds(match["start"]), _milliseconds(match["end"])
    below_zero = match["start"][0] == match["end"][0] == "-"
    return (-start, -end) if below_zero else (start, end)


def _milliseconds(time: str) -> int:
    numbers = _NUMBERS.findall(time)
    fraction = ""
    if len(numbers) == 4 or "." in time or "," in time or ";" in time:
        fraction = numbers.pop()
    seconds = 0
    for number in numbers:
        seconds = seconds * 60 + int(number)
    return seconds * 1_000 + int(fraction[:3].ljust(3, "0"))


def strip_markup(row: int, text: str) -> list[CueRow]:
    r"""Return a row of SubRip or WebVTT as it reads on the screen.

    The row has at most ``ROW_CHARACTERS``. Markup such as ``<i>`` and ``{\an8}`` is removed;
    WebVTT's ``<v Name>`` names the voice.
    """
    before, *voiced = _VOICE.split(" ".join(text.split()))
    parts = [("", before), *zip(voiced[::2], voiced[1::2], strict=True)]
    return [
        CueRow(row, unescape(shown).strip(), unescape(voice).strip())
        for voice, part in parts
        for shown in _strip_tags(part).split("\n")
        if shown.strip() and not (voiced and _DASH.fullmatch(shown))
    ]


def _strip_tags(text: str) -> str:
    from pysubs2 import SSAFile  # noqa: PLC0415  # only where it is needed

    if _MARKUP.isdisjoint(text):
        return text
    events = SSAFile.from_string(f"{_ANY_TIME}\n{_TIME_TAG.sub('', text)}", "srt").events
    return events[0].plaintext if len(events) == 1 else text  # else the text itself contains times

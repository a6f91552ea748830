"""Read SubRip and WebVTT, accounting for every row of the file.

Sources: https://www.w3.org/TR/webvtt1/ for WebVTT. SubRip has no specification, and is read as
players do: a row with two times begins a cue, which continues to the next row of that kind.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain, islice, pairwise
from typing import Literal

from characters.scripts.lines import Refusal, reject
from characters.scripts.model import NonDialogue, ParseItem, Rejection
from characters.scripts.subtitles.cues import (
    CUE_ROWS,
    ROW_CHARACTERS,
    TIMES,
    Cue,
    read_times,
    strip_markup,
)
from characters.scripts.subtitles.names import BIDIRECTIONAL
from characters.scripts.subtitles.rolling import drop_repeats
from characters.scripts.subtitles.scenes import gather_cues

_TIMES = re.compile(rf"^[^\S\n]*{TIMES}", re.MULTILINE)
_BROKEN_TIMES = re.compile(r"[^a-zA-Z\u00c0-\uffff]*-->")
"""An arrow, and no word before it."""
_DOUBLED_ROWS = 40
_TIMES_SHARE = 0.1
_ASIDES = ("NOTE", "STYLE", "REGION")

_NO_TIME = Refusal("no_time", "This stands above the times of the first cue.")
_BAD_TIME = Refusal(
    "invalid_time",
    "The times of this cue cannot be read, so no pause before it is known; write them as"
    " 00:01:02,500 --> 00:01:04,000.",
)
_LONG = Refusal(
    "text_too_long",
    f"A cue has at most {CUE_ROWS} rows, and each of them {ROW_CHARACTERS:,} characters.",
)


@dataclass(frozen=True, slots=True)
class TimedText:
    """Read SubRip (``srt``) or WebVTT (``vtt``)."""

    name: Literal["srt", "vtt"]

    def sniff(self, head: str, filename: str) -> float:
        """Return 1 for WebVTT's first row, 0.99 for SubRip: a tenth of the rows are cue times."""
        marked = head.lstrip().startswith("WEBVTT")
        if self.name == "vtt":
            return 1.0 if marked else 0
        rows = sum(bool(row.strip()) for row in head.split("\n"))
        timed = sum(1 for _ in _TIMES.finditer(head.translate(BIDIRECTIONAL)))
        return 0.99 if not marked and timed and timed >= _TIMES_SHARE * rows else 0

    def parse(self, rows: Iterable[str]) -> Iterator[ParseItem]:
        """Yield scenes and rejections; see ``ScriptFormat.parse``."""
        numbered = _skip_doubled(enumerate((_clean(row) for row in rows), start=1))
        return gather_cues(drop_repeats(_read_cues(numbered, blocks=self.name == "vtt")))


def _clean(row: str) -> str:
    return row.translate(BIDIRECTIONAL).strip()


def _skip_doubled(numbered: Iterable[tuple[int, str]]) -> Iterator[tuple[int, str]]:
    r"""Yield the rows, without the blank one behind each where the file has one behind each.

    A conversion of row ends gone wrong leaves ``\r\r\n``.
    """
    numbered = iter(numbered)
    head = list(islice(numbered, _DOUBLED_ROWS))
    filled = [bool(text) for _, text in head]
    doubled = sum(filled) > 2 and not any(above and row for above, row in pairwise(filled))
    above = False
    for number, text in chain(head, numbered):
        skipped = doubled and above and not text
        above = bool(text)
        if not skipped:
            yield number, text


def _read_cues(
    numbered: Iterable[tuple[int, str]], *, blocks: bool
) -> Iterator[Cue | NonDialogue | Rejection]:
    """Yield cues and the rows between them; with ``blocks``, WebVTT's blocks are recognised."""
    cue: Cue | None = None
    parted = True
    aside = False
    for (number, text), (_, below) in pairwise(chain(numbered, [(0, "")])):
        if not text:
            parted, aside = True, False
            continue
        aside = aside or (blocks and parted and _is_aside(number, text))
        if aside or _is_label(text, below, parted=parted and blocks):
            yield NonDialogue(number, "layout")
        elif _begins_cue(text):
            if cue is not None:
                yield cue
            times = read_times(text)
            cue = Cue(*(times or (None, None)))
            yield (
                reject(number, text, _BAD_TIME) if times is None else NonDialogue(number, "layout")
            )
        elif cue is None:
            yield reject(number, text, _NO_TIME)
        elif len(text) > ROW_CHARACTERS or len(cue.rows) >= CUE_ROWS:
            yield reject(number, text, _LONG)
        else:
            yield from _add_row(cue, number, text)
        parted = False
    if cue is not None:
        yield cue


def _is_aside(number: int, text: str) -> bool:
    """Return whether a block of WebVTT that begins with ``text`` is not shown to viewers."""
    return text.startswith(_ASIDES) or (number == 1 and text.startswith("WEBVTT"))


def _is_label(text: str, below: str, *, parted: bool) -> bool:
    """Return whether a row numbers the cue below it; with ``parted`` it may be any text."""
    return _begins_cue(below) and not _begins_cue(text) and (parted or text.isdigit())


def _begins_cue(text: str) -> bool:
    """Return whether a row has two times, or is an attempt at that: an arrow without words."""
    if "-->" in text:
        return _BROKEN_TIMES.match(text) is not None
    return read_times(text) is not None


def _add_row(cue: Cue, number: int, text: str) -> Iterator[NonDialogue]:
    shown = strip_markup(number, text)
    cue.rows += shown
    if not shown:  # nothing but markup
        yield NonDialogue(number, "layout")

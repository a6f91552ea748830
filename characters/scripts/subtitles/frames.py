"""Read subtitles of one row each: MicroDVD, ``{24}{48}text|text``, and MPL2, ``[10][20]text``.

Times are frames in the one and tenths of a second in the other. The frame rate is the one that the
first cue declares, as ``{1}{1}25``, else a film's.
"""

import re
from collections.abc import Iterable, Iterator

from characters.scripts.lines import Refusal, reject
from characters.scripts.model import NonDialogue, ParseItem, Rejection
from characters.scripts.subtitles.cues import CUE_ROWS, ROW_CHARACTERS, Cue, CueRow
from characters.scripts.subtitles.names import BIDIRECTIONAL
from characters.scripts.subtitles.scenes import gather_cues

_CUE = re.compile(r"(?:\{(\d{1,9})\}\{(\d{0,9})\}|\[(\d{1,9})\]\[(\d{0,9})\])(.*)", re.DOTALL)
_CUES = re.compile(r"^(?:\{\d{1,9}\}\{\d{0,9}\}|\[\d{1,9}\]\[\d{0,9}\])", re.MULTILINE)
_RATE = re.compile(r"\d{2,3}(?:[.,]\d{1,4})?")
_FILM = 23.976
_TENTHS = 10.0
_CODES = re.compile(r"\{[a-zA-Z]:[^{}]*\}|\{DEFAULT\}[^|]*")
_ITALIC = re.compile(r"^/")
_SHARE = 0.5

_NO_TIME = Refusal("no_time", "This row does not begin with the times of a cue.")
_LONG = Refusal(
    "text_too_long",
    f"A cue has at most {CUE_ROWS} rows, and each of them {ROW_CHARACTERS:,} characters.",
)


class FrameSubtitles:
    """Read a cue from each row; speakers are named as in SubRip."""

    name = "microdvd"

    def sniff(self, head: str, filename: str) -> float:
        """Return 0.98 if half of the rows begin with two numbers in brackets."""
        rows = sum(bool(row.strip()) for row in head.split("\n"))
        return 0.98 if rows and len(_CUES.findall(head)) >= _SHARE * rows else 0

    def parse(self, rows: Iterable[str]) -> Iterator[ParseItem]:
        """Yield scenes and rejections; see ``ScriptFormat.parse``."""
        return gather_cues(_read_cues(rows))


def _read_cues(rows: Iterable[str]) -> Iterator[Cue | NonDialogue | Rejection]:
    rate = _FILM
    is_first = True
    for number, source in enumerate(rows, start=1):
        row = source.translate(BIDIRECTIONAL).strip()
        if not row:
            continue
        match = _CUE.fullmatch(row)
        if match is None:
            yield reject(number, row, _NO_TIME) if source.strip() else NonDialogue(number, "layout")
            continue
        text = match[5].strip()
        if is_first and match[1] and _RATE.fullmatch(text):
            rate = float(text.replace(",", ".")) or _FILM
            yield NonDialogue(number, "layout")
        else:
            yield _read_cue(number, match, rate if match[1] else _TENTHS)
        is_first = False


def _read_cue(number: int, match: re.Match[str], rate: float) -> Cue | NonDialogue | Rejection:
    parts = [_ITALIC.sub("", _CODES.sub("", part).strip()) for part in match[5].split("|")]
    shown = [CueRow(number, part.strip()) for part in parts if part.strip()]
    if len(shown) > CUE_ROWS or any(len(row.text) > ROW_CHARACTERS for row in shown):
        return reject(number, match[5], _LONG)
    if not shown:
        return NonDialogue(number, "layout")
    start, end = match[1] or match[3], match[2] or match[4]
    begins = round(int(start) / rate * 1_000)
    return Cue(begins, round(int(end) / rate * 1_000) if end else begins, shown)

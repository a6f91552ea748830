"""Read SubStation Alpha, ASS and SSA: events with a field for the speaker.

Source: Aegisub's “ASS Tags” and the “Advanced SubStation Alpha” description (v4+).
"""

import re
from collections import OrderedDict
from collections.abc import Iterable, Iterator, Sequence

from characters.scripts.lines import Refusal, reject
from characters.scripts.model import NonDialogue, ParseItem, Rejection
from characters.scripts.subtitles.cues import Cue, CueRow
from characters.scripts.subtitles.names import BIDIRECTIONAL
from characters.scripts.subtitles.scenes import gather_cues

EVENT_CHARACTERS = 4_000
"""Longest event that is read as text; karaoke and effects make long ones."""

_FIELDS = (
    "layer",
    "start",
    "end",
    "style",
    "name",
    "marginl",
    "marginr",
    "marginv",
    "effect",
    "text",
)
_SECTION = re.compile(r"\[[^\[\]]+\]")
_EVENTS = "[events]"
_KNOWN = ("comment:", "picture:", "sound:", "movie:", "command:", ";", "!:")
_DRAWING = re.compile(r"\\p[1-9]")
_EFFECT = re.compile(r"(?:fx|template|code|kara|mixin)", re.IGNORECASE)
_SUNG = re.compile(r"\{[^}]*\\[kK][fot]?\d")
_MOVED = re.compile(r"\\(?:pos|move|clip|iclip|org|t)\(")
_SONG_STYLE = re.compile(
    r"(?:.*[\W\d_])?(?:op|ed|song|songs|kara|karaoke|lyrics?|romaji|insert|opening|ending|歌词|歌詞|歌)"
    r"(?:[\W\d_].*)?",
    re.IGNORECASE,
)
_SIGN_STYLE = re.compile(
    r"(?:.*[\W\d_])?(?:signs?|typeset|ts|titles?|note|credits?|staff|logo|屏幕字|标题|標題|注释)"
    r"(?:[\W\d_].*)?",
    re.IGNORECASE,
)
_REMEMBERED = 64
_STYLE_CHARACTERS = 100

_NOT_AN_EVENT = Refusal(
    "not_an_event", "This row of the events begins neither with “Dialogue:” nor as a comment does."
)
_MISSING = Refusal("missing_field", "The event has fewer fields than the row “Format:” names.")
_LONG = Refusal("text_too_long", f"An event has at most {EVENT_CHARACTERS:,} characters.")


class SubStation:
    """Read ASS and SSA. An event is one row; its field Name (or Actor) holds the speaker.

    Drawings and comments are layout, as are styles, fonts, pictures, effects (the syllables of
    karaoke, by the field Effect) and further layers or frames of a text. Songs and signs without a
    name, known by their style and by karaoke's tags, are narration.
    """

    name = "ass"

    def sniff(self, head: str, filename: str) -> float:
        """Return 1 if the first section is specific to these files, else 0."""
        first = head.lstrip().split("\n", 1)[0].strip().lower()
        known = ("[script info]", "[v4+ styles]", "[v4 styles]", _EVENTS)
        return 1.0 if first in known else 0

    def parse(self, rows: Iterable[str]) -> Iterator[ParseItem]:
        """Yield scenes and rejections; see ``ScriptFormat.parse``."""
        return gather_cues(_read_events(rows))


def _read_events(rows: Iterable[str]) -> Iterator[Cue | NonDialogue | Rejection]:
    fields: Sequence[str] = _FIELDS
    shown = _Shown()
    section = _EVENTS
    for number, source in enumerate(rows, start=1):
        row = source.strip()
        if not row:
            continue
        key, _, rest = row.partition(":")
        if _SECTION.fullmatch(row):
            section = row.lower()
        elif key == "Dialogue":
            yield _read_event(number, rest, fields, shown)
            continue
        elif section == _EVENTS and key == "Format":
            fields = [field.strip().lower() for field in rest.split(",")]
        elif section == _EVENTS and not row.lower().startswith(_KNOWN):
            yield reject(number, row, _NOT_AN_EVENT)
            continue
        yield NonDialogue(number, "layout")


class _Shown:
    """Remember the events on the screen, since layers and frames repeat a text."""

    def __init__(self) -> None:
        self._ends: OrderedDict[tuple[str, str], tuple[int | None, int | None]] = OrderedDict()

    def repeats(self, cue: Cue, *, moved: bool) -> bool:
        """Return whether ``cue`` is a further layer of an earlier one, or its next frame.

        ``moved`` says that the text has a place of its own, as frames of an animation have.
        """
        key = (cue.speaker, "\n".join(row.text for row in cue.rows))
        before = self._ends.get(key)
        self._ends[key] = (cue.start, cue.end)
        self._ends.move_to_end(key)
        if len(self._ends) > _REMEMBERED:
            self._ends.popitem(last=False)
        if before is None or cue.start is None or before[1] is None:
            return False
        return before == (cue.start, cue.end) or (moved and cue.start <= before[1])


def _read_event(
    number: int, rest: str, fields: Sequence[str], shown: _Shown
) -> Cue | NonDialogue | Rejection:
    from pysubs2 import SSAEvent  # noqa: PLC0415  # only where it is needed

    drawn = _DRAWING.search(rest)
    if len(rest) > EVENT_CHARACTERS and not drawn:
        return reject(number, rest, _LONG)
    values = rest.split(",", len(fields) - 1)
    if len(values) < len(fields):
        return reject(number, rest, _MISSING)
    event = dict(zip(fields, values, strict=True))
    text = event.get("text", "").translate(BIDIRECTIONAL)
    if drawn or _EFFECT.match(event.get("effect", "").strip()):
        return NonDialogue(number, "layout")
    rows = [CueRow(number, part.strip()) for part in SSAEvent(text=text).plaintext.split("\n")]
    rows = [row for row in rows if row.text]
    speaker = event.get("name", event.get("actor", "")).translate(BIDIRECTIONAL).strip()
    cue = Cue(_read_time(event.get("start", "")), _read_time(event.get("end", "")), rows, speaker)
    if not rows or shown.repeats(cue, moved=_MOVED.search(text) is not None):
        return NonDialogue(number, "layout")
    if not speaker and _is_unspoken(text, event.get("style", "")[:_STYLE_CHARACTERS]):
        return NonDialogue(number, "narration")
    return cue


def _is_unspoken(text: str, style: str) -> bool:
    """Return whether an event without a name is sung, or a sign in the picture."""
    return bool(_SUNG.search(text) or _SONG_STYLE.fullmatch(style) or _SIGN_STYLE.fullmatch(style))


def _read_time(text: str) -> int | None:
    """Return the milliseconds of ``0:01:02.50``."""
    from pysubs2.time import TIMESTAMP, timestamp_to_ms  # noqa: PLC0415  # as above

    match = TIMESTAMP.match(text.strip())
    return timestamp_to_ms(match.groups()) if match else None

"""Read SubStation Alpha, ASS and SSA: events with a field for the speaker.

Source: Aegisub's “ASS Tags” and the “Advanced SubStation Alpha” description (v4+).
"""

import re
from collections.abc import Iterable, Iterator, Sequence

from characters.scripts.lines import Refusal, reject
from characters.scripts.model import NonDialogue, ParseItem, Rejection
from characters.scripts.subtitles.cues import Cue, CueRow
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

_NOT_AN_EVENT = Refusal(
    "not_an_event", "This row of the events begins neither with “Dialogue:” nor as a comment does."
)
_MISSING = Refusal("missing_field", "The event has fewer fields than the row “Format:” names.")
_LONG = Refusal("text_too_long", f"An event has at most {EVENT_CHARACTERS:,} characters.")


class SubStation:
    """Read ASS and SSA. An event is one row; its field Name (or Actor) holds the speaker.

    Drawings and comments are layout, as are styles, fonts and pictures.
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
    section = _EVENTS
    for number, source in enumerate(rows, start=1):
        row = source.strip()
        if not row:
            continue
        key, _, rest = row.partition(":")
        if _SECTION.fullmatch(row):
            section = row.lower()
        elif key == "Dialogue":
            yield _read_event(number, rest, fields)
            continue
        elif section == _EVENTS and key == "Format":
            fields = [field.strip().lower() for field in rest.split(",")]
        elif section == _EVENTS and not row.lower().startswith(_KNOWN):
            yield reject(number, row, _NOT_AN_EVENT)
            continue
        yield NonDialogue(number, "layout")


def _read_event(number: int, rest: str, fields: Sequence[str]) -> Cue | NonDialogue | Rejection:
    from pysubs2 import SSAEvent  # noqa: PLC0415  # only where it is needed

    if _DRAWING.search(rest):
        return NonDialogue(number, "layout")
    if len(rest) > EVENT_CHARACTERS:
        return reject(number, rest, _LONG)
    values = rest.split(",", len(fields) - 1)
    if len(values) < len(fields):
        return reject(number, rest, _MISSING)
    event = dict(zip(fields, values, strict=True))
    shown = SSAEvent(text=event.get("text", "")).plaintext.split("\n")
    rows = [CueRow(number, text.strip()) for text in shown if text.strip()]
    if not rows:
        return NonDialogue(number, "layout")
    speaker = event.get("name", event.get("actor", "")).strip()
    return Cue(_read_time(event.get("start", "")), _read_time(event.get("end", "")), rows, speaker)


def _read_time(text: str) -> int | None:
    """Return the milliseconds of ``0:01:02.50``."""
    from pysubs2.time import TIMESTAMP, timestamp_to_ms  # noqa: PLC0415  # as above

    match = TIMESTAMP.match(text.strip())
    return timestamp_to_ms(match.groups()) if match else None

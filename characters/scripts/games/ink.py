"""Read ink, ``.ink``: content is text; choices, diverts and logic are not speech.

Source: “Writing with ink”. Ink has no field for a speaker; ``Name: text`` and the tag
``# speaker: Name`` are customary.
"""

import re
from collections.abc import Iterable, Iterator

from characters.scripts.games.guesses import read_story
from characters.scripts.games.story import Part, Said, StoryItem, say, tidy
from characters.scripts.model import NonDialogue, ParseItem

_KNOT = re.compile(r"={2,}\s*(?:function\s+)?(\w+)(?:\s*\(.*\))?\s*=*")
_STITCH = re.compile(r"=\s*(\w+)(?:\s*\(.*\))?")
_LOGIC = re.compile(
    r"[~*+$]|->|<-|>{3}|-\s*else\s*:|VAR\b|CONST\b|LIST\b|INCLUDE\b|EXTERNAL\b|TODO\s*:|\}|\{\s*$|\{[^{}]*:\s*$"
)
_GATHER = re.compile(r"(?:-(?!>)\s*)+(?:\(\w+\)\s*)?")
_DIVERT = re.compile(r"\s*(?:->|<>|<-).*$")
_COMMENT = re.compile(r"//.*$|/\*(?:[^*/]|\*(?!/)|/(?!\*))*+\*/")
_SPEAKER = re.compile(r"#\s*(?:speaker|name|character)\s*[:=]\s*([^#]+)", re.IGNORECASE)
_TAG = re.compile(r"\s*(?<!\\)#.*$")
_INLINE = re.compile(r"\{[^{}]*\}")
_SURE = re.compile(
    r"^(?:={2,}\s*\w+[^\n]*|[ \t]*(?:[*+]\s*)+\[?[^\n]+|[ \t]*->\s*\w+[ \t]*|VAR\s+\w+\s*=[^\n]*)$",
    re.MULTILINE,
)
_DIVERTED = re.compile(r"->\s*(?:\w+|DONE|END)[ \t]*$", re.MULTILINE)
_KNOTTED = re.compile(r"^={2,3}\s*\w+\s*(?:\([^)\n]*\))?\s*=*[ \t]*$", re.MULTILINE)


class Ink:
    """Read rows of content, or prose; a knot is a scene.

    What is said under ``# speaker: Name`` is Name's.
    """

    name = "ink"

    def sniff(self, head: str, filename: str) -> float:
        """Return 0.97 for knots and diverts together, or for one of them under the ending."""
        knots, diverts = _KNOTTED.search(head), _DIVERTED.search(head)
        if knots and diverts:
            return 0.97
        return 0.97 if filename.lower().endswith(".ink") and _SURE.search(head) else 0

    def parse(self, rows: Iterable[str]) -> Iterator[ParseItem]:
        """Yield scenes and rejections; see ``ScriptFormat.parse``."""
        return read_story(_read(rows))


def _read(rows: Iterable[str]) -> Iterator[StoryItem]:
    commented = False
    is_function = False
    speaker = ""
    for number, source in enumerate(rows, start=1):
        row = tidy(source)
        if not row:
            continue
        begins_comment = row.startswith("/*") and "*/" not in row
        if commented or begins_comment:
            commented = "*/" not in row
            yield NonDialogue(number, "layout")
            continue
        row = _COMMENT.sub("", row).strip()
        if knot := (_KNOT.fullmatch(row) or _STITCH.fullmatch(row)):
            is_function = "function" in row[: knot.start(1)]
            speaker = ""
            yield Part(number, knot[1])
            continue
        if named := _SPEAKER.search(row):
            speaker = named[1].strip()
        text = "" if is_function or _LOGIC.match(row) else _shown(row)
        yield _say(number, text, speaker)


def _say(number: int, text: str, speaker: str) -> Said | NonDialogue:
    if not any(map(str.isalnum, text)):
        return NonDialogue(number, "layout")
    said = say(number, text.removeprefix("@"))
    return said if said.speaker else Said(number, speaker, text)


def _shown(row: str) -> str:
    """Return a row as it is shown: without a gather, tags, diverts and logic in braces."""
    row = _GATHER.sub("", row, count=1) if row.startswith("-") else row
    row = _DIVERT.sub("", _TAG.sub("", row))
    return " ".join(_INLINE.sub("", row).split())

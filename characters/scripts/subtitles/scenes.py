"""Gather cues into scenes, which end at pauses."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain, islice

from characters.scripts.lines import Refusal, SpeakerName, build_line, reject
from characters.scripts.model import (
    SCENE_LINES,
    UNKNOWN_SPEAKERS,
    Line,
    NonDialogue,
    ParseItem,
    Rejection,
    Scene,
)
from characters.scripts.subtitles.cues import Cue
from characters.scripts.subtitles.labels import LABEL_CUES, find_labels
from characters.scripts.subtitles.utterances import CueUtterance, split_cue

PAUSE_MS = 8_000
"""Silence that ends a scene. Within a conversation the next cue follows while the last could still
be shown, which is for 7 s at most (the usual rule of subtitling); films cut between scenes in
silence."""
_LATEST_MS = 2**31 - 1
"""What a database's integer holds: 24 days."""

_IDEOGRAPH = re.compile(r"[\u3400-\u9fff]")
_DIRECTION = re.compile(r"[\[【]([^\[\]【】]+)[\]】]")
_UNNAMED = Refusal(
    "unknown_speaker",
    "Nobody is named for this line, so it is kept under “Unknown” (“未知”); to give it to somebody,"
    " write “Name: ” before it, or in an ASS file fill in the field Name.",
)


@dataclass(slots=True)
class _OpenScene:
    """Hold the scene that continues until the next pause."""

    lines: list[Line] = field(default_factory=list)
    rows: int = 0
    """Physical rows of its lines."""
    start: int = 0
    end: int | None = None
    """Milliseconds: the start of the last cue, and the latest end of speech."""

    def is_over_before(self, cue: Cue) -> bool:
        """Return whether ``cue`` follows a pause, or goes back in time, as second languages do."""
        if self.end is None or cue.start is None:
            return False
        return cue.start - self.end >= PAUSE_MS or self.start - cue.start >= PAUSE_MS

    def add(self, line: Line, rows: int, cue: Cue) -> Iterator[Scene]:
        self.lines.append(line)
        self.rows += rows
        if cue.start is not None and cue.end is not None:
            self.start = cue.start
            self.end = cue.end if self.end is None else max(self.end, cue.end)
        if len(self.lines) == SCENE_LINES:
            yield from self.close()

    def close(self) -> Iterator[Scene]:
        if self.lines:
            continued = self.rows - len(self.lines)
            ends = None if self.end is None else min(max(0, self.end), _LATEST_MS)
            yield Scene(self.lines, self.lines[0].row, continued=continued, ends=ends)
        self.lines = []
        self.rows = 0
        self.end = None


def gather_cues(cues: Iterable[Cue | NonDialogue | Rejection]) -> Iterator[ParseItem]:
    """Yield scenes made of cues; unspoken text is narration. Other items pass unchanged.

    A line without a named speaker is doubtful, and spoken by one of ``UNKNOWN_SPEAKERS``:
    throughout a script by the one in the language of the first unnamed line.
    """
    scene = _OpenScene()
    unknown = ""
    cues = iter(cues)
    head = list(islice(cues, LABEL_CUES))
    labels = find_labels([cue for cue in head if isinstance(cue, Cue)])
    for cue in chain(head, cues):
        if not isinstance(cue, Cue):
            yield cue
            continue
        if scene.is_over_before(cue):
            yield from scene.close()
        for utterance, rows in _count_rows(list(split_cue(cue, labels))):
            unknown = unknown or _name_unknown(utterance)
            item = _read_utterance(utterance, rows, unknown)
            if isinstance(item, Line):
                yield from scene.add(item, rows, cue)
                if utterance.speaker is None:
                    yield reject(item.row, item.text, _UNNAMED, rows=0)
            else:
                yield item
    yield from scene.close()


def _count_rows(utterances: Sequence[CueUtterance]) -> Iterator[tuple[CueUtterance, int]]:
    """Yield each utterance of a cue with the number of physical rows that are its own.

    A shared row belongs to the first utterance that is spoken in it.
    """
    counted: set[int] = set()
    for utterance in sorted(utterances, key=lambda utterance: not utterance.is_spoken):
        yield utterance, len(utterance.rows - counted)
        counted |= utterance.rows


def _name_unknown(utterance: CueUtterance) -> str:
    english, chinese = UNKNOWN_SPEAKERS
    if utterance.speaker is not None or not utterance.is_spoken:
        return ""
    return chinese if _IDEOGRAPH.search(utterance.text) else english


def _read_utterance(
    utterance: CueUtterance, rows: int, unknown: str
) -> Line | NonDialogue | Rejection:
    row, text = utterance.row, utterance.text
    if not utterance.is_spoken:
        return NonDialogue(row, "narration", rows)
    speaker = utterance.speaker or SpeakerName(unknown)
    name = speaker.name
    colon = ": " if name.isascii() else "："
    line = build_line(row, f"{name}{colon}{text}", len(name), speaker)
    if isinstance(line, Rejection):
        return replace(line, rows=rows)
    direction = _DIRECTION.match(text)
    return line._replace(direction=direction[1].strip()) if direction else line

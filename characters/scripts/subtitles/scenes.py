"""Cues become scenes, which end at pauses."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from characters.scripts.lines import Refusal, SpeakerName, build_line, reject
from characters.scripts.model import (
    SCENE_LINES,
    UNKNOWN_SPEAKERS,
    Line,
    Narration,
    ParseItem,
    Rejection,
    Scene,
)
from characters.scripts.subtitles.cues import Cue
from characters.scripts.subtitles.utterances import CueUtterance, split_cue

PAUSE_MS = 8_000
"""No speech for that long ends a scene. Within a conversation the next cue follows while one could
still be shown, which is for 7 s at most (the usual rule of subtitling); films cut in silence."""

_IDEOGRAPH = re.compile(r"[\u3400-\u9fff]")
_DIRECTION = re.compile(r"[\[【]([^\[\]【】]+)[\]】]")
_NOBODY_NAMED = Refusal(
    "unknown_speaker",
    "Nobody is named for this line, so it is kept under “Unknown” (“未知”); to give it to somebody,"
    " write “Name: ” before it, or in an ASS file fill in the field Name.",
)


@dataclass(slots=True)
class _OpenScene:
    """The scene that goes on until the next pause."""

    lines: list[Line] = field(default_factory=list)
    rows: int = 0
    """Physical rows that its lines stand in."""
    start: int = 0
    end: int | None = None
    """Milliseconds: where the last cue begins, and up to where somebody speaks."""

    def is_over_before(self, cue: Cue) -> bool:
        """Whether ``cue`` comes after a pause, or goes back in time, as a second language does."""
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
            yield Scene(self.lines, self.lines[0].row, continued=continued)
        self.lines = []
        self.rows = 0
        self.end = None


def gather_cues(cues: Iterable[Cue | Narration | Rejection]) -> Iterator[ParseItem]:
    """Scenes out of cues; what nobody says is narration. Other items pass unchanged.

    A line for which nobody is named is doubtful, and spoken by one of ``UNKNOWN_SPEAKERS``:
    throughout a script by the one in the language of its first.
    """
    scene = _OpenScene()
    unknown = ""
    for cue in cues:
        if not isinstance(cue, Cue):
            yield cue
            continue
        if scene.is_over_before(cue):
            yield from scene.close()
        for utterance, rows in _count_rows(list(split_cue(cue))):
            unknown = unknown or _name_unknown(utterance)
            item = _read_utterance(utterance, rows, unknown)
            if isinstance(item, Line):
                yield from scene.add(item, rows, cue)
                if utterance.speaker is None:
                    yield reject(item.row, item.text, _NOBODY_NAMED, rows=0)
            else:
                yield item
    yield from scene.close()


def _count_rows(utterances: Sequence[CueUtterance]) -> Iterator[tuple[CueUtterance, int]]:
    """Each utterance of a cue and how many physical rows count as its own: a shared one is that
    of the first who speaks in it."""
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
) -> Line | Narration | Rejection:
    row, text = utterance.row, utterance.text
    if not utterance.is_spoken:
        return Narration(row, "narration", rows)
    speaker = utterance.speaker or SpeakerName(unknown)
    name = speaker.name
    colon = ": " if name.isascii() else "："
    line = build_line(row, f"{name}{colon}{text}", len(name), speaker)
    if isinstance(line, Rejection):
        return replace(line, rows=rows)
    direction = _DIRECTION.match(text)
    return line._replace(direction=direction[1].strip()) if direction else line

"""Find the lines of a script that a character hears without speaking in the scene."""

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from characters.overheard.presence import StageReader
from characters.scripts.collective_names import voice_of
from characters.scripts.directions import DIRECTION_CHARACTERS
from characters.scripts.model import Direction, Scene
from characters.scripts.text.cast_list import lists_cast

PASSAGE_LINES = 4
"""Lines of one overheard passage."""

_REASON_CHARACTERS = 200
_KNOWN_SPEAKERS = 4_096
_BRACKET = re.compile(r"[(（\[【]")
_REMARK = re.compile(r"[(（\[【]([^()（）\[\]【】]{1,200})[)）\]】]")
_PRIVATE = re.compile(
    r"\b(?:aside|v\.?o|voice[- ]?over|think\w*|to (?:him|her|them|my)sel(?:f|ves)|whisper\w*"
    r"|under (?:his|her|their) breath|mutter\w*|inner|(?:tele)?phone)\b"
    r"|旁白|[画畫]外|内心|心想|心里|心声|独白|背躬|旁唱|耳语|低声|小声|悄声|自言自语|自语|电话",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class OverheardSpan:
    """Hold up to :data:`PASSAGE_LINES` overheard lines, or one more that would stand alone."""

    scene: int
    """0-based index of the scene among those given."""
    start: int
    stop: int
    """``scene.lines[start:stop]``."""
    reason: str
    """The script's words for the character's presence, at most 200 characters."""


def find_overheard(
    scenes: Iterable[Scene], speakers: Collection[str], names: Collection[str]
) -> list[OverheardSpan]:
    """Return the passages that a character playing ``speakers`` overhears while silent.

    ``names``: other names the script may use for it. The character is present once a cast list or
    a direction (between lines, beside one, or a narrator's line) says so, until one says that it
    leaves, that a person leaves who may be it, or that time or place change. A mention in dialogue
    counts for nothing. Asides, thoughts, whispers and narration are never overheard.
    """
    own = frozenset(speakers)
    reader = StageReader({*own, *names})
    found: list[OverheardSpan] = []
    for number, scene in enumerate(scenes):
        if not own.isdisjoint([line.speaker for line in scene.lines]):
            continue
        if _is_named(scene, reader):
            for start, stop, reason in _spans(_Walk(scene, own, reader).overheard_lines()):
                found += _cut(number, start, stop, reason)
    return found


class _Walk:
    """Follow the character's presence through a scene, line by line."""

    def __init__(self, scene: Scene, own: Collection[str], reader: StageReader) -> None:
        self._scene = scene
        self._reader = reader
        self._others = {line.speaker for line in scene.lines} - {*own}
        self._reason = ""

    """Evidence of the character's presence; empty while it is absent."""

    def overheard_lines(self) -> Iterator[tuple[int, str]]:
        """Yield the number of each overheard line, with the reason for the presence."""
        waiting = list(self._scene.directions)[::-1]
        for at, line in enumerate(self._scene.lines):
            while waiting and waiting[-1].at <= at:
                self._follow(waiting.pop())
            if _is_direction(line.speaker):
                text = line.render() if lists_cast(line.speaker) else line.text
                self._follow(Direction(at, text if len(text) <= DIRECTION_CHARACTERS else ""))
                continue
            opening, rest = _remarks(line.text)
            for remark in opening:
                self._follow_beside(remark)
            before = self._reason
            for remark in rest:
                self._follow_beside(remark)
            audible = not any(_PRIVATE.search(remark) for remark in (*opening, *rest))
            if before and self._reason and audible:
                yield at, before

    def _follow(self, direction: Direction) -> None:
        text, certain = direction.text, direction.certain
        self._note(
            self._reader.follow(bool(self._reason), text, self._others, certain=certain), text
        )

    def _follow_beside(self, remark: str) -> None:
        self._note(
            self._reader.follow(bool(self._reason), remark, self._others, placement="beside"),
            remark,
        )

    def _note(self, present: bool, text: str) -> None:
        if not present:
            self._reason = ""
        elif not self._reason:
            self._reason = text.strip()[:_REASON_CHARACTERS]


@lru_cache(_KNOWN_SPEAKERS)
def _is_direction(speaker: str) -> bool:
    """Return whether this speaker's lines are directions."""
    return voice_of(speaker) == "narrator" or lists_cast(speaker)


def forget_directions() -> None:
    """Forget which speakers were directions."""
    _is_direction.cache_clear()


def _is_named(scene: Scene, reader: StageReader) -> bool:
    """Return whether text outside dialogue names the character; most scenes end here."""
    if any(reader.named_in(direction.text) for direction in scene.directions):
        return True
    for speaker, text, *_ in scene.lines:
        if (_BRACKET.search(text) or _is_direction(speaker)) and reader.named_in(text):
            return True
    return False


def _remarks(text: str) -> tuple[list[str], list[str]]:
    """Return the remarks that a line begins with, and the later ones."""
    opening: list[str] = []
    rest: list[str] = []
    end = 0
    for match in _REMARK.finditer(text):
        first = not rest and not text[end : match.start()].strip()
        (opening if first else rest).append(match[1].strip())
        end = match.end()
    return opening, rest


def _spans(lines: Iterable[tuple[int, str]]) -> Iterator[tuple[int, int, str]]:
    """Yield runs of adjacent lines of one reason, as (start, stop, reason)."""
    start, stop, reason = 0, 0, ""
    for at, why in lines:
        if at == stop and why == reason and stop > start:
            stop += 1
            continue
        if stop > start:
            yield start, stop, reason
        start, stop, reason = at, at + 1, why
    if stop > start:
        yield start, stop, reason


def _cut(scene: int, start: int, stop: int, reason: str) -> Sequence[OverheardSpan]:
    """Cut a run into passages; a single last line joins the passage before it."""
    starts = [*range(start, stop, PASSAGE_LINES)]
    if len(starts) > 1 and stop - starts[-1] == 1:
        starts.pop()
    return [
        OverheardSpan(scene, at, following, reason)
        for at, following in zip(starts, [*starts[1:], stop], strict=True)
    ]

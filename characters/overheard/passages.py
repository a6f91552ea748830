"""The lines of a script that a character hears and says nothing to."""

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from characters.overheard.presence import StageReader
from characters.scripts.collective_names import voice_of
from characters.scripts.directions import DIRECTION_CHARACTERS
from characters.scripts.model import Direction, Scene
from characters.scripts.text.cast_list import lists_cast

GLIMPSE_LINES = 4
"""What is remembered at once."""

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
    """Up to :data:`GLIMPSE_LINES` lines, one more where it would be alone, that it hears."""

    scene: int
    """0-based position of the scene among those given."""
    start: int
    stop: int
    """``scene.lines[start:stop]``."""
    reason: str
    """The words of the script that say it is there, at most 200 characters."""


def find_overheard(
    scenes: Iterable[Scene], speakers: Collection[str], names: Collection[str]
) -> list[OverheardSpan]:
    """What a character that plays ``speakers`` hears in scenes in which it says nothing.

    ``names``: what else the script may call it. It is there from where a list of the scene's cast
    or a direction says so, between the lines, beside one or by a narrator's mouth, until one says
    that it leaves, that somebody leaves who may be it, or that time or place change. A mention in
    dialogue is nothing. Nobody hears what is said aside, thought, whispered or told by a narrator.
    """
    own = frozenset(speakers)
    reader = StageReader({*own, *names})
    glimpses: list[OverheardSpan] = []
    for number, scene in enumerate(scenes):
        if not own.isdisjoint([line.speaker for line in scene.lines]):
            continue
        if _is_named(scene, reader):
            for start, stop, reason in _spans(_Walk(scene, own, reader).witnessed()):
                glimpses += _cut(number, start, stop, reason)
    return glimpses


class _Walk:
    """Through a scene, line by line."""

    def __init__(self, scene: Scene, own: Collection[str], reader: StageReader) -> None:
        self._scene = scene
        self._reader = reader
        self._others = {line.speaker for line in scene.lines} - {*own}
        self._reason = ""
        """Why it is there; empty while it is not."""

    def witnessed(self) -> Iterator[tuple[int, str]]:
        """Each line that it hears, and why it is there."""
        waiting = list(self._scene.directions)[::-1]
        for at, line in enumerate(self._scene.lines):
            while waiting and waiting[-1].at <= at:
                self._follow(waiting.pop())
            if _tells(line.speaker):
                text = line.render() if lists_cast(line.speaker) else line.text
                self._follow(Direction(at, text if len(text) <= DIRECTION_CHARACTERS else ""))
                continue
            opening, rest = _remarks(line.text)
            for remark in opening:
                self._follow_beside(remark)
            before = self._reason
            for remark in rest:
                self._follow_beside(remark)
            heard = not any(_PRIVATE.search(remark) for remark in (*opening, *rest))
            if before and self._reason and heard:
                yield at, before

    def _follow(self, direction: Direction) -> None:
        text, certain = direction.text, direction.certain
        self._note(
            self._reader.follow(bool(self._reason), text, self._others, certain=certain), text
        )

    def _follow_beside(self, remark: str) -> None:
        self._note(
            self._reader.follow(bool(self._reason), remark, self._others, told="beside"), remark
        )

    def _note(self, present: bool, text: str) -> None:
        if not present:
            self._reason = ""
        elif not self._reason:
            self._reason = text.strip()[:_REASON_CHARACTERS]


@lru_cache(_KNOWN_SPEAKERS)
def _tells(speaker: str) -> bool:
    """Whether a line of this speaker's is a direction."""
    return voice_of(speaker) == "narrator" or lists_cast(speaker)


def _is_named(scene: Scene, reader: StageReader) -> bool:
    """Whether anything but dialogue names the character; most scenes are done with here."""
    if any(reader.named_in(direction.text) for direction in scene.directions):
        return True
    for speaker, text, *_ in scene.lines:
        if (_BRACKET.search(text) or _tells(speaker)) and reader.named_in(text):
            return True
    return False


def _remarks(text: str) -> tuple[list[str], list[str]]:
    """The remarks that a line begins with, and those further on."""
    opening: list[str] = []
    rest: list[str] = []
    end = 0
    for match in _REMARK.finditer(text):
        first = not rest and not text[end : match.start()].strip()
        (opening if first else rest).append(match[1].strip())
        end = match.end()
    return opening, rest


def _spans(lines: Iterable[tuple[int, str]]) -> Iterator[tuple[int, int, str]]:
    """Lines that follow each other for the same reason, as starts and ends."""
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
    """A single line that would be left at the end joins what is before it."""
    starts = [*range(start, stop, GLIMPSE_LINES)]
    if len(starts) > 1 and stop - starts[-1] == 1:
        starts.pop()
    return [
        OverheardSpan(scene, at, following, reason)
        for at, following in zip(starts, [*starts[1:], stop], strict=True)
    ]

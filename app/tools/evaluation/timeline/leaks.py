"""Find lines later than a point in time, questions about them, and their leaks. Pure."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from characters.passages.duplicates import letters
from characters.scripts.model import Line, Scene

_DISTINCTIVE = 8
"""Fewest letters and digits of a line that counts: shorter lines are common phrases."""


@dataclass(frozen=True, slots=True)
class TimelineQuestion:
    """Hold another speaker's line of a later scene, put to the character before its time."""

    speaker: str
    text: str


@dataclass(frozen=True, slots=True)
class Leak:
    """Hold a later line that appeared in a prompt or a reply."""

    scene: int
    """From 1."""
    speaker: str
    text: str
    question: str
    """The question that the character was asked."""


@dataclass(frozen=True)
class Point:
    """Hold a point in time: only the first ``known`` scenes have happened."""

    scenes: Sequence[Scene]
    own: Collection[str]
    """The character's speakers."""
    known: int

    @cached_property
    def later(self) -> list[tuple[int, Line, str]]:
        """Return the distinctive lines of later scenes: scene number from 1, line, its letters."""
        return [
            (number, line, said)
            for number, scene in enumerate(self.scenes, start=1)
            if number > self.known
            for line in scene.lines
            if len(said := letters(line.text)) >= _DISTINCTIVE
        ]

    @cached_property
    def _earlier(self) -> str:
        lines = (line for scene in self.scenes[: self.known] for line in scene.lines)
        return "\n".join(letters(line.text) for line in lines)

    def questions(self, most: int) -> list[TimelineQuestion]:
        """Return at most ``most`` lines that the character answers later, evenly spread."""
        asked = [
            TimelineQuestion(line.speaker, line.text)
            for scene in self.scenes[self.known :]
            for line, answer in zip(scene.lines, scene.lines[1:], strict=False)
            if answer.speaker in self.own and line.speaker not in self.own and line.text
        ]
        each = list(dict.fromkeys(asked))
        count = min(most, len(each))
        return [each[at * len(each) // count] for at in range(count)]

    def leaks(self, text: str, question: TimelineQuestion) -> Iterator[Leak]:
        """Yield each later line in a text once, except for lines asked or known."""
        shown, asked = letters(text), letters(question.text)
        found: set[str] = set()
        for number, line, said in self.later:
            if said not in shown or said in asked or said in found or said in self._earlier:
                continue
            found.add(said)
            yield Leak(number, line.speaker, line.text, question.text)


def spread_points(scenes: int, count: int) -> list[int]:
    """Return ``count`` points in time, evenly spread between the first scene and the last."""
    return sorted({max(1, scenes * at // (count + 1)) for at in range(1, count + 1)})

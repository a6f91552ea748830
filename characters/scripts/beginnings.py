"""Choose lines to begin a conversation with: a speaker's first words, and what others say to it.

A greeting is a speaker's first line of some scene. Openers are lines that others say to which the
speaker replies: a person may say them, too.
"""

import heapq
from collections.abc import Container
from dataclasses import dataclass, field

from characters.language import reading_length
from characters.scripts.model import Line, Scene

OPENERS = 3
OPENER_CHARACTERS = 120
"""Longest opener."""
GREETING_CHARACTERS = 300
"""Longest greeting."""

_EXAMINED_LINES = 50_000
"""Lines of a script that are examined; its beginning shows how people begin."""
_BEST_GREETING = 30
_BEST_OPENER = 14
"""In CJK characters (three others count as one)."""
_SHORTEST = 3
_FIRST_LINE = 8.0
_QUESTION = 6.0
_EARLY = 4.0
"""Advantages, in characters of distance from the best length."""
_QUESTION_MARKS = ("?", "？")
_SIGNS = frozenset("()（）[]*\n")
_LATE = 12
"""Lines into a scene after which a line leans on what was said before."""


@dataclass(slots=True)
class _Found:
    greeting: str = ""
    score: float = float("-inf")
    openers: list[tuple[float, int, str]] = field(default_factory=list)
    """A heap with the worst on top; the number prefers what stands earlier."""
    worst: float = float("-inf")
    """The score that a further opener must exceed."""


class Beginnings:
    """Collect beginnings while scenes stream through, in bounded memory."""

    def __init__(self) -> None:
        self._speakers: dict[str, _Found] = {}
        self._lines = 0

    def add(self, scene: Scene, known: Container[str]) -> None:
        """Examine a scene for the speakers in ``known``."""
        if self._lines >= _EXAMINED_LINES:
            return
        seen: set[str] = set()
        before: Line | None = None
        for place, line in enumerate(scene.lines[: _EXAMINED_LINES - self._lines]):
            name = line.speaker
            if name in known:
                found = self._speakers.get(name)
                if found is None:
                    found = self._speakers[name] = _Found()
                if name not in seen:
                    seen.add(name)
                    _take_greeting(found, line.text, first=place == 0)
                if before is not None and before.speaker != name:
                    self._take_opener(found, before.text, place)
            before = line
        self._lines += len(scene.lines)

    def greeting(self, name: str) -> str:
        """Return one of the speaker's first lines of a scene, empty if none is fit."""
        found = self._speakers.get(name)
        return found.greeting if found else ""

    def openers(self, name: str) -> list[str]:
        """Return at most three lines to begin with, the best first."""
        found = self._speakers.get(name)
        return [text for *_, text in sorted(found.openers, reverse=True)] if found else []

    def _take_opener(self, found: _Found, text: str, place: int) -> None:
        advantage = _EARLY if place <= _LATE else 0.0
        if text.endswith(_QUESTION_MARKS):
            advantage += _QUESTION
        # Counting letters takes longest, and nearly every line is too far from the best length.
        if advantage <= found.worst or advantage - _distance(text, _BEST_OPENER) <= found.worst:
            return
        openers = found.openers
        if len(text) > OPENER_CHARACTERS or not _is_plain(text):
            return
        if any(text == each[2] for each in openers):
            return
        length = reading_length(text)
        score = advantage - abs(length - _BEST_OPENER)
        if length < _SHORTEST or score <= found.worst:
            return
        candidate = (score, -self._lines - place, text)
        if len(openers) < OPENERS:
            heapq.heappush(openers, candidate)
        else:
            heapq.heappushpop(openers, candidate)
        if len(openers) == OPENERS:
            found.worst = openers[0][0]


def _take_greeting(found: _Found, text: str, *, first: bool) -> None:
    advantage = _FIRST_LINE if first else 0.0
    if advantage <= found.score or advantage - _distance(text, _BEST_GREETING) <= found.score:
        return
    length = reading_length(text[: GREETING_CHARACTERS + 1])
    score = advantage - abs(length - _BEST_GREETING)
    if len(text) <= GREETING_CHARACTERS and length >= _SHORTEST and score > found.score:
        found.score, found.greeting = score, text


def _distance(text: str, best: int) -> float:
    """Return how far at least a text's reading length is from ``best``."""
    characters = len(text)
    return best - characters if characters < best else max(0.0, characters / 3 - best)


def _is_plain(text: str) -> bool:
    """Return whether a text is speech alone: no stage direction, no second row."""
    return _SIGNS.isdisjoint(text)

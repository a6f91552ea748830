"""Keep an answer out of its own prompt.

A script says a line more than once: in a scene that repeats another one, or as a figure of speech.
A retrieved line that is the answer word for word teaches a model to copy.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache

from app.search.benchmark.corpus import Fold
from app.search.benchmark.folds import LEAST_LETTERS, spoken_letters
from app.search.retriever import RankedReplies, SceneHits
from app.tools.datasets.errors import LeakError
from characters.passages.duplicates import are_nearly_equal, letters
from characters.prompting.packing import Span

_ALIKE = 0.6
"""Least ratio of the lengths of lines that are compared: nearly equal ones share most trigrams."""

_letters = lru_cache(maxsize=50_000)(spoken_letters)


def reveals(line: str, answer: str) -> bool:
    """Return whether a line reveals an answer, both as letters without directions.

    It does where it is the answer, contains it or is nearly equal; an answer of fewer than five
    letters is an interjection, and contained in anything.
    """
    if line == answer:
        return True
    if len(answer) < LEAST_LETTERS or not line:
        return False
    if answer in line:
        return True
    share = min(len(line), len(answer)) / max(len(line), len(answer))
    return share >= _ALIKE and are_nearly_equal(line, answer)


@dataclass(frozen=True, eq=False)
class LeakGuard:
    """Take lines that reveal an answer out of what was retrieved from a fold."""

    fold: Fold

    @cached_property
    def said(self) -> frozenset[str]:
        """The letters of every line of the fold's store."""
        lines = (line for scene in self.fold.scenes for line in scene.lines)
        return frozenset(filter(None, (_letters(line.text) for line in lines)))

    def check_scene(self, scene: int) -> None:
        """Raise :class:`LeakError` where the fold's store has the scene that is asked about."""
        if scene in self.fold.kept:
            raise LeakError(f"Scene {scene + 1} of {self.fold.subject.name} asks and answers.")

    def without_answer(
        self, found: RankedReplies | SceneHits, answer: str
    ) -> tuple[RankedReplies | SceneHits, int]:
        """Return what was found without what reveals the answer, and how much that is."""
        truth = letters(answer)
        if isinstance(found, SceneHits):
            kept = [each for each in found.examples if not reveals_any(each.lines, truth)]
            return replace(found, examples=kept), len(found.examples) - len(kept)
        fit = [each for each in found.candidates if not self._is_revealed(each.window, truth)]
        return replace(found, candidates=fit), len(found.candidates) - len(fit)

    def _is_revealed(self, window: Span, truth: str) -> bool:
        lines = self.fold.scenes[window.scene].lines[window.start : window.stop]
        return any(reveals(_letters(line.text), truth) for line in lines)


def check_shown(examples: Iterable[Sequence[str]], answer: str) -> None:
    """Raise :class:`LeakError` where an example, as lines ``speaker：text``, reveals the answer."""
    truth = letters(answer)
    for lines in examples:
        if reveals_any(lines, truth):
            raise LeakError(f"A prompt shows its own answer: {answer!r}.")


def reveals_any(lines: Collection[str], truth: str) -> bool:
    """Return whether any of the lines ``speaker：text`` reveals an answer, given as letters."""
    return any(reveals(_letters(_text(line)), truth) for line in lines)


def _text(line: str) -> str:
    return line.replace("：", ":", 1).partition(":")[2] if "：" in line or ":" in line else line

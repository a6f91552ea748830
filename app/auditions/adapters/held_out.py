"""Find the scenes of a character that an adapter was not trained on, by its data card."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from app.adapters.card import held_out_scenes
from app.search.benchmark.corpus import (
    BenchmarkCharacter,
    Fold,
    asked_replies,
    build_fold,
    build_folds,
    question_after,
    texts_of,
)
from app.search.benchmark.costs import PromptCosts
from app.search.benchmark.errors import EvaluationError
from app.search.benchmark.vectors import EmbeddingCache
from characters.passages.windows import without_directions


class TooFewHeldOutError(EvaluationError):
    """Report that too few replies are left that an adapter was not trained on."""

    def __init__(self, replies: int, least: int, *, trained_here: bool) -> None:
        where = "in scenes that it was not trained on" if trained_here else "that can be held out"
        more = " Train it with more scenes held out." if trained_here else ""
        super().__init__(f"{replies} replies are left {where}; {least} are needed.{more}")
        self.replies = replies


@dataclass(frozen=True, slots=True)
class HeldOut:
    """Hold which scenes of a character an adapter may be heard on."""

    trained_here: bool
    """Whether it was trained on scenes of this character's scripts."""
    scenes: frozenset[int]
    """By their numbers: what its card holds out, or all where it was trained elsewhere."""

    def replies(self, subject: BenchmarkCharacter) -> list[tuple[int, int]]:
        """Return (scene, position) of the replies that can be asked for."""
        return [each for each in asked_replies(subject, None) if each[0] in self.scenes]

    def check_enough(self, subject: BenchmarkCharacter, least: int) -> int:
        """Return how many replies are left. Raises :class:`TooFewHeldOutError`."""
        left = len(self.replies(subject))
        if left < least:
            raise TooFewHeldOutError(left, least, trained_here=self.trained_here)
        return left

    def folds(
        self,
        subject: BenchmarkCharacter,
        vectors: EmbeddingCache,
        most: int,
        costs: PromptCosts,
    ) -> list[Fold]:
        """Return folds that ask for at most so many of the replies. It blocks while it embeds.

        An adapter that was trained on the character is asked about the scenes held out then, with
        all others in the store. Raises :class:`~app.search.benchmark.errors.EvaluationError` where
        nothing can be asked.
        """
        vectors.embed_all(texts_of(subject), lambda *_: None)
        folds = (
            self._fold(subject, vectors, most, costs)
            if self.trained_here
            else build_folds(subject, vectors, most, costs)
        )
        if not folds:
            raise EvaluationError(f"{subject.name} says nothing that could be held out.")
        return folds

    def _fold(
        self,
        subject: BenchmarkCharacter,
        vectors: EmbeddingCache,
        most: int,
        costs: PromptCosts,
    ) -> list[Fold]:
        costs.add_lines(line for scene in subject.scenes for line in scene.lines)
        kept = [number for number in range(len(subject.scenes)) if number not in self.scenes]
        questions = []
        for number, at in _thinned(self.replies(subject), most):
            lines = subject.scenes[number].lines
            dialogue = [(line.speaker, line.text) for line in lines[:at]]
            truth = without_directions(lines[at].text)
            questions.append(question_after(subject, number, dialogue, truth, vectors))
        fold = build_fold(subject, kept, questions, vectors, costs)
        return [fold] if questions and fold.store.size else []


def held_out_of(
    card: Mapping[str, Any], subject: BenchmarkCharacter, titles: Sequence[str]
) -> HeldOut:
    """Return which scenes of a character are left for an adapter with this card.

    ``titles`` are those of the character's scripts.
    """
    left = held_out_scenes(card, subject.scenes, titles)
    if left is None:
        return HeldOut(trained_here=False, scenes=frozenset(range(len(subject.scenes))))
    return HeldOut(trained_here=True, scenes=left)


def _thinned(replies: Sequence[tuple[int, int]], most: int) -> list[tuple[int, int]]:
    if len(replies) <= most:
        return list(replies)
    return [replies[at * len(replies) // most] for at in range(most)]

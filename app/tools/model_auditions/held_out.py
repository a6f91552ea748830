"""Hold out scenes that no adapter of an audition was trained on."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

from app.auditions.adapters.held_out import HeldOut, held_out_of
from app.search.benchmark.corpus import BenchmarkCharacter, Fold
from app.search.benchmark.costs import PromptCosts
from app.search.benchmark.vectors import EmbeddingCache
from app.settings import Settings
from app.tools.bench.in_process import Say
from app.tools.evaluation.compare.side import FoldStore

LEAST = 10
"""Replies that an audition needs."""


def common_held_out(
    cards: Sequence[Mapping[str, Any]], subject: BenchmarkCharacter, titles: Sequence[str]
) -> HeldOut:
    """Return the scenes that are left for all adapters with these cards; all without one.

    ``titles`` are those of the character's scripts.
    """
    found = [held_out_of(card, subject, titles) for card in cards]
    left = frozenset(range(len(subject.scenes))).intersection(*(each.scenes for each in found))
    return HeldOut(any(each.trained_here for each in found), left)


class HeldOutStore(FoldStore):
    """Ask about the same scenes of every candidate."""

    def __init__(self, held_out: HeldOut, questions: int, say: Say) -> None:
        super().__init__(questions, say)
        self._held_out = held_out
        self.trained_here = held_out.trained_here
        """Whether an adapter was trained on scenes of the character."""
        self._most = questions
        self._made: list[Fold] = []

    async def folds(self, subject: BenchmarkCharacter, settings: Settings) -> list[Fold]:
        """Return the folds; all candidates have the same embedder, and the same ones."""
        if not self._held_out.trained_here:
            return await super().folds(subject, settings)
        if not self._made:
            vectors = EmbeddingCache(self.embedder(settings))
            self._made = await asyncio.to_thread(
                self._held_out.folds, subject, vectors, self._most, PromptCosts()
            )
        return self._made

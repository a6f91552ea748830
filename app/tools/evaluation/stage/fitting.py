"""Measure how near a moment is to what a character answered in other scenes."""

from collections.abc import Callable, Hashable, Mapping, Sequence

import numpy as np

from app.search.benchmark.vectors import EmbeddingCache
from app.tools.evaluation.stage.questions import FOLDS, fold_of
from characters.passages.windows import without_directions
from characters.scripts.model import Scene
from retrieval.embedding.port import Vectors


class NearestAnswers:
    """Compare the last line with the lines that each speaker answered outside of a fold.

    It stands in for the selector's relevance, which the service uses: the nearest exchange counts.
    """

    def __init__(
        self,
        scenes: Sequence[Scene],
        vectors: EmbeddingCache,
        on_progress: Callable[[int, int], None],
    ) -> None:
        self._vectors = vectors
        answered: dict[tuple[int, str], list[str]] = {}
        for at, scene in enumerate(scenes):
            texts = [_spoken(line.text) for line in scene.lines]
            for before, line in zip(texts, scene.lines[1:], strict=False):
                for fold in range(FOLDS):
                    if fold != fold_of(at) and before:
                        answered.setdefault((fold, line.speaker), []).append(before)
        vectors.embed_all((text for each in answered.values() for text in each), on_progress)
        self._answered: dict[tuple[int, str], Vectors] = {
            key: np.array([vectors[text] for text in texts]) for key, texts in answered.items()
        }

    def __call__(
        self, fold: int, spoken: Sequence[tuple[Hashable, str]], among: Sequence[Hashable]
    ) -> Mapping[Hashable, float]:
        text = _spoken(spoken[-1][1])
        if not text:
            return {}
        query = self._vectors[text]
        known = {who: self._answered.get((fold, str(who))) for who in among}
        return {
            who: float((lines @ query).max()) for who, lines in known.items() if lines is not None
        }


def _spoken(text: str) -> str:
    return without_directions(text).strip()

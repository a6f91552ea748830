"""Distinguish a cast by how each speaks: a logistic regression on their lines."""

from collections.abc import Callable, Collection, Mapping, Sequence
from importlib import import_module
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from app.judging.masking import NameMask
from app.search.benchmark.errors import EvaluationError
from retrieval.embedding.port import Vectors

Embed = Callable[[Sequence[str]], Vectors]
"""Returns a vector a text, for instance
:meth:`~retrieval.embedding.port.Embedder.embed_keys`."""

_LONGEST_GRAM = 3
_MOST_GRAMS = 30_000
"""Character n-grams that are looked at, the most frequent ones."""
_PENALTY = 4.0
"""Inverse strength of the regularisation: scikit-learn's ``C``."""
_ITERATIONS = 2_000
_LEAST_SPREAD = 1e-6
"""Of embeddings: closer together they are the same but for rounding."""


class SpeakerClassifier:
    """Estimate who of a cast says a text.

    It looks at character n-grams of up to three characters, weighed by TF-IDF, and at the text's
    embedding, with the names of the cast masked in both. Speakers count alike, however many lines
    they have, so that a classifier that knows nothing gives each the same probability. Training is
    deterministic.
    """

    def __init__(
        self, mask: NameMask, embed: Embed, grams: Any, center: NDArray[np.float64]
    ) -> None:
        self._mask = mask
        self._embed = embed
        self._grams = grams
        self._center = center
        self._spread = 1.0
        self._model: Any = None
        self.speakers: tuple[str, ...] = ()
        """In the order of their names."""

    @classmethod
    def train(
        cls, lines: Mapping[str, Sequence[str]], embed: Embed, *, names: Collection[str] = ()
    ) -> Self:
        """Train on the lines of each speaker, which takes seconds beside embedding them.

        ``names`` are masked as the speakers' own names are: aliases, and others of the cast. Raises
        :class:`~app.search.benchmark.errors.EvaluationError` where fewer than two speakers have
        lines, and where scikit-learn is not installed.
        """
        mask = NameMask([*lines, *names])
        said = [
            (who, masked)
            for who in sorted(lines)
            for masked in map(mask, lines[who])
            if any(map(str.isalnum, masked))
        ]
        if len({who for who, _ in said}) < 2:
            raise EvaluationError(
                "Speakers are told apart by the lines of at least two, and these lines have "
                f"{len({who for who, _ in said})}."
            )
        labels, texts = [who for who, _ in said], [text for _, text in said]
        grams = _module("sklearn.feature_extraction.text").TfidfVectorizer(
            analyzer="char",
            ngram_range=(1, _LONGEST_GRAM),
            max_features=_MOST_GRAMS,
            sublinear_tf=True,
        )
        grams.fit(texts)
        vectors = np.asarray(embed(texts), dtype=np.float64)
        made = cls(mask, embed, grams, vectors.mean(axis=0))
        centred = np.linalg.norm(vectors - made._center, axis=1)
        made._spread = max(float(centred.mean()), _LEAST_SPREAD)
        made._model = _module("sklearn.linear_model").LogisticRegression(
            C=_PENALTY, class_weight="balanced", max_iter=_ITERATIONS
        )
        made._model.fit(made._features(texts, vectors), labels)
        made.speakers = tuple(map(str, made._model.classes_))
        return made

    def probabilities(self, texts: Sequence[str]) -> list[Mapping[str, float]]:
        """Return the probability of each speaker for each text; those of a text sum to 1."""
        if not texts:
            return []
        masked = [self._mask(text) for text in texts]
        vectors = np.asarray(self._embed(masked), dtype=np.float64)
        found: NDArray[np.float64] = self._model.predict_proba(self._features(masked, vectors))
        return [dict(zip(self.speakers, map(float, row), strict=True)) for row in found]

    def _features(self, texts: Sequence[str], vectors: NDArray[np.float64]) -> Any:
        """Return a row a text: n-grams of unit length, and the embedding scaled to about that."""
        sparse = _module("scipy.sparse")
        scaled = (vectors - self._center) / self._spread
        return sparse.hstack([self._grams.transform(texts), sparse.csr_matrix(scaled)]).tocsr()


def _module(name: str) -> Any:
    """Import a module of the extra ``evaluation``, which only evaluations need."""
    try:
        return import_module(name)
    except ImportError as error:
        raise EvaluationError(
            "Telling speakers apart needs scikit-learn: pip install 'offbook[evaluation]'"
        ) from error

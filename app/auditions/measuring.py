"""Run the retrieval benchmark on one character, within bounds and with progress."""

import threading
from collections.abc import Mapping, Sequence
from dataclasses import replace

from app.auditions.schemas import AuditionResult
from app.cpu_gate import CpuGate
from app.search.benchmark.corpus import BenchmarkCharacter, texts_of
from app.search.benchmark.costs import PromptCosts
from app.search.benchmark.run import evaluate
from app.search.benchmark.vectors import EmbeddingCache
from retrieval.embedding.port import Embedder, Vectors
from retrieval.ranking.weights import Weights

MODES = ("reference", "fused", "selector")
"""The retrieval modes of characters."""
BUDGETS = (500, 1_000, 2_000)
MOST_REPLIES = 1_500
"""Lines of the character; of a longer script, evenly spaced scenes are sampled."""
MOST_QUESTIONS = 150
"""Queries asked; each embeds two texts as long as a turn's query."""
_PATIENCE_SECONDS = 0.5
"""Seconds that each text waits for running turns at most."""
_TEXTS_A_QUESTION = 2
"""Texts of a query without a stored vector: that of ``reference``, and the last three lines."""
_KNOWN_ITEMS = 200
"""Most queries of :mod:`app.search.benchmark.known_items`, one text each."""


class StoppedError(Exception):
    """Report that the service is stopping."""


class WatchedEmbedder:
    """Embed texts between turns, count them, and stop on request."""

    def __init__(self, embedder: Embedder, cpu_gate: CpuGate) -> None:
        self._embedder = embedder
        self._cpu_gate = cpu_gate
        self._stopped = threading.Event()
        self.model_id = embedder.model_id
        self.dimension = embedder.dimension
        self.batch_size = embedder.batch_size
        self.done = 0
        """Texts embedded so far."""
        self.expected = 0
        """Texts that will be embedded, roughly."""

    def stop(self) -> None:
        """Make every later call raise :class:`StoppedError`."""
        self._stopped.set()

    def embed_keys(self, texts: Sequence[str]) -> Vectors:
        self._await_turn(texts)
        return self._embedder.embed_keys(texts)

    def embed_queries(self, texts: Sequence[str]) -> Vectors:
        self._await_turn(texts)
        return self._embedder.embed_queries(texts)

    def _await_turn(self, texts: Sequence[str]) -> None:
        self._cpu_gate.wait_for_turns(_PATIENCE_SECONDS)
        if self._stopped.is_set():
            raise StoppedError
        self.done += len(texts)


def sample(subject: BenchmarkCharacter) -> BenchmarkCharacter:
    """Return the subject, reduced to evenly spaced scenes with about 1,500 of its replies."""
    replies = sum(line.speaker in subject.own for scene in subject.scenes for line in scene.lines)
    share = min(1.0, MOST_REPLIES / max(1, replies))
    scenes = [
        scene
        for at, scene in enumerate(subject.scenes, start=1)
        if int(at * share) > int((at - 1) * share)
    ]
    return replace(subject, scenes=scenes)


def measure(
    subject: BenchmarkCharacter,
    known: Mapping[str, Vectors],
    embedder: WatchedEmbedder,
    weights: Weights,
    costs: PromptCosts,
) -> AuditionResult:
    """Return how well each mode retrieves examples in scenes held out of the subject's script.

    It blocks for minutes, nearly all of them in the embedder, so call it in a thread. ``known``:
    stored vectors by text; ``costs``: tokens of the script's lines. Raises
    :class:`~app.search.benchmark.errors.EvaluationError` where the
    character never replies, and :class:`StoppedError`.
    """
    sampled = sample(subject)
    vectors = EmbeddingCache(embedder)
    vectors.add(known)
    missing = set(texts_of(sampled)) - known.keys()
    embedder.expected = len(missing) + MOST_QUESTIONS * _TEXTS_A_QUESTION + _KNOWN_ITEMS
    results = evaluate(
        sampled,
        vectors,
        weights,
        MODES,
        BUDGETS,
        lambda _: None,
        most_questions=MOST_QUESTIONS,
        costs=costs,
    )
    return AuditionResult.model_validate({**results.as_json(), "of_scenes": len(subject.scenes)})

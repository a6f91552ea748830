"""The benchmark within bounds: what of a character is asked, and how the asking is watched."""

import threading
from collections.abc import Mapping, Sequence
from dataclasses import asdict

from app.auditions.schemas import AuditionResult
from app.cpu_gate import CpuGate
from app.search.benchmark.corpus import BenchmarkCharacter, texts_of
from app.search.benchmark.run import evaluate
from app.search.benchmark.vectors import EmbeddingCache
from retrieval.embedding.port import Embedder, Vectors
from retrieval.ranking.weights import Weights

MODES = ("reference", "fused", "selector")
"""Those that a character can be in."""
BUDGETS = (500, 1_000, 2_000)
MOST_REPLIES = 1_500
"""Lines of the character: of a longer script, evenly spaced scenes are looked at."""
MOST_QUESTIONS = 150
"""At a third of a second each with the bundled embedder: a question is a whole dialogue."""
_PATIENCE_SECONDS = 0.5
"""How long each text gives way to running turns."""
_TEXTS_A_QUESTION = 2
"""That are not stored: the whole dialogue, and its last three lines."""
_KNOWN_ITEMS = 200
"""As many of those as :mod:`app.search.benchmark.known_items` asks for at most, one text each."""


class StoppedError(Exception):
    """The service is stopping."""


class WatchedEmbedder:
    """An embedder that gives way to chats, counts what it embeds, and can be stopped."""

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
        """About how many there will be."""

    def stop(self) -> None:
        """Every later call raises :class:`StoppedError`."""
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
    """The subject itself, or so many of its scenes that there are about 1,500 replies in them."""
    replies = sum(line.speaker in subject.own for scene in subject.scenes for line in scene.lines)
    share = min(1.0, MOST_REPLIES / max(1, replies))
    scenes = [
        scene
        for at, scene in enumerate(subject.scenes, start=1)
        if int(at * share) > int((at - 1) * share)
    ]
    return BenchmarkCharacter(scenes, subject.name, subject.own)


def measure(
    subject: BenchmarkCharacter,
    known: Mapping[str, Vectors],
    embedder: WatchedEmbedder,
    recipe: Weights,
) -> AuditionResult:
    """Minutes of work, nearly all of it in the embedder; for a thread.

    ``known``: vectors that are stored, by text. Raises
    :class:`~app.search.benchmark.errors.EvaluationError` where nobody is answered, and
    :class:`StoppedError`.
    """
    sampled = sample(subject)
    vectors = EmbeddingCache(embedder)
    vectors.add(known)
    missing = set(texts_of(sampled)) - known.keys()
    embedder.expected = len(missing) + MOST_QUESTIONS * _TEXTS_A_QUESTION + _KNOWN_ITEMS
    results = evaluate(
        sampled, vectors, recipe, MODES, BUDGETS, lambda _: None, most_questions=MOST_QUESTIONS
    )
    return AuditionResult.model_validate({**asdict(results), "of_scenes": len(subject.scenes)})

"""Measure the selector's time a turn, at the sizes with a target."""

import random
import time
from statistics import median

import numpy as np

from app.tools.bench.figures import Figure, percentile
from benchmarks.random_data import random_line, unit_length
from retrieval.embedding.port import Vectors
from retrieval.ranking.calibration import calibrate
from retrieval.ranking.query import RetrievalQuery
from retrieval.ranking.rank import rank
from retrieval.ranking.weights import DEFAULT, load_weights
from retrieval.reply_index.index import ReplyStore, ReplyTexts, ReplyVectors
from retrieval.reply_index.storage import dump_store, load_store

_DIMENSION = 384
_TURNS = 40
_TARGETS = {2_000: "<= 10", 20_000: "<= 40", 50_000: ""}
"""Milliseconds, by the number of replies."""


def selector_turns() -> list[Figure]:
    """Measure stores of random text, in windows of two replies and scenes of four.

    A turn should need one thread of NumPy: run this with ``OMP_NUM_THREADS=1`` on a busy machine.
    """
    return [figure for size in _TARGETS for figure in _measure(size)]


def _measure(size: int) -> list[Figure]:
    source = _Source(size)
    texts, vectors = source.texts(), source.vectors()
    weights = load_weights(DEFAULT)
    started = time.perf_counter()
    store = ReplyStore.build(texts, vectors)
    calibration = calibrate(store, weights)
    built = time.perf_counter() - started
    turns = []
    for _ in range(_TURNS):
        query = source.query()
        started = time.perf_counter()
        rank(store, query, "selector", weights, calibration)
        turns.append((time.perf_counter() - started) * 1_000)
    data = dump_store(store, calibration)
    started = time.perf_counter()
    load_store(data, vectors, texts.window_keys)
    loaded = (time.perf_counter() - started) * 1_000
    return [
        Figure(f"selector, {size:,} replies, p50", median(turns), "ms", _TARGETS[size]),
        Figure(f"selector, {size:,} replies, p95", percentile(turns, 0.95), "ms"),
        Figure(f"selector, {size:,} replies, store built", built, "s"),
        Figure(f"selector, {size:,} replies, store loaded", loaded, "ms"),
        Figure(f"selector, {size:,} replies, store's size", len(data) / 1e6, "MB"),
    ]


class _Source:
    """Make up scripts and queries, the same in every run."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._random = random.Random(1)  # noqa: S311 (the same in every run)
        self._numbers = np.random.default_rng(1)

    def texts(self) -> ReplyTexts:
        size = self._size
        windows = size // 2
        replies = [self._text() for _ in range(size)]
        previous = [self._text() for _ in range(size)]
        return ReplyTexts(
            window_keys=["\n".join(self._text() for _ in range(3)) for _ in range(windows)],
            window_speakers=[["A", "B"][: 1 + at % 2] for at in range(windows)],
            pairs=[f"{before}\n{reply}" for before, reply in zip(previous, replies, strict=True)],
            replies=replies,
            previous=previous,
            previous_speakers=["A"] * size,
            windows=(np.arange(size) // 2).astype(np.int32),
            scenes=(np.arange(size) // 4).astype(np.int32),
            closing=np.arange(1, size, 2, dtype=np.int32),
        )

    def vectors(self) -> ReplyVectors:
        size = self._size
        return ReplyVectors(self._unit(size // 2), *(self._unit(size) for _ in range(3)))

    def query(self) -> RetrievalQuery:
        lines = [self._text() for _ in range(8)]
        return RetrievalQuery(
            dialogue_text="\n".join(lines),
            last3_text="\n".join(lines[-3:]),
            dialogue=self._unit(1)[0],
            lines=self._unit(4),
            newest_text=lines[-1],
            own=self._unit(1)[0],
            own_lengths=[10, 12, 9],
            last_speaker="A",
            speakers=frozenset({"A"}),
        )

    def _text(self) -> str:
        return random_line(self._random)

    def _unit(self, count: int) -> Vectors:
        return unit_length(self._numbers.normal(size=(count, _DIMENSION)).astype(np.float32))

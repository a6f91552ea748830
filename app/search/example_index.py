"""Hold an index of a character's examples in memory, loaded from stored vectors."""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

import structlog

from app.db.session import Database
from app.observability import Metrics
from app.search.repository import EmbeddedExample, ExampleRepository
from retrieval.blobs import from_blob
from retrieval.embedding.port import Embedder, Vectors
from retrieval.vector_index.factory import create_index
from retrieval.vector_index.faiss import FLAT_BELOW
from retrieval.vector_index.port import Hit, VectorIndex
from retrieval.vector_index.retriever import IndexHits, retrieve

_ROWS = 2_000
_EXAMPLE_BYTES = 900
"""Overhead of an example's strings and lists in Python."""
_CHARACTER_BYTES = 2

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class RetrievedExample:
    """Hold an example and the cosine of its passage with the query."""

    id: int
    score: float
    lines: list[str]
    key: str
    scene: int | None = None
    """0-based position of its scene in the character's scripts, where known."""
    start: int = 0
    """Position in the scene of the first of its lines."""

    def render(self) -> str:
        return "\n".join(self.lines)


@dataclass(frozen=True, slots=True)
class IndexKey:
    """Identify one version of one character's index."""

    character_id: UUID
    version: UUID


@dataclass(frozen=True, slots=True)
class LoadedIndex:
    """Hold a character's vector index, and the lines and passage of every example in it."""

    index: VectorIndex
    texts: dict[int, tuple[list[str], str]]
    scenes: dict[int, int]
    """Position of each example's scene in the scripts, where known."""

    @property
    def nbytes(self) -> int:
        """Approximate memory in bytes."""
        texts = sum(len(key) + sum(map(len, lines)) for lines, key in self.texts.values())
        return self.index.nbytes + _CHARACTER_BYTES * texts + _EXAMPLE_BYTES * len(self.texts)

    def examples(self, hits: Sequence[Hit]) -> list[RetrievedExample]:
        return [
            RetrievedExample(hit.id, hit.score, *self.texts[hit.id], self.scenes.get(hit.id))
            for hit in hits
        ]

    def retrieve(
        self, query: Vectors, k: int, also: Sequence[int], until_scene: int | None
    ) -> IndexHits:
        """Return the best ``k`` of scenes before ``until_scene``, and the scores of ``also``."""
        if until_scene is None:
            return retrieve(self.index, query, k, also)
        known = {id for id, scene in self.scenes.items() if scene < until_scene}
        return retrieve(self.index, query, k, also, known)


class ExampleIndexLoader:
    """Build indexes of examples from stored vectors."""

    def __init__(self, database: Database, embedder: Embedder, kind: str, metrics: Metrics) -> None:
        """Build indexes of ``kind``, a name that :func:`create_index` knows."""
        self._database = database
        self._embedder = embedder
        self._kind = kind
        self._metrics = metrics

    def load(self, key: IndexKey, loop: asyncio.AbstractEventLoop) -> LoadedIndex:
        """Build an index in the calling thread; ``loop`` only fetches the rows."""
        loaded = LoadedIndex(create_index(self._kind, self._embedder.dimension), {}, {})
        after = 0
        while rows := asyncio.run_coroutine_threadsafe(self._rows(key, after), loop).result():
            after = rows[-1].id
            vectors = from_blob([row.vector for row in rows], self._embedder.dimension)
            loaded.index.add([row.id for row in rows], vectors)
            loaded.texts.update({row.id: (row.lines, row.key) for row in rows})
            loaded.scenes.update({row.id: row.scene for row in rows if row.scene is not None})
        self._optimize(key, loaded.index)
        return loaded

    def _optimize(self, key: IndexKey, index: VectorIndex) -> None:
        """Optimise the index for searching, and report its recall in metrics and the log."""
        started = time.perf_counter()
        quality = index.optimize()
        self._metrics.index_recall.labels(quality.kind).observe(quality.recall)
        if index.count() >= FLAT_BELOW:
            log.info(
                "index_settled",
                character=str(key.character_id),
                vectors=index.count(),
                kind=quality.kind,
                recall=round(quality.recall, 4),
                seconds=round(time.perf_counter() - started, 2),
            )

    async def _rows(self, key: IndexKey, after: int) -> Sequence[EmbeddedExample]:
        async with self._database.read() as session:
            return await ExampleRepository(session).embedded_examples(
                key.character_id,
                key.version,
                self._embedder.model_id,
                after=after,
                limit=_ROWS,
            )

"""From a character and a query to examples: the index from memory, or built from stored vectors."""

import asyncio
from collections.abc import Hashable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from uuid import UUID

from app.catalog.repository import EmbeddedExample, ExampleRepository
from app.db.models import Character
from app.db.session import Database
from app.errors import ConflictError
from app.settings import RetrievalSettings
from retrieval.blobs import from_blob
from retrieval.embedding.port import Embedder
from retrieval.index.cache import IndexCache
from retrieval.index.factory import create_index
from retrieval.index.port import Hit, VectorIndex
from retrieval.retriever import Retrieval, retrieve

_ROWS = 2_000


@dataclass(frozen=True, slots=True)
class FoundExample:
    """An example and the cosine of its key with the query."""

    id: int
    score: float
    lines: list[str]
    key: str

    def render(self) -> str:
        return "\n".join(self.lines)


@dataclass(frozen=True, slots=True)
class Found:
    """Examples, best first, and the milliseconds it took to embed and to search."""

    examples: list[FoundExample]
    others: list[FoundExample]
    """What was asked for by id and is not among the best."""
    embed_ms: float
    search_ms: float


@dataclass(frozen=True, slots=True)
class IndexKey:
    """Names one state of one character's index."""

    character_id: UUID
    version: UUID


@dataclass(frozen=True, slots=True)
class LoadedIndex:
    """A character's index in memory, and the lines and key of every example in it."""

    index: VectorIndex
    texts: dict[int, tuple[list[str], str]]

    def examples(self, hits: Sequence[Hit]) -> list[FoundExample]:
        return [FoundExample(hit.id, hit.score, *self.texts[hit.id]) for hit in hits]


class ExampleFinder:
    """Searches characters' examples; embeds nothing but the query."""

    def __init__(
        self, database: Database, embedder: Embedder, settings: RetrievalSettings, workers: int
    ) -> None:
        """``workers``: queries embedded side by side, one thread each."""
        self._database = database
        self._embedder = embedder
        self._settings = settings
        self.cache: IndexCache[LoadedIndex] = IndexCache(settings.cached_indexes)
        self._pool = ThreadPoolExecutor(workers, thread_name_prefix="query")

    async def find(self, character: Character, query: str, also: Sequence[int] = ()) -> Found:
        """The examples nearest to the query, and those of ``also`` that there still are.

        Raises :class:`~app.errors.ConflictError` (``character_indexing``) while there is no
        index made with this embedder.
        """
        if character.index_version is None or character.embedder != self._embedder.model_id:
            raise ConflictError(
                "character_indexing",
                f"{character.name} is still learning the lines. Try again when indexing is done.",
                retry_after=5,
            )
        key = IndexKey(character.id, character.index_version)
        loop = asyncio.get_running_loop()
        loaded, retrieval = await loop.run_in_executor(
            self._pool, self._retrieve, key, query, also, loop
        )
        return Found(
            examples=loaded.examples(retrieval.hits),
            others=loaded.examples(retrieval.others),
            embed_ms=retrieval.embed_seconds * 1_000,
            search_ms=retrieval.search_seconds * 1_000,
        )

    def forget(self, character_id: UUID) -> None:
        """Drop a character's indexes from memory."""

        def is_theirs(key: Hashable) -> bool:
            return isinstance(key, IndexKey) and key.character_id == character_id

        self.cache.drop(is_theirs)

    def close(self) -> None:
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _retrieve(
        self, key: IndexKey, query: str, also: Sequence[int], loop: asyncio.AbstractEventLoop
    ) -> tuple[LoadedIndex, Retrieval]:
        def build() -> LoadedIndex:
            return asyncio.run_coroutine_threadsafe(self._load(key), loop).result()

        loaded = self.cache.get(key, build)
        top_k = self._settings.top_k
        return loaded, retrieve(self._embedder, loaded.index, query, top_k, also)

    async def _load(self, key: IndexKey) -> LoadedIndex:
        """Build an index from what is stored, a few rows at a time: others get their turn."""
        loaded = LoadedIndex(create_index(self._settings.index, self._embedder.dimension), {})
        after = 0
        while rows := await self._rows(key, after):
            after = rows[-1].id
            vectors = from_blob([row.vector for row in rows], self._embedder.dimension)
            loaded.index.add([row.id for row in rows], vectors)
            loaded.texts.update({row.id: (row.lines, row.key) for row in rows})
        return loaded

    async def _rows(self, key: IndexKey, after: int) -> Sequence[EmbeddedExample]:
        async with self._database.read() as session:
            return await ExampleRepository(session).embedded_examples(
                key.character_id,
                key.version,
                self._embedder.model_id,
                after=after,
                limit=_ROWS,
            )

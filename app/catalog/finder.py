"""From a character and a query to examples: the index from memory, or built from stored vectors."""

import asyncio
from collections.abc import Hashable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from uuid import UUID

from app.catalog.repository import ExampleRepository
from app.db.models import Character
from app.db.session import Database
from app.errors import ConflictError
from app.settings import RetrievalSettings
from retrieval.blobs import from_blob
from retrieval.embedding.port import Embedder
from retrieval.index.cache import IndexCache
from retrieval.index.factory import create_index
from retrieval.index.port import VectorIndex
from retrieval.retriever import Retrieval, retrieve


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
    embed_ms: float
    search_ms: float


@dataclass(frozen=True, slots=True)
class IndexKey:
    """Names one state of one character's index."""

    character_id: UUID
    version: UUID


class ExampleFinder:
    """Searches characters' examples; embeds nothing but the query."""

    def __init__(
        self, database: Database, embedder: Embedder, settings: RetrievalSettings, workers: int
    ) -> None:
        """``workers``: queries embedded side by side, one thread each."""
        self._database = database
        self._embedder = embedder
        self._settings = settings
        self.cache = IndexCache(settings.cached_indexes)
        self._pool = ThreadPoolExecutor(workers, thread_name_prefix="query")

    async def find(self, character: Character, query: str) -> Found:
        """The examples nearest to the query.

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
        retrieval = await loop.run_in_executor(self._pool, self._retrieve, key, query, loop)
        return Found(
            examples=await self._load(retrieval),
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

    def _retrieve(self, key: IndexKey, query: str, loop: asyncio.AbstractEventLoop) -> Retrieval:
        def build() -> VectorIndex:
            return asyncio.run_coroutine_threadsafe(self._build(key), loop).result()

        index = self.cache.get(key, build)
        return retrieve(self._embedder, index, query, self._settings.top_k)

    async def _build(self, key: IndexKey) -> VectorIndex:
        async with self._database.read() as session:
            ids, blobs = await ExampleRepository(session).vectors(
                key.character_id, key.version, self._embedder.model_id
            )
        return await asyncio.to_thread(self._fill, ids, blobs)

    def _fill(self, ids: list[int], blobs: list[bytes]) -> VectorIndex:
        index = create_index(self._settings.index, self._embedder.dimension)
        index.add(ids, from_blob(blobs, self._embedder.dimension))
        return index

    async def _load(self, retrieval: Retrieval) -> list[FoundExample]:
        """The examples' text. One that a re-index has just replaced is left out."""
        async with self._database.read() as session:
            stored = await ExampleRepository(session).by_ids([hit.id for hit in retrieval.hits])
        return [
            FoundExample(hit.id, hit.score, example.lines, example.key)
            for hit in retrieval.hits
            if (example := stored.get(hit.id)) is not None
        ]

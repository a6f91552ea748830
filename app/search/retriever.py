"""From a character and a query to examples: the index from memory, or built from stored vectors."""

import asyncio
import contextlib
import time
from collections.abc import Hashable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Literal
from uuid import UUID

import structlog
from sqlalchemy.exc import DBAPIError

from app.db.models import Character, StoredReplyIndex
from app.db.session import Database
from app.errors import ConflictError
from app.observability import Metrics
from app.search.jobs import request_reply_index
from app.search.overheard import OverheardHit
from app.search.query_embedding import QueryEmbedder
from app.search.reply_indexes import ReplyIndex, load_reply_index, parts_of
from app.search.reply_texts import Dialogue, build_query_texts, candidates
from app.search.repository import EmbeddedExample, ExampleRepository, ReplyIndexRepository
from app.search.scene_lines import SceneLines
from app.settings import RetrievalMode, RetrievalSettings
from characters.language import reading_length
from characters.prompting.packing import Candidate
from retrieval.blobs import from_blob
from retrieval.embedding.port import Embedder, Vectors
from retrieval.errors import DamagedIndexError
from retrieval.ranking.query import RetrievalQuery
from retrieval.ranking.rank import Ranking, rank
from retrieval.ranking.weights import Weights
from retrieval.reranking.port import Reranker
from retrieval.reranking.ranking import rerank_best
from retrieval.vector_index.cache import IndexCache
from retrieval.vector_index.factory import create_index
from retrieval.vector_index.faiss import FLAT_BELOW
from retrieval.vector_index.port import Hit, VectorIndex
from retrieval.vector_index.retriever import IndexHits, retrieve

RankingMode = Literal["fused", "selector"]

_ROWS = 2_000
_CANDIDATES = 100
"""Replies that a prompt is filled from: more than most rooms take."""
_WORKERS = 4
"""Threads that search: a search takes a few milliseconds, the first one loads the index, and those
that come meanwhile wait for it."""

_EXAMPLE_BYTES = 900
_CHARACTER_BYTES = 2
"""Of an example's text in Python: its strings, lists and places, and their characters."""

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class RetrievedExample:
    """An example and the cosine of its key with the query."""

    id: int
    score: float
    lines: list[str]
    key: str

    def render(self) -> str:
        return "\n".join(self.lines)


@dataclass(frozen=True, slots=True)
class SceneHits:
    """Examples, best first, and the milliseconds it took to embed and to search."""

    examples: list[RetrievedExample]
    others: list[RetrievedExample]
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
    scenes: dict[int, int]
    """Where in the scripts each one stands, where that is known."""

    @property
    def nbytes(self) -> int:
        """About how much memory it takes."""
        texts = sum(len(key) + sum(map(len, lines)) for lines, key in self.texts.values())
        return self.index.nbytes + _CHARACTER_BYTES * texts + _EXAMPLE_BYTES * len(self.texts)

    def examples(self, hits: Sequence[Hit]) -> list[RetrievedExample]:
        return [RetrievedExample(hit.id, hit.score, *self.texts[hit.id]) for hit in hits]

    def retrieve(
        self, query: Vectors, k: int, also: Sequence[int], until_scene: int | None
    ) -> IndexHits:
        """The best ``k`` of the scenes before ``until_scene``, and the scores of ``also``."""
        if until_scene is None:
            return retrieve(self.index, query, k, also)
        known = {id for id, scene in self.scenes.items() if scene < until_scene}
        return retrieve(self.index, query, k, also, known)


@dataclass(frozen=True, slots=True)
class RankedReplies:
    """A character's replies, best first, and the milliseconds it took to embed and to rank."""

    reply_index: ReplyIndex
    ranking: Ranking
    candidates: list[Candidate]
    mode: RankingMode
    until_scene: int | None
    """The scenes before this one are all there is."""
    lines: SceneLines
    overheard: Sequence[OverheardHit]
    """What of that which the character heard in silence the newest line is about, best first."""
    embed_ms: float = 0.0
    search_ms: float = 0.0


class Retriever:
    """Searches characters' examples, and ranks their replies."""

    def __init__(
        self,
        database: Database,
        embedder: Embedder,
        queries: QueryEmbedder,
        settings: RetrievalSettings,
        weights: Weights,
        metrics: Metrics,
        reranker: Reranker | None = None,
    ) -> None:
        self._database = database
        self._embedder = embedder
        self._queries = queries
        self._weights = weights
        self._settings = settings
        self._metrics = metrics
        self._reranker = reranker
        bounds = settings.cached_indexes, settings.cached_megabytes * 1_000_000
        self.cache: IndexCache[LoadedIndex] = IndexCache(*bounds, lambda index: index.nbytes)
        self.reply_indexes: IndexCache[ReplyIndex] = IndexCache(*bounds, lambda each: each.nbytes)
        self._pool = ThreadPoolExecutor(_WORKERS, thread_name_prefix="search")

    @property
    def embedder(self) -> str:
        """Names the space of the vectors."""
        return self._embedder.model_id

    def mode(self, character: Character) -> RetrievalMode:
        """The mode in force: the character's own or the installation's, once it can be used."""
        wanted = character.retrieval or self._settings.mode
        usable = character.selection_version and character.embedder == self._embedder.model_id
        return wanted if usable else "reference"

    async def rank(
        self,
        character: Character,
        dialogue: Dialogue,
        mode: RankingMode,
        until_scene: int | None = None,
    ) -> RankedReplies:
        """The character's replies in the order of how well they fit the end of ``dialogue``.

        ``dialogue``: (speaker, text), oldest first; the character's speaker is its name. Only
        scenes before ``until_scene`` count, if it is given. Raises
        :class:`~retrieval.errors.DamagedIndexError` where the selection cannot be read; it is then
        made anew, and until that is done the mode in force is ``reference``.
        """
        assert character.selection_version is not None  # noqa: S101 (``mode`` has seen to it)
        own, limit = {character.name}, self._settings.max_query_length
        started = time.perf_counter()
        query_texts = build_query_texts(dialogue, own, character.name, limit, reading_length)
        texts = query_texts.texts()
        known = dict(zip(texts, await self._queries.embed(texts), strict=True))
        query = query_texts.to_query(known.__getitem__)
        embedded = time.perf_counter()
        key = IndexKey(character.id, character.selection_version)
        loop = asyncio.get_running_loop()
        try:
            ranked = await loop.run_in_executor(
                self._pool, self._rank, key, query, mode, until_scene, loop
            )
        except DamagedIndexError:
            await self._renew(key)
            raise
        return replace(
            ranked,
            embed_ms=(embedded - started) * 1_000,
            search_ms=(time.perf_counter() - embedded) * 1_000,
        )

    async def find(
        self,
        character: Character,
        query: str,
        also: Sequence[int] = (),
        until_scene: int | None = None,
    ) -> SceneHits:
        """The examples nearest to the query, and those of ``also`` that there still are.

        Only scenes before ``until_scene`` count, if it is given.

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
        started = time.perf_counter()
        [vector] = await self._queries.embed([query])
        embedded = time.perf_counter()
        loaded, retrieval = await loop.run_in_executor(
            self._pool, self._retrieve, key, vector, also, until_scene, loop
        )
        return SceneHits(
            examples=loaded.examples(retrieval.hits),
            others=loaded.examples(retrieval.others),
            embed_ms=(embedded - started) * 1_000,
            search_ms=(time.perf_counter() - embedded) * 1_000,
        )

    def forget(self, character_id: UUID) -> None:
        """Drop a character's indexes from memory."""

        def is_theirs(key: Hashable) -> bool:
            return isinstance(key, IndexKey) and key.character_id == character_id

        self.cache.drop(is_theirs)
        self.reply_indexes.drop(is_theirs)

    def close(self) -> None:
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _retrieve(
        self,
        key: IndexKey,
        query: Vectors,
        also: Sequence[int],
        until_scene: int | None,
        loop: asyncio.AbstractEventLoop,
    ) -> tuple[LoadedIndex, IndexHits]:
        def build() -> LoadedIndex:
            return self._load(key, loop)

        loaded = self.cache.get(key, build)
        return loaded, loaded.retrieve(query, self._settings.top_k, also, until_scene)

    def _rank(
        self,
        key: IndexKey,
        query: RetrievalQuery,
        mode: RankingMode,
        until_scene: int | None,
        loop: asyncio.AbstractEventLoop,
    ) -> RankedReplies:
        def build() -> ReplyIndex:
            stored = asyncio.run_coroutine_threadsafe(self._stored(key), loop).result()
            return load_reply_index(parts_of(stored), self._embedder.dimension, self._weights)

        reply_index = self.reply_indexes.get(key, build)
        store = reply_index.store
        among = None if until_scene is None else store.scenes < until_scene
        ranking = rank(store, query, mode, self._weights, reply_index.calibration, among)
        if self._reranker is not None:
            replies = reply_index.cut.replies
            ranking = rerank_best(
                ranking, self._reranker, query.last3_text, lambda number: replies[number].pair
            )
        overheard: list[OverheardHit] = []
        if self._settings.presence and len(query.lines):
            newest, usual = query.lines[-1], store.vectors.windows
            overheard = reply_index.overheard.find(newest, usual, until_scene)
        found = candidates(reply_index.cut, ranking, _CANDIDATES)
        return RankedReplies(
            reply_index, ranking, found, mode, until_scene, reply_index.lines, overheard
        )

    async def _renew(self, key: IndexKey) -> None:
        """Let go of a selection that cannot be read, and have it made anew in the background."""
        with contextlib.suppress(DBAPIError):
            async with self._database.write() as session:
                repository = ReplyIndexRepository(session)
                if await repository.retire(key.character_id, key.version):
                    await request_reply_index(session, key.character_id)

    async def _stored(self, key: IndexKey) -> StoredReplyIndex:
        async with self._database.read() as session:
            stored = await ReplyIndexRepository(session).get(key.character_id)
        if stored is None or stored.version != key.version:
            raise ConflictError(
                "character_changed",
                "The character's lines were exchanged this very query. Try again.",
                retry_after=1,
            )
        return stored

    def _load(self, key: IndexKey, loop: asyncio.AbstractEventLoop) -> LoadedIndex:
        """Build an index from what is stored, in this thread; ``loop`` only fetches the rows."""
        loaded = LoadedIndex(create_index(self._settings.index, self._embedder.dimension), {}, {})
        after = 0
        while rows := asyncio.run_coroutine_threadsafe(self._rows(key, after), loop).result():
            after = rows[-1].id
            vectors = from_blob([row.vector for row in rows], self._embedder.dimension)
            loaded.index.add([row.id for row in rows], vectors)
            loaded.texts.update({row.id: (row.lines, row.key) for row in rows})
            loaded.scenes.update({row.id: row.scene for row in rows if row.scene is not None})
        self._settle(key, loaded.index)
        return loaded

    def _settle(self, key: IndexKey, index: VectorIndex) -> None:
        """Make a large index quick, and tell how well it then agrees with comparing everything."""
        started = time.perf_counter()
        quality = index.settle()
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

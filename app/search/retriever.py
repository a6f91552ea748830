"""Search a character's examples and rank its replies, with indexes cached or loaded on demand."""

import asyncio
import contextlib
import time
from collections.abc import Awaitable, Callable, Hashable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Literal, TypeVar
from uuid import UUID

import structlog

from app.db.errors import DATABASE_ERRORS
from app.db.models import Character, LegacyReplyIndex, StoredReplyIndex
from app.db.session import Database
from app.errors import ConflictError
from app.observability import Metrics
from app.search.example_index import (
    ExampleIndexLoader,
    IndexKey,
    LoadedIndex,
    RetrievedExample,
)
from app.search.jobs import request_parts
from app.search.overheard import OverheardHit
from app.search.query_embedding import QueryEmbedder
from app.search.reply_indexes import ReplyIndex, load_reply_index, parts_of
from app.search.reply_texts import Dialogue, build_query_texts, candidates
from app.search.scene_lines import SceneLines
from app.search.served import LinesExchangedError, ServedIndex, ServedIndexes
from app.search.space_repository import SpaceRepository
from app.search.spaces import Space
from app.search.word_index import WordIndex, load_word_index
from app.settings import RetrievalSettings
from characters.language import reading_length
from characters.prompting.packing import Candidate
from retrieval.embedding.port import Embedder, Vectors
from retrieval.errors import DamagedIndexError
from retrieval.ranking.query import RetrievalQuery
from retrieval.ranking.rank import Ranking, rank
from retrieval.ranking.weights import Weights
from retrieval.reranking.port import Reranker
from retrieval.reranking.ranking import rerank_best
from retrieval.vector_index.cache import IndexCache
from retrieval.vector_index.retriever import IndexHits

RankingMode = Literal["fused", "selector"]
T = TypeVar("T")

CANDIDATES = 100
"""Replies that a prompt is filled from: more than most budgets take."""
_WORKERS = 4
"""Threads that search: a search takes a few milliseconds, but the first one loads the index, and
concurrent ones wait for it."""

_WORD_INDEXES = 16
"""Characters ranked by words at once; only those whose vectors are still to be made."""

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class SceneHits:
    """Hold examples, best first, and the milliseconds of embedding and searching."""

    examples: list[RetrievedExample]
    others: list[RetrievedExample]
    """Examples requested by id that are not among the best."""
    embed_ms: float
    search_ms: float


@dataclass(frozen=True, slots=True, kw_only=True)
class RankedReplies:
    """Hold a character's replies, best first, and the milliseconds of embedding and ranking."""

    reply_index: ReplyIndex
    ranking: Ranking
    candidates: list[Candidate]
    mode: RankingMode
    until_scene: int | None
    """Scene up to which the character knows the script; None for all of it."""
    lines: SceneLines
    version: UUID | None = None
    """The version of the reply index; None for one that is stored nowhere."""
    overheard: Sequence[OverheardHit]
    """Overheard passages that the newest line is about, best first."""
    newest: Vectors | None = None
    """Vector of the newest line without stage directions, ``(d,)``; None for an empty dialogue."""
    embed_ms: float = 0.0
    search_ms: float = 0.0


class Retriever:
    """Search characters' examples, and rank their replies."""

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
        self._space = Space.of(embedder.model_id)
        self._served = ServedIndexes(database, self._space, settings.mode)
        self._queries = queries
        self._weights = weights
        self._settings = settings
        self._reranker = reranker
        self._loader = ExampleIndexLoader(database, embedder, settings.index, metrics)
        bounds = settings.cached_indexes, settings.cached_megabytes * 1_000_000
        self.cache: IndexCache[LoadedIndex] = IndexCache(*bounds, lambda index: index.nbytes)
        self.reply_indexes: IndexCache[ReplyIndex] = IndexCache(*bounds, lambda each: each.nbytes)
        self._words: IndexCache[WordIndex] = IndexCache(
            _WORD_INDEXES, bounds[1], lambda each: each.nbytes
        )
        self._pool = ThreadPoolExecutor(_WORKERS, thread_name_prefix="search")

    @property
    def embedder(self) -> str:
        """Name of the vector space."""
        return self._embedder.model_id

    async def served(self, character: Character) -> ServedIndex:
        """Return what this process searches of a character."""
        return await self._served.of(character)

    async def search(
        self, character: Character, search: Callable[[ServedIndex], Awaitable[T]]
    ) -> T:
        """Search what is served of a character; see :meth:`ServedIndexes.search`."""
        return await self._served.search(character, search)

    async def rank(
        self,
        character: Character,
        dialogue: Dialogue,
        mode: RankingMode,
        version: UUID,
        until_scene: int | None = None,
    ) -> RankedReplies:
        """Return the character's replies ranked by their fit to the end of ``dialogue``.

        ``dialogue`` has (speaker, text), oldest first; the character's speaker is its name.
        ``version`` of the reply index is searched, as :meth:`served` returned it. Only scenes
        before ``until_scene`` are searched, if given. Raises
        :class:`~app.search.served.LinesExchangedError` where that version is gone, and
        :class:`~retrieval.errors.DamagedIndexError` where the reply index cannot be read; it is
        rebuilt in the background, and until then the mode is ``reference``.
        """
        own, limit = {character.name}, self._settings.max_query_length
        started = time.perf_counter()
        query_texts = build_query_texts(dialogue, own, character.name, limit, reading_length)
        texts = query_texts.texts()
        known = dict(zip(texts, await self._queries.embed(texts), strict=True))
        query = query_texts.to_query(known.__getitem__)
        embedded = time.perf_counter()
        key = IndexKey(character.id, version)
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
        served: ServedIndex,
        also: Sequence[int] = (),
        until_scene: int | None = None,
    ) -> SceneHits:
        """Return the examples nearest to the query, and the examples ``also`` that still exist.

        ``served`` is what :meth:`served` returned. While a character has vectors of other embedders
        alone, its examples are ranked by words. Only scenes before ``until_scene`` are searched, if
        given.

        Raises :class:`~app.errors.ConflictError` (``character_indexing``) for a character that has
        no examples yet, and :class:`~app.search.served.LinesExchangedError` where the examples are
        gone.
        """
        if served.newest is None:
            raise ConflictError(
                "character_indexing",
                f"{character.name} is still learning the lines. Try again when indexing is done.",
                retry_after=5,
            )
        if served.examples is None:
            key = IndexKey(character.id, served.newest)
            log.info("examples_ranked_by_words", character=character.slug, space=self.embedder)
            return await self._find_by_words(key, query, also, until_scene)
        key = IndexKey(character.id, served.examples)
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

    async def _find_by_words(
        self, key: IndexKey, query: str, also: Sequence[int], until_scene: int | None
    ) -> SceneHits:
        loop = asyncio.get_running_loop()
        started = time.perf_counter()

        def build() -> WordIndex:
            words = load_word_index(self._database, key, loop)
            self._check_in_use(key, loop)
            return words

        def search() -> tuple[list[RetrievedExample], list[RetrievedExample]]:
            words = self._words.get(key, build)
            return words.find(query, self._settings.top_k, also, until_scene)

        examples, others = await loop.run_in_executor(self._pool, search)
        return SceneHits(
            examples=examples,
            others=others,
            embed_ms=0.0,
            search_ms=(time.perf_counter() - started) * 1_000,
        )

    def characters(self) -> set[UUID]:
        """Return the characters whose indexes are in memory."""
        keys = (*self.cache.keys(), *self.reply_indexes.keys(), *self._words.keys())
        return {key.character_id for key in keys if isinstance(key, IndexKey)}

    def forget(self, character_id: UUID) -> None:
        """Drop a character's indexes from memory."""

        def is_of_character(key: Hashable) -> bool:
            return isinstance(key, IndexKey) and key.character_id == character_id

        self.cache.drop(is_of_character)
        self.reply_indexes.drop(is_of_character)
        self._words.drop(is_of_character)

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
            loaded = self._loader.load(key, loop)
            self._check_in_use(key, loop)
            return loaded

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
            newest, own_windows = query.lines[-1], store.vectors.windows
            overheard = reply_index.overheard.find(newest, own_windows, until_scene)
        found = candidates(reply_index.cut, ranking, CANDIDATES)
        return RankedReplies(
            reply_index=reply_index,
            ranking=ranking,
            candidates=found,
            mode=mode,
            until_scene=until_scene,
            lines=reply_index.lines,
            version=key.version,
            overheard=overheard,
            newest=query.lines[-1] if len(query.lines) else None,
        )

    def _check_in_use(self, key: IndexKey, loop: asyncio.AbstractEventLoop) -> None:
        """Check that no example was deleted while they were read, from the calling thread."""
        checking = self._served.check_in_use(key.character_id, key.version)
        asyncio.run_coroutine_threadsafe(checking, loop).result()

    async def _renew(self, key: IndexKey) -> None:
        """Take an unreadable reply index out of use, and request a new one in the background."""
        with contextlib.suppress(*DATABASE_ERRORS):
            async with self._database.write() as session:
                repository = SpaceRepository(session, self._space)
                if await repository.retire_reply_index(key.character_id, key.version):
                    await request_parts(session, [key.character_id], self._space)

    async def _stored(self, key: IndexKey) -> StoredReplyIndex | LegacyReplyIndex:
        async with self._database.read() as session:
            spaces = SpaceRepository(session, self._space)
            stored = await spaces.served_reply_index(key.character_id, key.version)
        if stored is None:
            raise LinesExchangedError
        return stored

"""Search a character's scene memories; each index is built from stored rows, and cached."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple
from uuid import UUID

import numpy as np
import structlog
from cachetools import LRUCache

from app.db.errors import DATABASE_ERRORS, reason_of
from app.db.models import Character
from app.db.session import Database
from app.search.known_scenes import KnownScenes
from app.search.passage_embedding import PassageEmbedder, hash_key
from app.search.repository import ExampleRepository, IndexedCharacterRepository
from app.search.retriever import RankedReplies
from app.search.scene_memory_repository import SceneMemoryRepository
from retrieval.embedding.port import Vectors
from retrieval.ranking.hubness import salient_rows

log = structlog.get_logger(__name__)

_MOST = 5_000
"""Most memories that are indexed, the first of the scripts: 8 MB of vectors."""
_MOST_FOUND = 3
_FEW = 10
"""Memories below which the usual cosine is estimated from windows of the character as well."""
_USUAL = 256
"""Windows that it is estimated from."""
_CACHED_BYTES = 100_000_000
_TEXT_BYTES = 400
"""Overhead of a memory in Python."""
_CHARACTER_BYTES = 2
_BATCH = 8
"""Texts embedded at once, between which turns go first."""


@dataclass(frozen=True, slots=True)
class SceneMemory:
    """Hold what a character remembers of a scene."""

    id: UUID
    scene: int
    """0-based position of the scene among the scenes of the character's scripts."""
    heading: str
    """The scene's heading; empty where it has none."""
    text: str


@dataclass(frozen=True, slots=True)
class SceneMemoryHit:
    """Hold a memory that the newest line is about, and the cosine of the two."""

    score: float
    memory: SceneMemory


@dataclass(frozen=True, slots=True)
class SceneMemoryHits:
    """Hold the memories that the newest line is about, best first."""

    any_known: bool = False
    """Whether the character has memories at this point in time, relevant or not."""
    hits: Sequence[SceneMemoryHit] = ()


@dataclass(frozen=True, slots=True)
class SceneMemoryIndex:
    """Index a character's memories in the order of its scripts."""

    memories: Sequence[SceneMemory] = ()
    vectors: Vectors = field(default_factory=lambda: np.zeros((0, 1), dtype=np.float32))
    """Vector of each memory, ``(len(memories), d)``."""

    @property
    def nbytes(self) -> int:
        """Approximate memory in bytes."""
        letters = sum(len(each.text) + len(each.heading) for each in self.memories)
        return (
            self.vectors.nbytes
            + _CHARACTER_BYTES * letters
            + _TEXT_BYTES * (1 + len(self.memories))
        )

    def find(self, query: Vectors, usual: Vectors, until_scene: int | None) -> SceneMemoryHits:
        """Return the memories that the vector ``query`` is about.

        Memories of scenes from ``until_scene`` on are ignored: they only set the scale of the
        cosines. So do vectors of the character's own windows, ``usual`` (``(m, d)``), where
        memories are few.

        Measured with the bundled embedder, 27 memories of Ambrose in the English sample and a
        question about each: 19 questions found theirs, with three wrong ones beside them; of
        twelve unrelated lines one found any. In competition with 256 windows, as overheard passages
        are, 16 found theirs with five wrong ones. Of the first ten memories alone eight were found,
        of the first six three, and six beside windows.
        """

        def is_known(row: int) -> bool:
            return until_scene is None or self.memories[row].scene < until_scene

        if not any(map(is_known, range(len(self.memories)))):
            return SceneMemoryHits()
        pool = self.vectors
        if len(pool) < _FEW:
            sample = np.unique(np.linspace(0, len(usual) - 1, min(len(usual), _USUAL)).astype(int))
            pool = np.concatenate([pool, usual[sample].astype(np.float32, copy=False)])
        rows = salient_rows(query, pool)
        found = [row for row in rows if row < len(self.memories) and is_known(row)]
        hits = [SceneMemoryHit(float(pool[row] @ query), self.memories[row]) for row in found]
        return SceneMemoryHits(any_known=True, hits=hits[:_MOST_FOUND])


class _Key(NamedTuple):
    """Identify a state of a character's index and memories; each change makes another."""

    character_id: UUID
    index_version: UUID | None
    memories_version: UUID


class SceneMemories:
    """Find memories at turns, with indexes cached or loaded on demand.

    A memory without a vector in the embedder's space is found by no turn yet: it is embedded in
    the background, once a turn has noticed.
    """

    def __init__(
        self, database: Database, passages: PassageEmbedder, scenes: KnownScenes, embedder: str
    ) -> None:
        """Store vectors under ``embedder``, the name of their space."""
        self._database = database
        self._passages = passages
        self._scenes = scenes
        self._embedder = embedder
        self._indexes = LRUCache[_Key, SceneMemoryIndex](_CACHED_BYTES, lambda each: each.nbytes)
        self._loading: dict[_Key, asyncio.Task[SceneMemoryIndex]] = {}
        self._embedding: dict[UUID, asyncio.Task[None]] = {}

    async def find(self, character: Character, ranked: RankedReplies) -> SceneMemoryHits:
        """Return the character's memories that the newest line is about."""
        if character.scene_memories_version is None or ranked.newest is None:
            return SceneMemoryHits()
        key = _Key(character.id, character.index_version, character.scene_memories_version)
        index = self._indexes.get(key) or await self._load(key)
        if not index.memories:
            return SceneMemoryHits()
        usual = ranked.reply_index.store.vectors.windows
        return await asyncio.to_thread(index.find, ranked.newest, usual, ranked.until_scene)

    def characters(self) -> set[UUID]:
        """Return the characters whose indexes are in memory."""
        return {key.character_id for key in self._indexes}

    def forget(self, character_id: UUID) -> None:
        """Drop a character's indexes from memory."""
        for key in [key for key in self._indexes if key.character_id == character_id]:
            del self._indexes[key]

    async def settled(self) -> None:
        """Wait until everything noticed so far is embedded."""
        await asyncio.gather(*self._embedding.values(), return_exceptions=True)

    async def aclose(self) -> None:
        """Stop loading and embedding."""
        for task in (*self._loading.values(), *self._embedding.values()):
            task.cancel()
        await asyncio.gather(*self._loading.values(), return_exceptions=True)
        await self.settled()

    async def _load(self, key: _Key) -> SceneMemoryIndex:
        """Load an index once, however many turns wait for it."""
        task = self._loading.get(key)
        if task is None:
            task = self._loading[key] = asyncio.create_task(self._read(key))
            task.add_done_callback(lambda ended: self._loaded(key, ended))
        return await asyncio.shield(task)

    def _loaded(self, key: _Key, ended: asyncio.Task[SceneMemoryIndex]) -> None:
        del self._loading[key]
        if not ended.cancelled():
            ended.exception()  # marked as retrieved: every turn that still waits raises it

    async def _read(self, key: _Key) -> SceneMemoryIndex:
        async with self._database.read() as session:
            character = await IndexedCharacterRepository(session).get(key.character_id)
            if character is None:
                return SceneMemoryIndex()
            scenes = await self._scenes.of(session, character)
            texts = dict(await SceneMemoryRepository(session).of(key.character_id))
        memories = [
            SceneMemory(scene.id, scene.position, scene.heading or "", texts[scene.id])
            for scene in scenes
            if scene.id in texts
        ][:_MOST]
        vectors = await self._passages.vectors([each.text for each in memories])
        embedded = [each for each in memories if each.text in vectors]
        index = SceneMemoryIndex(
            embedded, np.array([vectors[each.text] for each in embedded], dtype=np.float32)
        )
        self._indexes[key] = index
        if missing := [each.text for each in memories if each.text not in vectors]:
            self._embed_aside(key, missing)
        return index

    def _embed_aside(self, key: _Key, texts: Sequence[str]) -> None:
        """Start to embed texts, unless the character's are being embedded already."""
        if key.character_id not in self._embedding:
            task = asyncio.create_task(self._embed(key, texts))
            self._embedding[key.character_id] = task
            task.add_done_callback(lambda _: self._embedding.pop(key.character_id))

    async def _embed(self, key: _Key, texts: Sequence[str]) -> None:
        try:
            for start in range(0, len(texts), _BATCH):
                batch = list(texts[start : start + _BATCH])
                embedded = await self._passages.embed_texts(batch)
                async with self._database.write() as session:
                    await ExampleRepository(session).add_vectors(
                        self._embedder, list(zip(map(hash_key, batch), embedded, strict=True))
                    )
        except DATABASE_ERRORS as error:
            log.info("scene_memories_not_embedded", reason=reason_of(error))
        except Exception:
            log.exception("scene_memories_not_embedded", character=str(key.character_id))
        self._indexes.pop(key, None)  # the next turn loads the vectors, or tries again

"""Build reply indexes: windows and replies -> vectors -> the index of the modes that rank them."""

import contextlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from uuid import UUID

import numpy as np

from app.db.ids import new_id
from app.db.models import Character, StoredReplyIndex
from app.db.session import Database
from app.search.jobs import Job
from app.search.overheard import script_names
from app.search.passage_embedding import PassageEmbedder
from app.search.reply_index_words import ReplyIndexTexts
from app.search.reply_indexes import build_reply_index, embedded_texts, parts_of
from app.search.space_repository import SpaceRepository
from app.search.spaces import Space
from app.settings import RetrievalSettings
from characters.scripts.model import Scene
from retrieval.blobs import RoundedVectors
from retrieval.embedding.port import Embedder, Vectors
from retrieval.errors import DamagedIndexError
from retrieval.ranking.weights import Weights

_PIECE = 5_000
"""Texts whose vectors are fetched at once."""


class ReplyIndexBuilder:
    """Build a character's reply index, the part of an indexing job after the examples."""

    def __init__(
        self,
        database: Database,
        embedder: Embedder,
        passages: PassageEmbedder,
        settings: RetrievalSettings,
        weights: Weights,
    ) -> None:
        self._database = database
        self._embedder = embedder
        self._space = Space.of(embedder.model_id)
        self._passages = passages
        self._settings = settings
        self._weights = weights

    def is_wanted(self, character: Character) -> bool:
        """Return whether the character's mode needs a reply index."""
        return (character.retrieval or self._settings.mode) != "reference"

    async def build(
        self, job: Job, character: Character, scenes: Sequence[Scene], version: UUID
    ) -> StoredReplyIndex | None:
        """Return the reply index, not stored yet; None for a character with too many or no replies.

        ``version`` is the version of the examples that it stands beside.
        Raises :class:`~app.search.indexing_progress.SupersededError` when the job is superseded.
        """
        words = await self._passages.work(
            ReplyIndexTexts.of, scenes, character.speakers, character.name, script_names(character)
        )
        if not words.cut.replies or len(words.cut.replies) > self._settings.most_replies:
            return None
        texts = words.to_embed()
        known = await self._known(job)
        await self._passages.embed(job, [text for text in texts if text not in known], urgent=False)
        vectors = await self._vectors(texts, known)
        parts = await self._passages.work(build_reply_index, words, vectors, self._weights)
        return StoredReplyIndex(
            character_id=job.character_id,
            version=new_id(),
            index_version=version,
            **self._space._asdict(),
            **asdict(parts),
        )

    async def _vectors(self, texts: Sequence[str], known: Mapping[str, Vectors]) -> RoundedVectors:
        """Return the vectors, fetched in pieces: unrounded they take four times the memory."""
        pieces = []
        for start in range(0, len(texts), _PIECE):
            piece = texts[start : start + _PIECE]
            fetched = await self._passages.vectors([text for text in piece if text not in known])
            rows = [known[text] if text in known else fetched[text] for text in piece]
            pieces.append(RoundedVectors.of(np.array(rows, dtype=np.float32)))
        return RoundedVectors.joined(pieces)

    async def _known(self, job: Job) -> Mapping[str, Vectors]:
        """Return the vectors of the previous reply index.

        They are rounded, so only another reply index may use them.
        """
        async with self._database.read() as session:
            spaces = SpaceRepository(session, self._space)
            stored = await spaces.similar_reply_index(job.character_id)
        if stored is None:
            return {}
        with contextlib.suppress(DamagedIndexError):
            return await self._passages.work(
                embedded_texts, parts_of(stored), self._embedder.dimension
            )
        return {}

"""Builds selections: windows and replies -> vectors -> what the finer modes choose from."""

import contextlib
from collections.abc import Sequence
from dataclasses import asdict

from app.catalog.jobs import Job
from app.catalog.key_embedding import KeyEmbedder
from app.catalog.repository import SelectionRepository
from app.catalog.selections import SelectionWords, build_selection, embedded_texts, parts_of
from app.db.ids import new_id
from app.db.models import Character, StoredSelection
from app.db.session import Database
from app.settings import RetrievalSettings
from characters.scripts.model import Scene
from retrieval.embedding.port import Embedder
from retrieval.errors import DamagedIndexError
from retrieval.selector.recipe import Recipe


class SelectionBuilder:
    """What of an indexing job comes after the examples."""

    def __init__(
        self,
        database: Database,
        embedder: Embedder,
        keys: KeyEmbedder,
        settings: RetrievalSettings,
        recipe: Recipe,
    ) -> None:
        self._database = database
        self._embedder = embedder
        self._keys = keys
        self._settings = settings
        self._recipe = recipe

    def is_wanted(self, character: Character) -> bool:
        """Whether the character's mode needs a selection."""
        return (character.retrieval or self._settings.mode) != "reference"

    async def build(
        self, job: Job, character: Character, scenes: Sequence[Scene]
    ) -> StoredSelection | None:
        """The selection, not stored yet; None where the character has too many replies, or none.

        Raises :class:`~app.catalog.key_embedding.SupersededError` when the job was asked for anew.
        """
        words = await self._keys.work(SelectionWords.of, scenes, character.speakers, character.name)
        if not words.cut.replies or len(words.cut.replies) > self._settings.most_replies:
            return None
        texts = words.to_embed()
        await self._reuse(job, texts)
        await self._keys.embed(job, texts, urgent=False)
        vectors = await self._keys.vectors(texts)
        parts = await self._keys.work(
            build_selection, words, vectors, self._embedder.dimension, self._recipe
        )
        return StoredSelection(
            character_id=job.character_id,
            version=new_id(),
            embedder=self._embedder.model_id,
            **asdict(parts),
        )

    async def _reuse(self, job: Job, texts: Sequence[str]) -> None:
        """Bring back the vectors of the selection before, as far as its texts are still there."""
        async with self._database.read() as session:
            stored = await SelectionRepository(session).get(job.character_id)
        if stored is None or stored.embedder != self._embedder.model_id:
            return
        with contextlib.suppress(DamagedIndexError):
            known = await self._keys.work(
                embedded_texts, parts_of(stored), self._embedder.dimension
            )
            await self._keys.remember({text: known[text] for text in texts if text in known})

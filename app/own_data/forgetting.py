"""Empty the caches of a process of what was erased, whichever process erased it.

Each process looks when a signal says that there was an erasure, or every few seconds. Indexes are
dropped of the characters that no longer exist; caches of texts, which do not know whose a text was,
as a whole.
"""

import asyncio
import contextlib
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Protocol
from uuid import UUID

import structlog
from sqlalchemy import select

from app.db.errors import DATABASE_ERRORS, reason_of
from app.db.models import Character, Erasure
from app.db.session import Database
from app.db.signals import Topic
from characters.remembered import forget_texts
from retrieval.bm25.index import forget_tokens

log = structlog.get_logger(__name__)

_LOOKS_EVERY = 15.0


class CharacterCache(Protocol):
    """Hold what was built of characters."""

    def characters(self) -> set[UUID]:
        """Return the characters that something is held of."""

    def forget(self, character_id: UUID) -> None:
        """Drop what is held of a character."""


class CacheKeeper:
    """Watch for erasures, and empty the caches of this process."""

    def __init__(
        self,
        database: Database,
        indexes: Sequence[CharacterCache],
        texts: Sequence[Callable[[], None]],
    ) -> None:
        """``texts``: what empties the caches that are keyed by texts."""
        self._database = database
        self._indexes = indexes
        self._texts = texts
        self._seen: tuple[UUID, datetime | None] | None = None
        self._task: asyncio.Task[None] | None = None
        self._stopping = False
        self._wake = asyncio.Event()

    async def start(self) -> None:
        """Begin to watch; erasures so far are none of this process's."""
        with contextlib.suppress(*DATABASE_ERRORS):
            self._seen = await self._newest()
        self._database.signals.subscribe(Topic.ERASURES, lambda _: self._wake.set())
        self._task = asyncio.create_task(self._watch(), name="forgetting")

    async def aclose(self) -> None:
        """Stop watching."""
        self._stopping = True
        self._wake.set()
        if self._task is not None:
            await self._task

    async def look(self) -> None:
        """Empty the caches where an erasure began or ended since the last look."""
        newest = await self._newest()
        if newest != self._seen:
            await self.forget_erased()
            self._seen = newest

    async def forget_erased(self) -> None:
        """Drop the indexes of characters that no longer exist, and all cached texts."""
        held = {id for cache in self._indexes for id in cache.characters()}
        async with self._database.read() as session:
            kept = await session.scalars(
                select(Character.id).where(Character.id.in_(held), Character.deleted_at.is_(None))
            )
            gone = held - set(kept)
        for cache in self._indexes:
            for id in gone:
                cache.forget(id)
        for forget in (*self._texts, forget_texts, forget_tokens):
            forget()

    async def _newest(self) -> tuple[UUID, datetime | None] | None:
        statement = select(Erasure.id, Erasure.finished_at).order_by(Erasure.id.desc()).limit(1)
        async with self._database.read() as session:
            row = (await session.execute(statement)).first()
        return None if row is None else (row.id, row.finished_at)

    async def _watch(self) -> None:
        while True:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self._database.signals.pause(_LOOKS_EVERY)):
                    await self._wake.wait()
            self._wake.clear()
            if self._stopping:
                return
            try:
                await self.look()
            except (*DATABASE_ERRORS, OSError) as error:
                log.info("erasures_not_read", error=reason_of(error))

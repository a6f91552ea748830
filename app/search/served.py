"""Say what a process searches of a character, and search again where its lines are exchanged."""

import math
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeVar
from uuid import UUID

from app.db.models import Character
from app.db.session import Database
from app.errors import ConflictError
from app.search.space_repository import SpaceRepository, StoredVersions
from app.search.spaces import Space
from app.settings import RetrievalMode

_TRIES = 5
"""Searches of one call: each but the first needs an upload that ended during the one before."""

_KEPT_SECONDS = 5.0
"""What was read serves this long: a process of another space may have replaced it meanwhile."""
_MOST_KEPT = 1_000
_NOTHING = StoredVersions(None, None)

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class ServedIndex:
    """Hold what this process searches of a character."""

    mode: RetrievalMode
    """The mode of the character or installation; ``reference`` until it is usable."""
    newest: UUID | None
    """The version of the newest examples, whichever space has vectors of them."""
    examples: UUID | None
    """The version of the examples that have vectors in this process's space."""
    replies: UUID | None
    """The version of the reply index in this process's space, or of an earlier release's."""


class LinesExchangedError(ConflictError):
    """Report that the searched version of a character's lines has been replaced."""

    def __init__(self) -> None:
        super().__init__(
            "character_changed",
            "The character's lines were exchanged this very query. Try again.",
            retry_after=1,
        )


class ServedIndexes:
    """Read which versions of characters' indexes one space has."""

    def __init__(self, database: Database, space: Space, default_mode: RetrievalMode) -> None:
        self._database = database
        self._space = space
        self._default_mode = default_mode
        self._kept: dict[tuple[UUID | str | None, ...], tuple[float, StoredVersions]] = {}

    async def of(self, character: Character, *, anew: bool = False) -> ServedIndex:
        """Return what the space has of a character, which was read a moment ago.

        Another process may have indexed it in another space since; what this one's space has is
        served until it has the new lines, too. With ``anew``, everything is read again.
        """
        wanted = character.retrieval or self._default_mode
        newest, embedder = character.index_version, character.embedder
        stored = _NOTHING
        if anew:
            self._kept.clear()
            async with self._database.read() as session:
                repository = SpaceRepository(session, self._space)
                newest, embedder = await repository.newest_examples(character.id)
                stored = await repository.served(character.id)
        elif wanted != "reference" or embedder != self._space.embedder:
            stored = await self._stored(character)
        examples = newest if embedder == self._space.embedder else stored.examples
        mode = wanted if examples and stored.replies else "reference"
        return ServedIndex(mode, newest, examples, stored.replies)

    async def _stored(self, character: Character) -> StoredVersions:
        """Return what is stored; what is whole is read again after some seconds only."""
        # A new index in this space changes one of these.
        versions = character.index_version, character.reply_index_version
        key = (character.id, *versions, character.embedder)
        read_at, stored = self._kept.get(key, (-math.inf, _NOTHING))
        if time.monotonic() - read_at < _KEPT_SECONDS:
            return stored
        async with self._database.read() as session:
            stored = await SpaceRepository(session, self._space).served(character.id)
        if stored.examples and stored.replies:
            if len(self._kept) >= _MOST_KEPT:
                self._kept.clear()
            self._kept[key] = time.monotonic(), stored
        return stored

    async def search(
        self, character: Character, search: Callable[[ServedIndex], Awaitable[T]]
    ) -> T:
        """Return what ``search`` finds, called anew where the lines are exchanged under it.

        Raises :class:`LinesExchangedError` where that happens each time, as if for ever.
        """
        served = await self.of(character)
        for _ in range(_TRIES - 1):
            try:
                return await search(served)
            except LinesExchangedError:
                served = await self.of(character, anew=True)
        return await search(served)

    async def check_in_use(self, character_id: UUID, version: UUID) -> None:
        """Raise :class:`LinesExchangedError` where the examples of a version may be deleted."""
        async with self._database.read() as session:
            if not await SpaceRepository(session, self._space).is_in_use(character_id, version):
                raise LinesExchangedError

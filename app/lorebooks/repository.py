"""Query lorebooks."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import defer

from app.db.models import StoredLorebook
from characters.json_values import JsonObject


class LorebookRepository:
    """Query lorebooks within one session."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    def add(self, book: StoredLorebook) -> None:
        """Add a book to the session."""
        self._session.add(book)

    async def get(self, character_id: UUID, id: UUID) -> StoredLorebook | None:
        """Return the character's book, or None."""
        statement = select(StoredLorebook).where(
            StoredLorebook.id == id, StoredLorebook.character_id == character_id
        )
        return await self._session.scalar(statement)

    async def of(
        self, character_id: UUID, *, with_source: bool = False
    ) -> Sequence[StoredLorebook]:
        """Return the character's books: its card's first, the others in the order of upload."""
        statement = (
            select(StoredLorebook)
            .where(StoredLorebook.character_id == character_id)
            .order_by(StoredLorebook.embedded.desc(), StoredLorebook.id)
        )
        if not with_source:
            statement = statement.options(defer(StoredLorebook.source, raiseload=True))
        return (await self._session.scalars(statement)).all()

    async def enabled(self, character_id: UUID) -> Sequence[UUID]:
        """Return the ids of the character's enabled books, in the order of :meth:`of`."""
        statement = (
            select(StoredLorebook.id)
            .where(StoredLorebook.character_id == character_id, StoredLorebook.enabled)
            .order_by(StoredLorebook.embedded.desc(), StoredLorebook.id)
        )
        return (await self._session.scalars(statement)).all()

    async def sources(self, ids: Sequence[UUID]) -> dict[UUID, JsonObject]:
        """Return the books' JSON, by id."""
        statement = select(StoredLorebook.id, StoredLorebook.source).where(
            StoredLorebook.id.in_(ids)
        )
        return {row[0]: row[1] for row in await self._session.execute(statement)}

    async def delete(self, book: StoredLorebook) -> None:
        """Delete a book."""
        await self._session.execute(delete(StoredLorebook).where(StoredLorebook.id == book.id))

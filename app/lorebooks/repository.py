"""Queries on lorebooks."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import defer

from app.db.models import StoredLorebook
from characters.json_values import JsonObject


class LorebookRepository:
    """Lorebooks within one session."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    def add(self, book: StoredLorebook) -> None:
        self._session.add(book)

    async def get(self, character_id: UUID, id: UUID) -> StoredLorebook | None:
        """The character's book."""
        statement = select(StoredLorebook).where(
            StoredLorebook.id == id, StoredLorebook.character_id == character_id
        )
        return await self._session.scalar(statement)

    async def of(
        self, character_id: UUID, *, with_source: bool = False
    ) -> Sequence[StoredLorebook]:
        """The character's books, that of its card first, the others as they came."""
        statement = (
            select(StoredLorebook)
            .where(StoredLorebook.character_id == character_id)
            .order_by(StoredLorebook.embedded.desc(), StoredLorebook.id)
        )
        if not with_source:
            statement = statement.options(defer(StoredLorebook.source, raiseload=True))
        return (await self._session.scalars(statement)).all()

    async def enabled(self, character_id: UUID) -> Sequence[UUID]:
        """Ids of the books that turns with the character use, in the order of :meth:`of`."""
        statement = (
            select(StoredLorebook.id)
            .where(StoredLorebook.character_id == character_id, StoredLorebook.enabled)
            .order_by(StoredLorebook.embedded.desc(), StoredLorebook.id)
        )
        return (await self._session.scalars(statement)).all()

    async def sources(self, ids: Sequence[UUID]) -> dict[UUID, JsonObject]:
        """What these books are made of."""
        statement = select(StoredLorebook.id, StoredLorebook.source).where(
            StoredLorebook.id.in_(ids)
        )
        return {row[0]: row[1] for row in await self._session.execute(statement)}

    async def delete(self, book: StoredLorebook) -> None:
        await self._session.execute(delete(StoredLorebook).where(StoredLorebook.id == book.id))

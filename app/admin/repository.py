"""Count rows for the admin API."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import func, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from app.db.base import Base
from app.db.models import Character, Conversation, Example, KeyVector, Message, Script


class AdminRepository:
    """Count rows within one session."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def count(self, table: type[Base], *where: object) -> int:
        statement = select(func.count()).select_from(table).where(*where)  # type: ignore[arg-type]
        return await self._session.scalar(statement) or 0

    async def script_totals(self) -> tuple[int, int]:
        """Return the scenes and lines of all scripts."""
        row = (
            await self._session.execute(select(func.sum(Script.scenes), func.sum(Script.lines)))
        ).one()
        return int(row[0] or 0), int(row[1] or 0)

    async def conversation_totals(self, characters: Sequence[UUID]) -> dict[UUID, tuple[int, int]]:
        """Return the conversations and messages of each character that has any."""
        statement = (
            select(
                Conversation.character_id,
                func.count(Conversation.id.distinct()),
                func.count(Message.id),
            )
            .outerjoin(Message, Message.conversation_id == Conversation.id)
            .where(Conversation.character_id.in_(characters))
            .group_by(Conversation.character_id)
        )
        return {row[0]: (row[1], row[2]) for row in await self._session.execute(statement)}

    async def examples(self, character: Character) -> int:
        return await self.count(Example, Example.character_id == character.id)

    async def vectors(self) -> int:
        return await self.count(KeyVector)

    async def database_bytes(self, dialect: str) -> int | None:
        """Return the size of the database; None for a dialect without a query for it."""
        sql = {
            "sqlite": "SELECT page_count * page_size FROM pragma_page_count, pragma_page_size",
            "postgresql": "SELECT pg_database_size(current_database())",
        }.get(dialect)
        return None if sql is None else await self._session.scalar(text(sql))

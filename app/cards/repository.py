"""Query cards, their files and avatars."""

import hashlib
from collections.abc import Mapping, Sequence
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.db.models import Avatar, CardFile, Character, Example, StoredCard


class CardRepository:
    """Query and change cards within one session."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def card(self, character_id: UUID) -> StoredCard | None:
        """Return the character's card, None if it came from a script."""
        return await self._session.get(StoredCard, character_id)

    async def files(self, character_id: UUID) -> dict[str, bytes]:
        """Return the card's files by path, in the order they came in."""
        statement = (
            select(CardFile.path, CardFile.content)
            .where(CardFile.character_id == character_id)
            .order_by(CardFile.position)
        )
        return {row[0]: row[1] for row in await self._session.execute(statement)}

    async def avatar(self, character_id: UUID) -> bytes | None:
        """Return the character's picture, a PNG, None if it has none."""
        return await self._session.scalar(
            select(Avatar.png).where(Avatar.character_id == character_id)
        )

    async def example_lines(self, character: Character, most: int) -> Sequence[list[str]]:
        """Return the first examples of the character's index, ``speaker：text`` a line."""
        statement = (
            select(Example.lines)
            .where(Example.character_id == character.id, Example.version == character.index_version)
            .order_by(Example.id)
            .limit(most)
        )
        return (await self._session.scalars(statement)).all()

    def add(self, card: StoredCard, files: Mapping[str, bytes]) -> None:
        """Add a card and its files by path."""
        self._session.add(card)
        self._session.add_all(
            CardFile(character_id=card.character_id, path=path, position=at, content=content)
            for at, (path, content) in enumerate(files.items())
        )

    async def set_avatar(self, character: Character, png: bytes | None) -> None:
        """Set the character's picture, or remove it."""
        await self._session.execute(delete(Avatar).where(Avatar.character_id == character.id))
        character.avatar = None if png is None else hashlib.sha256(png).hexdigest()[:16]
        if png is not None:
            self._session.add(Avatar(character_id=character.id, png=png))
        await self._session.flush()

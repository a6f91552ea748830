"""Query cards, their files and avatars."""

import hashlib
from collections.abc import Mapping, Sequence
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.cards.schemas import PictureKind, PictureSize
from app.db.models import Avatar, CardFile, Character, Example, Picture, StoredCard
from characters.cards.pictures import Portrait, ShownPicture


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

    async def shown(
        self, character_id: UUID, kind: PictureKind, size: PictureSize
    ) -> tuple[str, bytes] | None:
        """Return the media type and the content of a picture as pages show it, or None."""
        content = Picture.small if size == "small" else Picture.large
        statement = select(Picture.media_type, content).where(
            Picture.character_id == character_id, Picture.kind == kind
        )
        row = (await self._session.execute(statement)).first()
        return None if row is None else (row[0], row[1])

    async def set_portrait(self, character: Character, portrait: Portrait | None) -> None:
        """Set the character's picture, or remove it."""
        await self._session.execute(delete(Avatar).where(Avatar.character_id == character.id))
        if portrait is not None:
            self._session.add(Avatar(character_id=character.id, png=portrait.png))
        await self._show(character, "portrait", None if portrait is None else portrait.shown)
        character.avatar = None if portrait is None else _version(portrait.png)
        await self._session.flush()

    async def set_backdrop(self, character: Character, shown: ShownPicture | None) -> None:
        """Set the picture of the place behind the character, or remove it."""
        await self._show(character, "backdrop", shown)
        character.backdrop = None if shown is None else _version(shown.large)
        await self._session.flush()

    async def _show(
        self, character: Character, kind: PictureKind, shown: ShownPicture | None
    ) -> None:
        await self._session.execute(
            delete(Picture).where(Picture.character_id == character.id, Picture.kind == kind)
        )
        if shown is not None:
            self._session.add(
                Picture(
                    character_id=character.id,
                    kind=kind,
                    media_type=shown.media_type,
                    large=shown.large,
                    small=shown.small,
                )
            )


def _version(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:16]

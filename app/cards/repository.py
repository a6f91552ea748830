"""Query cards, their files and avatars."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.blobs.content import Content
from app.blobs.repository import BlobRepository
from app.cards.contents import contents_of_portrait, name_of_file, paths_of
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

    async def files(self, character_id: UUID) -> dict[str, Content]:
        """Return the card's files by path, in the order they came in."""
        statement = (
            select(CardFile.path, CardFile.content, CardFile.content_blob)
            .where(CardFile.character_id == character_id)
            .order_by(CardFile.position)
        )
        return {row[0]: Content(row[1], row[2]) for row in await self._session.execute(statement)}

    async def avatar(self, character_id: UUID) -> Content | None:
        """Return the character's picture, a PNG, None if it has none."""
        statement = select(Avatar.png, Avatar.png_blob).where(Avatar.character_id == character_id)
        row = (await self._session.execute(statement)).first()
        return None if row is None else Content(row[0], row[1])

    async def example_lines(
        self, character: Character, most: int, until: int | None
    ) -> Sequence[list[str]]:
        """Return the first examples of the character's index, ``speaker：text`` a line.

        Only of scenes before ``until``, if given.
        """
        statement = (
            select(Example.lines)
            .where(Example.character_id == character.id, Example.version == character.index_version)
            .order_by(Example.id)
            .limit(most)
        )
        if until is not None:
            statement = statement.where(Example.scene < until)
        return (await self._session.scalars(statement)).all()

    async def add(self, card: StoredCard, kept: Mapping[str, Content]) -> None:
        """Add a card, and the files among what was kept of it."""
        self._session.add(card)
        files = {path: kept[name_of_file(path)] for path in paths_of(kept)}
        self._session.add_all(
            CardFile(
                character_id=card.character_id,
                path=path,
                position=at,
                content=content.inline,
                content_blob=content.blob,
            )
            for at, (path, content) in enumerate(files.items())
        )
        await BlobRepository(self._session).claim(card.character_id, files.values())

    async def shown(
        self, character_id: UUID, kind: PictureKind, size: PictureSize
    ) -> tuple[str, Content] | None:
        """Return the media type and the content of a picture as pages show it, or None."""
        columns = (
            (Picture.small, Picture.small_blob)
            if size == "small"
            else (Picture.large, Picture.large_blob)
        )
        statement = select(Picture.media_type, *columns).where(
            Picture.character_id == character_id, Picture.kind == kind
        )
        row = (await self._session.execute(statement)).first()
        return None if row is None else (row[0], Content(row[1], row[2]))

    async def set_portrait(
        self, character: Character, portrait: Portrait, kept: Mapping[str, Content]
    ) -> None:
        """Set the character's picture; ``kept``: where its contents are."""
        await self.remove_portrait(character)
        png = kept["png"]
        self._session.add(Avatar(character_id=character.id, png=png.inline, png_blob=png.blob))
        await self._show(character, "portrait", portrait.shown.media_type, kept)
        character.avatar = _version(portrait.png)
        await self._claim(character, [kept[name] for name in contents_of_portrait(portrait)])

    async def set_backdrop(
        self, character: Character, shown: ShownPicture, kept: Mapping[str, Content]
    ) -> None:
        """Set the picture of the place behind the character; ``kept``: where its contents are."""
        await self.remove_backdrop(character)
        await self._show(character, "backdrop", shown.media_type, kept)
        character.backdrop = _version(shown.large)
        await self._claim(character, kept.values())

    async def remove_portrait(self, character: Character) -> None:
        """Remove the character's picture."""
        found = await self.avatar(character.id)
        await self._session.execute(delete(Avatar).where(Avatar.character_id == character.id))
        await BlobRepository(self._session).release([] if found is None else [found])
        await self._hide(character, "portrait")
        character.avatar = None
        await self._session.flush()

    async def remove_backdrop(self, character: Character) -> None:
        """Remove the picture of the place behind the character."""
        await self._hide(character, "backdrop")
        character.backdrop = None
        await self._session.flush()

    async def _show(
        self,
        character: Character,
        kind: PictureKind,
        media_type: str,
        kept: Mapping[str, Content],
    ) -> None:
        large, small = kept["large"], kept["small"]
        self._session.add(
            Picture(
                character_id=character.id,
                kind=kind,
                media_type=media_type,
                large=large.inline,
                large_blob=large.blob,
                small=small.inline,
                small_blob=small.blob,
            )
        )

    async def _hide(self, character: Character, kind: PictureKind) -> None:
        removed = (
            delete(Picture)
            .where(Picture.character_id == character.id, Picture.kind == kind)
            .returning(Picture.large_blob, Picture.small_blob)
            .execution_options(synchronize_session=False)
        )
        blobs = [id for row in await self._session.execute(removed) for id in row]
        await BlobRepository(self._session).release(Content(b"", id) for id in blobs)

    async def _claim(self, character: Character, contents: Iterable[Content]) -> None:
        await self._session.flush()
        await BlobRepository(self._session).claim(character.id, contents)


def _version(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:16]

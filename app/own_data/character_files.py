"""Write an owner's characters into the archive: cards, lorebooks, pictures, scene memories."""

from collections.abc import AsyncIterator
from uuid import UUID

from fastapi.concurrency import run_in_threadpool
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import selectinload

from app.access import Caller
from app.blobs.content import Content
from app.blobs.service import Blobs
from app.cards.exporting import fetch_contents, load_card, write_card
from app.catalog.visibility import visibility_of
from app.db.models import Character, Picture, StoredLorebook, StoredSceneMemory
from app.db.session import Database
from app.own_data.files import OwnFile, to_json

_FIELDS = (
    "slug",
    "name",
    "aliases",
    "tagline",
    "profile",
    "profile_scenes",
    "greeting",
    "alternate_greetings",
    "tags",
    "creator_notes",
    "nickname",
    "signature",
    "language",
    "speakers",
    "sampling",
    "retrieval",
    "openers",
    "link",
    "created_at",
    "updated_at",
    "deleted_at",
)
_ENDINGS = {"image/png": "png", "image/webp": "webp", "image/jpeg": "jpg", "image/svg+xml": "svg"}


async def character_files(
    blobs: Blobs, database: Database, caller: Caller
) -> AsyncIterator[OwnFile]:
    """Yield a folder for each character, deleted ones included."""
    for id in await _ids(database, caller.maker):
        async with database.read() as session:
            character = await session.scalar(
                select(Character)
                .where(Character.id == id, Character.owner == caller.maker)
                .options(selectinload(Character.scripts))
            )
            if character is None:  # deleted since it was listed
                continue
            folder = f"characters/{character.slug}"
            loaded = await load_card(session, character, with_files=True, reader=None)
            others = [file async for file in _beside(session, character, folder)]
            pictures = await _pictures(session, character, folder)
        card = await fetch_contents(blobs, loaded)
        content = await run_in_threadpool(write_card, card, "charx")
        yield OwnFile(f"{folder}/{character.slug}.charx", content)
        for file in others:
            yield file
        for name, picture in pictures.items():
            yield OwnFile(name, await blobs.read(picture))


async def _ids(database: Database, maker: str) -> list[UUID]:
    if not maker:
        return []  # what the service has is no one's own
    statement = select(Character.id).where(Character.owner == maker).order_by(Character.id)
    async with database.read() as session:
        return list(await session.scalars(statement))


async def _beside(
    session: AsyncSession, character: Character, folder: str
) -> AsyncIterator[OwnFile]:
    """Yield what a card does not hold."""
    memories = await session.execute(
        select(StoredSceneMemory.text, StoredSceneMemory.origin, StoredSceneMemory.created_at)
        .where(StoredSceneMemory.character_id == character.id)
        .order_by(StoredSceneMemory.created_at)
    )
    facts = {name: getattr(character, name) for name in _FIELDS}
    facts["visibility"] = visibility_of(character)
    facts["scripts"] = [{"id": each.id, "title": each.title} for each in character.scripts]
    facts["scene_memories"] = [dict(row._mapping) for row in memories]
    yield OwnFile(f"{folder}/character.json", to_json(facts))
    books = select(StoredLorebook).where(StoredLorebook.character_id == character.id)
    for book in await session.scalars(books.order_by(StoredLorebook.id)):
        name = f"{folder}/lorebooks/{book.id.hex[-8:]}.json"
        yield OwnFile(name, to_json(book.source))


async def _pictures(session: AsyncSession, character: Character, folder: str) -> dict[str, Content]:
    """Return the pictures as pages show them, by the names of their files."""
    statement = select(Picture.kind, Picture.media_type, Picture.large, Picture.large_blob).where(
        Picture.character_id == character.id
    )
    return {
        f"{folder}/{kind}.{_ENDINGS.get(media_type, 'bin')}": Content(content, blob)
        for kind, media_type, content, blob in await session.execute(statement)
    }

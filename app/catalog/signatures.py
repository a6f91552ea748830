"""Choose signature lines for characters that were indexed before there were any."""

import asyncio

from sqlalchemy import select, update
from sqlalchemy.orm import selectinload

from app.db.models import Character
from app.db.scenes import SceneRepository
from app.db.session import Database
from characters.scripts.model import Scene
from characters.signature import signature_line

_AT_ONCE = 100
"""Characters of one call; the rest wait for the next."""
_SCENES = 2_000
"""Scenes read of each."""


async def fill_signatures(database: Database) -> None:
    """Store the signature lines that indexed characters lack, of at most 100 characters."""
    lacking = (
        select(Character)
        .where(Character.signature.is_(None), Character.index_version.is_not(None))
        .options(selectinload(Character.scripts))
        .order_by(Character.id.desc())
        .limit(_AT_ONCE)
    )
    async with database.read() as session:
        characters = (await session.scalars(lacking)).all()
        session.expunge_all()
    for character in characters:
        scenes = await _scenes(database, character)
        line = await asyncio.to_thread(signature_line, scenes, character.speakers)
        async with database.write() as session:
            await session.execute(
                update(Character)
                .where(Character.id == character.id, Character.signature.is_(None))
                .values(signature=line or "")
            )


async def _scenes(database: Database, character: Character) -> list[Scene]:
    found: list[Scene] = []
    async with database.read() as session:
        repository = SceneRepository(session)
        async for scene in repository.stream([script.revision for script in character.scripts]):
            found.append(scene)
            if len(found) == _SCENES:
                break
    return found

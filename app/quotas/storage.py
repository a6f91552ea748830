"""Measure what the files of owners take: scripts, pictures, and the files of cards."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import Select, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.db.models import Avatar, Blob, CardFile, Character, Picture, Script
from app.quotas.usage import NO_CHARACTER

_FILES: tuple[tuple[Any, Any], ...] = (
    (Avatar, func.length(Avatar.png)),
    (Picture, func.length(Picture.large) + func.length(Picture.small)),
    (CardFile, func.length(CardFile.content)),
    (Blob, Blob.size),  # contents of those three that are kept elsewhere
)
"""Tables of files that belong to characters, and the bytes of a row."""


async def stored_bytes(session: AsyncSession, owner: str) -> int:
    """Return the bytes of an owner's files, deleted characters' included until they are purged."""
    scripts = select(func.coalesce(func.sum(Script.size_bytes), 0)).where(Script.owner == owner)
    parts: list[Select[Any]] = [scripts]
    for table, size in _FILES:
        files = select(func.coalesce(func.sum(size), 0))
        files = files.join(Character, Character.id == table.character_id)
        parts.append(files.where(Character.owner == owner))
    counted = await session.execute(select(*(each.scalar_subquery() for each in parts)))
    return sum(map(int, counted.one()))


async def stored_by_character(session: AsyncSession) -> Mapping[str, Mapping[UUID, int]]:
    """Return the bytes of every owner's files, by character; those of scripts under no character.

    The service's own are left out.
    """
    found: dict[str, dict[UUID, int]] = {}
    scripts = (
        select(Script.owner, func.sum(Script.size_bytes))
        .where(Script.owner != "")
        .group_by(Script.owner)
    )
    for owner, size_of_all in await session.execute(scripts):
        found[owner] = {NO_CHARACTER: int(size_of_all)}
    for table, size in _FILES:
        files = (
            select(Character.owner, Character.id, func.sum(size))
            .join(table, table.character_id == Character.id)
            .where(Character.owner != "")
            .group_by(Character.owner, Character.id)
        )
        for owner, character, total in await session.execute(files):
            sizes = found.setdefault(owner, {})
            sizes[character] = sizes.get(character, 0) + int(total)
    return found

"""Query characters."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import selectinload

from app.access import Caller
from app.catalog.visibility import talkable_by
from app.db.models import Character, CharacterScript, IndexJob, Script

NAMED_SCRIPTS = selectinload(Character.scripts).load_only(
    Script.title, Script.scenes, raiseload=True
)
"""What lists show of scripts: not their speakers, which may be thousands."""


class CharacterRepository:
    """Query characters within one session."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def by_slug(self, slug: str, *, deleted: bool = False) -> Character | None:
        """Return the character with its scripts, or None; with ``deleted``, a deleted one."""
        is_deleted = Character.deleted_at.is_not(None)
        statement = (
            select(Character)
            .where(Character.slug == slug, is_deleted if deleted else ~is_deleted)
            .options(selectinload(Character.scripts))
        )
        return await self._session.scalar(statement)

    async def by_name(self, name: str, script_id: UUID, owner: str) -> Character | None:
        """Return the owner's character of this name that plays in the script, or None."""
        statement = (
            select(Character)
            .join(CharacterScript, CharacterScript.character_id == Character.id)
            .where(
                Character.name == name,
                Character.owner == owner,
                CharacterScript.script_id == script_id,
                Character.deleted_at.is_(None),
            )
            .options(selectinload(Character.scripts))
            .limit(1)
        )
        return await self._session.scalar(statement)

    async def page(
        self,
        *,
        viewer: Caller | None = None,
        owner: str | None = None,
        after: UUID | None,
        limit: int,
    ) -> Sequence[Character]:
        """Return characters, newest first, with the names of their scripts.

        ``viewer``: only those listed to a caller; ``owner``: only one owner's.
        """
        statement = (
            select(Character)
            .where(Character.deleted_at.is_(None))
            .options(NAMED_SCRIPTS)
            .order_by(Character.id.desc())
            .limit(limit)
        )
        if viewer is not None:
            statement = statement.where(talkable_by(viewer.owner))
        if owner is not None:
            statement = statement.where(Character.owner == owner)
        if after is not None:
            statement = statement.where(Character.id < after)
        return (await self._session.scalars(statement)).all()

    async def deleted(
        self, after: UUID | None, limit: int, *, owner: str | None = None
    ) -> Sequence[Character]:
        """Return deleted characters that can be restored, newest first; ``owner``: only its."""
        # In a query of its own: SQLite would go through all characters, as they are in order.
        gone = select(Character.id).where(Character.deleted_at.is_not(None))
        statement = (
            select(Character)
            .where(Character.id.in_(gone))
            .options(NAMED_SCRIPTS)
            .order_by(Character.id.desc())
            .limit(limit)
        )
        if owner is not None:
            statement = statement.where(Character.owner == owner)
        if after is not None:
            statement = statement.where(Character.id < after)
        return (await self._session.scalars(statement)).all()

    async def deleted_before(self, time: datetime) -> Character | None:
        """Return a character that was deleted before ``time``, or None."""
        statement = select(Character).where(Character.deleted_at < time).limit(1)
        return await self._session.scalar(statement)

    async def slugs_like(self, slug: str) -> set[str]:
        """Return the slugs that begin with ``slug``: a new slug must differ from them."""
        statement = select(Character.slug).where(Character.slug.startswith(slug, autoescape=True))
        return set((await self._session.scalars(statement)).all())

    async def add(self, character: Character, scripts: Sequence[Script]) -> None:
        """Add a character that plays in these scripts, in their order."""
        self._session.add(character)
        await self._session.flush()
        for position, script in enumerate(scripts):
            self._session.add(
                CharacterScript(character_id=character.id, script_id=script.id, position=position)
            )

    async def delete(self, character: Character) -> None:
        """Delete a character."""
        await self._session.execute(delete(Character).where(Character.id == character.id))

    async def jobs(self, ids: Sequence[UUID]) -> dict[UUID, IndexJob]:
        """Return the index jobs of these characters that have one, by character."""
        statement = select(IndexJob).where(IndexJob.character_id.in_(ids))
        return {job.character_id: job for job in await self._session.scalars(statement)}

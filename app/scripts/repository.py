"""Query scripts."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import defer

from app.access import Caller
from app.db.kept_counts import read_counts
from app.db.models import Character, CharacterScript, Script, StoredScene

_UNLISTED = (
    Script.speakers,
    Script.profiles,
    Script.rejected,
    Script.rejected_by_code,
    Script.options,
    Script.aliases,
    Script.rows,
    Script.columns,
)
"""What no list shows: an upload's report, which may have thousands of speakers."""


class ScriptRepository:
    """Query and change scripts within one session."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def get(self, id: UUID) -> Script | None:
        """Return the script, None if it does not exist."""
        return await self._session.get(Script, id)

    async def by_title(self, title: str, owner: str) -> Script | None:
        """Return the owner's script of this title, None if it does not exist."""
        statement = select(Script).where(Script.title == title, Script.owner == owner)
        return await self._session.scalar(statement)

    async def page(
        self, viewer: Caller, after: UUID | None, limit: int, *, owner: str | None = None
    ) -> Sequence[Script]:
        """Return scripts that a caller may use and older than ``after``, newest first.

        ``owner``: only one owner's. Their reports are not loaded.
        """
        unlisted = (defer(column, raiseload=True) for column in _UNLISTED)
        statement = select(Script).options(*unlisted).order_by(Script.id.desc()).limit(limit)
        if owner is not None:
            statement = statement.where(Script.owner == owner)
        if not viewer.admin:
            statement = statement.where(Script.owner.in_(("", viewer.maker)))
        if after is not None:
            statement = statement.where(Script.id < after)
        return (await self._session.scalars(statement)).all()

    async def playing(self, scripts: Sequence[UUID]) -> dict[UUID, int]:
        """Return how many characters play in each script, deleted ones left out."""
        return await read_counts(self._session, "players", scripts)

    def add(self, script: Script) -> None:
        """Add a script."""
        self._session.add(script)

    async def delete(self, script: Script) -> None:
        """Delete a script and its scenes."""
        await self._session.execute(
            delete(StoredScene).where(StoredScene.revision == script.revision)
        )
        await self._session.delete(script)

    async def characters(self, script_id: UUID, *, deleted: bool = False) -> Sequence[Character]:
        """Return the characters that play in a script, by name; or the deleted ones."""
        is_deleted = Character.deleted_at.is_not(None)
        statement = (
            select(Character)
            .join(CharacterScript, CharacterScript.character_id == Character.id)
            .where(CharacterScript.script_id == script_id, is_deleted if deleted else ~is_deleted)
            .order_by(Character.name)
        )
        return (await self._session.scalars(statement)).all()

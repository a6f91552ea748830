"""Query and change the favourites of a caller: characters, by the owner of its conversations."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import delete, func, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession

from app.catalog.visibility import talkable_by
from app.db.base import utc_now
from app.db.models import Character, Favourite
from app.errors import ConflictError

MOST_FAVOURITES = 500
"""Favourites of one owner, so that no stranger fills the database."""


class FavouriteRepository:
    """Query and change favourites within one session."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def slugs(self, owner: str) -> Sequence[str]:
        """Return the slugs of the owner's favourites that they may talk to, newest first."""
        statement = (
            select(Character.slug)
            .join(Favourite, Favourite.character_id == Character.id)
            .where(Favourite.owner == owner, talkable_by(owner), Character.deleted_at.is_(None))
            .order_by(Favourite.created_at.desc(), Character.id)
            .limit(MOST_FAVOURITES)
        )
        return (await self._session.scalars(statement)).all()

    async def add(self, owner: str, character_id: UUID) -> None:
        """Add a favourite, which may be one already.

        Raises :class:`~app.errors.ConflictError` (``too_many_favourites``) beyond 500.
        """
        counted = select(func.count()).where(
            Favourite.owner == owner, Favourite.character_id != character_id
        )
        if (await self._session.scalar(counted) or 0) >= MOST_FAVOURITES:
            raise ConflictError(
                "too_many_favourites",
                f"You have {MOST_FAVOURITES} favourites, the most there may be. "
                "Remove one, and try again.",
                limit=MOST_FAVOURITES,
            )
        dialect = self._session.get_bind().dialect.name
        build = postgresql.insert if dialect == "postgresql" else sqlite.insert
        row = {"owner": owner, "character_id": character_id, "created_at": utc_now()}
        await self._session.execute(build(Favourite).on_conflict_do_nothing(), row)

    async def remove(self, owner: str, character_id: UUID) -> None:
        """Remove a favourite, if it is one."""
        await self._session.execute(
            delete(Favourite).where(
                Favourite.owner == owner, Favourite.character_id == character_id
            )
        )

    async def hand_over(self, before: str, after: str) -> None:
        """Give the favourites of one owner to another, who may have some of them already."""
        both = select(Favourite.character_id).where(Favourite.owner == after)
        await self._session.execute(
            update(Favourite)
            .where(Favourite.owner == before, Favourite.character_id.not_in(both))
            .values(owner=after)
        )
        await self._session.execute(delete(Favourite).where(Favourite.owner == before))

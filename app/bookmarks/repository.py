"""Query and change bookmarks, and what they are made of."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import delete, func, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession

from app.bookmarks.places import OutlinedScene
from app.bookmarks.trail import BEHIND, fingerprint, lay
from app.db.base import utc_now
from app.db.models import Bookmark, Script, StoredScene
from app.errors import ConflictError

MOST_BOOKMARKS = 1_000
"""Bookmarks of one owner, so that no stranger fills the database."""


class BookmarkRepository:
    """Query and change bookmarks within one session."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def get(self, owner: str, script_id: UUID) -> Bookmark | None:
        """Return the owner's bookmark in a script, or None."""
        return await self._session.get(Bookmark, (owner, script_id), populate_existing=True)

    async def outline(self, revision: UUID) -> Sequence[OutlinedScene]:
        """Return the scenes of a version of a script without their lines."""
        rows = await self._session.execute(
            select(
                StoredScene.number,
                StoredScene.part,
                StoredScene.heading,
                StoredScene.episode,
                StoredScene.ends,
            )
            .where(StoredScene.revision == revision)
            .order_by(StoredScene.number)
        )
        return [OutlinedScene._make(row) for row in rows]

    async def put(self, owner: str, script: Script, scene: int, kind: str, value: str) -> None:
        """Set the owner's bookmark in a script behind its scene number ``scene``.

        Raises :class:`~app.errors.ConflictError` (``too_many_bookmarks``) beyond 1,000.
        """
        counted = select(func.count()).where(
            Bookmark.owner == owner, Bookmark.script_id != script.id
        )
        if (await self._session.scalar(counted) or 0) >= MOST_BOOKMARKS:
            raise ConflictError(
                "too_many_bookmarks",
                f"You have {MOST_BOOKMARKS} bookmarks, the most there may be. "
                "Remove one, and try again.",
                limit=MOST_BOOKMARKS,
            )
        values = {
            "scene": scene,
            "revision": script.revision,
            "trail": await self._trail(script.revision, scene),
            "kind": kind,
            "value": value[:200],
            "updated_at": utc_now(),
        }
        dialect = self._session.get_bind().dialect.name
        build = postgresql.insert if dialect == "postgresql" else sqlite.insert
        statement = build(Bookmark).values(owner=owner, script_id=script.id, **values)
        await self._session.execute(
            statement.on_conflict_do_update(index_elements=["owner", "script_id"], set_=values)
        )

    async def remove(self, owner: str, script_id: UUID) -> None:
        """Remove the owner's bookmark in a script, if there is one."""
        await self._session.execute(
            delete(Bookmark).where(Bookmark.owner == owner, Bookmark.script_id == script_id)
        )

    async def hand_over(self, before: str, after: str) -> None:
        """Give the bookmarks of one owner to another, whose own in the same scripts stay."""
        both = select(Bookmark.script_id).where(Bookmark.owner == after)
        await self._session.execute(
            update(Bookmark)
            .where(Bookmark.owner == before, Bookmark.script_id.not_in(both))
            .values(owner=after)
            .execution_options(synchronize_session=False)
        )
        await self._session.execute(delete(Bookmark).where(Bookmark.owner == before))

    async def _trail(self, revision: UUID, scene: int) -> list[str]:
        rows = await self._session.execute(
            select(StoredScene.number, StoredScene.lines)
            .where(
                StoredScene.revision == revision,
                StoredScene.number > scene - BEHIND,
                StoredScene.number <= scene + 1,
            )
            .order_by(StoredScene.number)
        )
        prints = {number: fingerprint(lines) for number, lines in rows}
        before = [print for number, print in prints.items() if number <= scene]
        return lay(before, prints.get(scene + 1, ""))

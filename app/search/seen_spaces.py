"""Note which spaces have processes, and which have workers."""

from datetime import datetime, timedelta

from sqlalchemy import or_, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession

from app.db.base import utc_now
from app.db.models import IndexSpace
from app.search.spaces import Space


async def note_seen(session: AsyncSession, space: Space, every: float, *, works: bool) -> bool:
    """Note that a process has this space; one that ``works`` indexes for it.

    False where another one like it noted this within half of ``every`` seconds.
    """
    build = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    now = utc_now()
    before = now - timedelta(seconds=every / 2)
    noted = {"seen_at": now, "worked_at": now} if works else {"seen_at": now}
    worked = or_(IndexSpace.worked_at.is_(None), IndexSpace.worked_at < before)
    found = await session.execute(
        build(IndexSpace)
        .values(**space._asdict(), **noted)
        .on_conflict_do_update(
            index_elements=["embedder", "format"],
            set_=noted,
            where=worked if works else IndexSpace.seen_at < before,
        )
        .returning(IndexSpace.seen_at)
    )
    return found.first() is not None


async def last_worked(session: AsyncSession, space: Space) -> datetime | None:
    """Return when a worker of this space was last seen."""
    return await session.scalar(
        select(IndexSpace.worked_at).where(
            IndexSpace.embedder == space.embedder, IndexSpace.format == space.format
        )
    )

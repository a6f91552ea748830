"""Delete what spaces have that no process has had for a day."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import delete, exists, func, select, tuple_, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession

from app.db.base import utc_now
from app.db.models import (
    Character,
    ExampleIndex,
    IndexSpace,
    LegacyReplyIndex,
    StoredReplyIndex,
)
from app.db.session import Database
from app.search.space_repository import SpaceRepository
from app.search.spaces import Space

_UNUSED = timedelta(days=1)
"""Time without a process: longer than a rolling change takes, and than one that is taken back."""
_AT_ONCE = 100
"""Rows of one transaction: a reply index may have megabytes."""
_LEGACY = Space("", "selections")
"""The name of the reply indexes of releases up to the schema 0026, which note no space."""


async def discard_unused(database: Database, space: Space) -> None:
    """Delete the indexes of unused spaces; characters that this space serves move over to it."""
    since = utc_now() - _UNUSED
    async with database.write() as session:
        await _note_unknown(session)
        unused = await _unused_embedders(session, since)
    for embedder in unused - {space.embedder}:
        while await _move_over(database, embedder, space):
            pass
    while await _delete_reply_indexes(database, space, since):
        pass
    while await _delete_legacy(database, since):
        pass


async def _note_unknown(session: AsyncSession) -> None:
    """Note the spaces of releases that note none themselves: their day begins now."""
    known = select(IndexSpace.embedder)
    embedders = select(Character.embedder).where(
        Character.embedder.is_not(None), Character.embedder.not_in(known)
    )
    found = [
        _LEGACY,
        *(Space(each or "", "") for each in await session.scalars(embedders.distinct())),
    ]
    build = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    noted = [{**each._asdict(), "seen_at": utc_now()} for each in found]
    await session.execute(build(IndexSpace).on_conflict_do_nothing(), noted)


async def _unused_embedders(session: AsyncSession, since: datetime) -> set[str]:
    last = (
        select(IndexSpace.embedder)
        .where(IndexSpace.embedder != _LEGACY.embedder)
        .group_by(IndexSpace.embedder)
        .having(func.max(IndexSpace.seen_at) < since)
    )
    return set(await session.scalars(last))


async def _move_over(database: Database, embedder: str, space: Space) -> bool:
    """Take characters from an unused embedder that this space has embedded; False at the end."""
    own = exists().where(
        ExampleIndex.character_id == Character.id,
        ExampleIndex.embedder == space.embedder,
        ExampleIndex.version == Character.index_version,
        ExampleIndex.error.is_(None),
    )
    other = exists().where(
        ExampleIndex.character_id == Character.id, ExampleIndex.embedder == embedder
    )
    is_served = own | (Character.embedder == space.embedder)
    theirs = (Character.embedder == embedder) | other
    found = select(Character.id).where(is_served, theirs).order_by(Character.id).limit(_AT_ONCE)
    async with database.write() as session:
        ids = list(await session.scalars(found.with_for_update()))
        if ids:
            await _take(session, ids, embedder, space)
    return bool(ids)


async def _take(session: AsyncSession, ids: list[UUID], embedder: str, space: Space) -> None:
    moved = update(Character).where(Character.id.in_(ids), Character.embedder == embedder)
    await session.execute(moved.values(embedder=space.embedder))
    await session.execute(
        delete(ExampleIndex).where(
            ExampleIndex.character_id.in_(ids), ExampleIndex.embedder == embedder
        )
    )
    for id in ids:
        await SpaceRepository(session, space).delete_unused_examples(id)


async def _delete_reply_indexes(database: Database, space: Space, since: datetime) -> bool:
    keys = (StoredReplyIndex.character_id, StoredReplyIndex.embedder, StoredReplyIndex.format)
    seen = exists().where(
        IndexSpace.embedder == StoredReplyIndex.embedder,
        IndexSpace.format == StoredReplyIndex.format,
        IndexSpace.seen_at >= since,
    )
    async with database.write() as session:
        others = select(*keys).where(~seen, tuple_(*keys[1:]) != tuple_(*space))
        found = (await session.execute(others.limit(_AT_ONCE))).all()
        await session.execute(
            delete(StoredReplyIndex).where(tuple_(*keys).in_([tuple(row) for row in found]))
        )
    return bool(found)


async def _delete_legacy(database: Database, since: datetime) -> bool:
    async with database.write() as session:
        noted = await session.scalar(
            select(IndexSpace.seen_at).where(IndexSpace.format == _LEGACY.format)
        )
        if noted is None or noted >= since:
            return False
        rows = select(LegacyReplyIndex.character_id).limit(_AT_ONCE)
        ids = list(await session.scalars(rows))
        # First, so that an older release which still runs goes on with examples.
        using = update(Character).where(Character.id.in_(ids))
        await session.execute(using.values(selection_version=None))
        await session.execute(
            delete(LegacyReplyIndex).where(LegacyReplyIndex.character_id.in_(ids))
        )
    return bool(ids)

"""Delete what spaces have that no process has had for a day."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, delete, exists, func, select, tuple_, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute, aliased

from app.db.base import utc_now
from app.db.distinct import distinct_values
from app.db.models import (
    Character,
    Example,
    ExampleIndex,
    IndexSpace,
    LegacyReplyIndex,
    StoredReplyIndex,
)
from app.db.session import Database
from app.search.spaces import OLDER_FORMATS, Space

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
        await _move_over(database, embedder, space)
    for each in await _unused_spaces(database, space, since):
        while await _delete_reply_indexes(database, each, space):
            pass
    while await _delete_legacy(database, space, since):
        pass


async def _note_unknown(session: AsyncSession) -> None:
    """Note the spaces of releases that note none themselves: their day begins now."""
    known = set(await session.scalars(select(IndexSpace.embedder)))
    embedders = await distinct_values(session, Character.embedder)
    found = [_LEGACY, *(Space(each, "") for each in embedders if each not in known)]
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


async def _move_over(database: Database, embedder: str, space: Space) -> None:
    """Take characters from an unused embedder that this space has embedded."""
    own = exists().where(
        ExampleIndex.character_id == Character.id,
        ExampleIndex.embedder == space.embedder,
        ExampleIndex.version == Character.index_version,
        ExampleIndex.error.is_(None),
    )
    is_served = own | (Character.embedder == space.embedder)
    after = UUID(int=0)
    while some := await _indexed_by(database, embedder, after):
        served = select(Character.id).where(Character.id.in_(some), is_served)
        async with database.write() as session:
            found = await session.scalars(served.order_by(Character.id).with_for_update())
            if ids := list(found):
                await _take(session, ids, embedder, space)
        after = some[-1]


async def _indexed_by(database: Database, embedder: str, after: UUID) -> list[UUID]:
    """Return the characters behind ``after``, in order, that an embedder has indexed; a batch."""
    columns = (
        (Character.embedder, Character.id),
        (ExampleIndex.embedder, ExampleIndex.character_id),
    )
    found: set[UUID] = set()
    async with database.read() as session:
        for name, id in columns:
            following = select(id).where(name == embedder, id > after).order_by(id)
            found.update(await session.scalars(following.limit(_AT_ONCE)))
    return sorted(found)[:_AT_ONCE]


async def _take(session: AsyncSession, ids: list[UUID], embedder: str, space: Space) -> None:
    moved = update(Character).where(Character.id.in_(ids), Character.embedder == embedder)
    await session.execute(moved.values(embedder=space.embedder))
    gone = await session.execute(
        delete(ExampleIndex)
        .where(ExampleIndex.character_id.in_(ids), ExampleIndex.embedder == embedder)
        .returning(ExampleIndex.character_id, ExampleIndex.version)
    )
    # These alone: a job under way may have staged examples that nothing refers to yet.
    for character_id, version in gone.all():
        in_use = select(Character.index_version).where(Character.id == character_id)
        others = select(ExampleIndex.version).where(ExampleIndex.character_id == character_id)
        if version not in set(await session.scalars(in_use.union(others))):
            await session.execute(
                delete(Example).where(
                    Example.character_id == character_id, Example.version == version
                )
            )


async def _unused_spaces(database: Database, space: Space, since: datetime) -> list[Space]:
    """Return the spaces that have reply indexes, and had no process since; never ``space``."""
    async with database.read() as session:
        seen = select(IndexSpace.embedder, IndexSpace.format).where(IndexSpace.seen_at >= since)
        used = {space, *(Space(*row) for row in await session.execute(seen))}
        return [each for each in await _stored_spaces(session) if each not in used]


async def _stored_spaces(session: AsyncSession) -> list[Space]:
    found: list[Space] = []
    key = (StoredReplyIndex.embedder, StoredReplyIndex.format)
    following = select(*key).order_by(*key).limit(1)
    after = Space("", "")
    while True:
        row = (await session.execute(following.where(tuple_(*key) > after))).first()
        if row is None:
            return found
        after = Space(*row)
        found.append(after)


async def _delete_reply_indexes(database: Database, unused: Space, space: Space) -> bool:
    """Delete some reply indexes of an unused space; the ones that ``space`` serves stay."""
    rows = select(StoredReplyIndex.character_id).where(
        StoredReplyIndex.embedder == unused.embedder, StoredReplyIndex.format == unused.format
    )
    if unused.embedder == space.embedder and unused.format in OLDER_FORMATS:
        rows = rows.where(_has_own(StoredReplyIndex.character_id, space))
    async with database.write() as session:
        ids = list(await session.scalars(rows.limit(_AT_ONCE)))
        await session.execute(
            delete(StoredReplyIndex)
            .where(
                StoredReplyIndex.character_id.in_(ids),
                StoredReplyIndex.embedder == unused.embedder,
                StoredReplyIndex.format == unused.format,
            )
            .execution_options(synchronize_session=False)
        )
    return bool(ids)


def _has_own(character_id: InstrumentedAttribute[UUID], space: Space) -> ColumnElement[bool]:
    own = aliased(StoredReplyIndex)
    return exists().where(
        own.character_id == character_id,
        own.embedder == space.embedder,
        own.format == space.format,
    )


async def _delete_legacy(database: Database, space: Space, since: datetime) -> bool:
    async with database.write() as session:
        noted = await session.scalar(
            select(IndexSpace.seen_at).where(IndexSpace.format == _LEGACY.format)
        )
        if noted is None or noted >= since:
            return False
        is_unused = (LegacyReplyIndex.embedder != space.embedder) | _has_own(
            LegacyReplyIndex.character_id, space
        )
        rows = select(LegacyReplyIndex.character_id).where(is_unused).limit(_AT_ONCE)
        ids = list(await session.scalars(rows))
        # First, so that an older release which still runs goes on with examples.
        using = update(Character).where(Character.id.in_(ids))
        await session.execute(using.values(selection_version=None))
        await session.execute(
            delete(LegacyReplyIndex).where(LegacyReplyIndex.character_id.in_(ids))
        )
    return bool(ids)

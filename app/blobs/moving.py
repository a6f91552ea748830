"""Move contents from one place to another while the service runs.

A content is copied first; then one transaction lets its row refer to the copy, unless it was
changed meanwhile. The old object is kept for :data:`~app.blobs.repository.GRACE`, for readers and
backups that saw the row before, and deleted by maintenance. A move that is interrupted goes on
where it stopped: what is in its place is not looked at again.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy import ColumnElement, and_, func, literal, or_, select, tuple_, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.blobs.content import Content
from app.blobs.errors import BlobLostError
from app.blobs.fields import CONTENT_FIELDS, ContentField
from app.blobs.repository import BlobRepository
from app.blobs.service import Blobs
from app.db.models import Blob, Character
from app.db.session import Database
from app.settings import Place

log = structlog.get_logger(__name__)

_KEYS_AT_ONCE = 200

OnProgress = Callable[[int, int], None]
"""Takes how many contents were looked at, and how many there are to move."""


@dataclass(slots=True)
class Moved:
    """Count what became of the contents that were elsewhere."""

    moved: int = 0
    changed: int = 0
    """Changed or deleted while they were copied."""
    lost: int = 0
    """Missing or damaged where they were; the log names them."""


class _ChangedMeanwhileError(Exception):
    """The row is not what was copied any more."""


class Mover:
    """Move every content into one place."""

    def __init__(self, database: Database, blobs: Blobs, place: Place) -> None:
        """``place``: where contents go."""
        self._database = database
        self._blobs = blobs
        self._place = place
        self._done = Moved()

    async def move(self, on_progress: OnProgress) -> Moved:
        """Move what is elsewhere, one content after the other.

        Raises :class:`~app.blobs.errors.BlobUnavailableError`; what was moved stays so.
        """
        total = 0
        async with self._database.read() as session:
            for field in CONTENT_FIELDS:
                count = select(func.count()).select_from(field.model)
                total += await session.scalar(count.where(_is_elsewhere(field, self._place))) or 0
        looked = 0
        for field in CONTENT_FIELDS:
            after: Sequence[Any] | None = None
            while keys := await self._keys(field, after):
                for key in keys:
                    await self._move_one(field, key)
                    looked += 1
                    on_progress(looked, total)
                after = keys[-1]
        return self._done

    async def _keys(
        self, field: ContentField, after: Sequence[Any] | None
    ) -> Sequence[Sequence[Any]]:
        statement = select(*field.keys).where(_is_elsewhere(field, self._place))
        if after is not None:
            bound = [literal(v, c.type) for v, c in zip(after, field.keys, strict=True)]
            statement = statement.where(tuple_(*field.keys) > tuple_(*bound))
        async with self._database.read() as session:
            found = await session.execute(statement.order_by(*field.keys).limit(_KEYS_AT_ONCE))
            return [tuple(row) for row in found]

    async def _move_one(self, field: ContentField, key: Sequence[Any]) -> None:
        is_row = and_(*(c == v for c, v in zip(field.keys, key, strict=True)))
        async with self._database.read() as session:
            statement = select(field.content, field.blob, field.model.character_id)
            row = (await session.execute(statement.where(is_row))).first()
        if row is None:
            self._done.changed += 1
            return
        before = Content(row[0], row[1])
        try:
            content = await self._blobs.read(before)
            async with (
                self._blobs.keeping({"": content}, self._place) as kept,
                self._database.write() as session,
            ):
                await _lock(session, row[2])
                await _replace(session, field, is_row, before, kept[""])
                repository = BlobRepository(session)
                await repository.claim(row[2], kept.values())
                await repository.release([before])
        except BlobLostError:
            log.error("blob_not_moved", table=field.table, character=str(row[2]))
            self._done.lost += 1
        except _ChangedMeanwhileError:
            self._done.changed += 1
        else:
            self._done.moved += 1


def _is_elsewhere(field: ContentField, place: Place) -> ColumnElement[bool]:
    if place == "database":
        return field.blob.is_not(None)
    others = select(Blob.id).where(Blob.place != place)
    is_in_database = and_(field.blob.is_(None), func.length(field.content) > 0)
    return or_(is_in_database, field.blob.in_(others))


async def _lock(session: AsyncSession, character_id: UUID) -> None:
    """Lock the character before its rows, as those do who delete it."""
    locked = select(Character.id).where(Character.id == character_id)
    if await session.scalar(locked.with_for_update(read=True, key_share=True)) is None:
        raise _ChangedMeanwhileError


async def _replace(
    session: AsyncSession,
    field: ContentField,
    is_row: ColumnElement[bool],
    before: Content,
    after: Content,
) -> None:
    same = field.content == before.inline if before.blob is None else field.blob == before.blob
    changed = (
        update(field.model)
        .where(is_row, same)
        .values({field.content: after.inline, field.blob: after.blob})
        .returning(field.model.character_id)
        .execution_options(synchronize_session=False)
    )
    if (await session.scalars(changed)).first() is None:
        raise _ChangedMeanwhileError

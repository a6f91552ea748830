"""Query the rows that name objects: reserved, claimed, released, and deleted at last."""

from collections.abc import Collection, Iterable, Sequence
from datetime import timedelta
from uuid import UUID

from sqlalchemy import delete, exists, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.blobs.content import Content
from app.blobs.errors import BlobUnavailableError
from app.db.base import utc_now
from app.db.models import Blob

GRACE = timedelta(hours=1)
"""How long an object is kept that no character claims yet, or that another has replaced: longer
than an upload takes, and than a backup or a reader needs what it saw in its snapshot."""


class BlobRepository:
    """Query and change the rows of objects within one session."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def find(self, ids: Collection[UUID]) -> dict[UUID, Blob]:
        """Return the rows of these ids."""
        found = await self._session.scalars(select(Blob).where(Blob.id.in_(ids)))
        return {each.id: each for each in found}

    def reserve(self, blobs: Iterable[Blob]) -> None:
        """Add rows for objects that are to be written."""
        until = utc_now() + GRACE
        for each in blobs:
            each.reserved_until = until
            self._session.add(each)

    async def claim(self, character_id: UUID, contents: Iterable[Content]) -> None:
        """Give the objects of contents to a character, in the transaction that refers to them.

        Raises :class:`BlobUnavailableError` where the reservation is over: the upload took longer
        than :data:`GRACE`.
        """
        ids = _ids(contents)
        if not ids:
            return
        changed = (
            update(Blob)
            .where(Blob.id.in_(ids), Blob.character_id.is_(None), Blob.reserved_until > utc_now())
            .values(character_id=character_id, reserved_until=None)
            .returning(Blob.id)
            .execution_options(synchronize_session=False)
        )
        claimed = (await self._session.scalars(changed)).all()
        if len(claimed) != len(ids):
            raise BlobUnavailableError

    async def release(self, contents: Iterable[Content]) -> None:
        """Take the objects of replaced contents from their character; they are kept for a while."""
        if ids := _ids(contents):
            await self._set(ids, character_id=None, reserved_until=utc_now() + GRACE)

    async def give_back(self, contents: Iterable[Content]) -> None:
        """End the reservation of objects that were written and then not claimed."""
        if ids := _ids(contents):
            await self._set(ids, reserved_until=None)

    async def has_unclaimed(self) -> bool:
        """Return whether there is anything without a character."""
        return bool(await self._session.scalar(select(exists().where(Blob.character_id.is_(None)))))

    async def expire(self) -> None:
        """End what was reserved for too long; from then on no one can claim it."""
        over = update(Blob).where(Blob.character_id.is_(None), Blob.reserved_until < utc_now())
        await self._session.execute(
            over.values(reserved_until=None).execution_options(synchronize_session=False)
        )

    async def garbage(self, after: UUID | None, limit: int) -> Sequence[Blob]:
        """Return rows whose objects can be deleted, in the order of their ids."""
        statement = select(Blob).where(Blob.character_id.is_(None), Blob.reserved_until.is_(None))
        if after is not None:
            statement = statement.where(Blob.id > after)
        return (await self._session.scalars(statement.order_by(Blob.id).limit(limit))).all()

    async def delete(self, ids: Collection[UUID]) -> None:
        """Delete the rows of objects that are deleted."""
        await self._session.execute(
            delete(Blob).where(Blob.id.in_(ids)).execution_options(synchronize_session=False)
        )

    async def _set(self, ids: Collection[UUID], **values: object) -> None:
        await self._session.execute(
            update(Blob)
            .where(Blob.id.in_(ids))
            .values(**values)
            .execution_options(synchronize_session=False)
        )


def _ids(contents: Iterable[Content]) -> set[UUID]:
    return {each.blob for each in contents if each.blob is not None}

"""Keep contents in the place of the settings, read them wherever they are, delete them at last."""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Coroutine, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from typing import Any, TypeVar

import structlog

from app.blobs.content import Content, Key, in_database
from app.blobs.errors import BlobLostError, BlobUnavailableError
from app.blobs.port import BlobStore
from app.blobs.repository import BlobRepository
from app.db.errors import DATABASE_ERRORS
from app.db.ids import new_id
from app.db.models import Blob
from app.db.session import Database
from app.settings import Place

log = structlog.get_logger(__name__)

_AT_ONCE = 4
"""Objects that one request reads or writes at the same time."""
_GARBAGE_AT_ONCE = 100

Result = TypeVar("Result")


class Blobs:
    """Keep contents in one of several places; a row says where each is."""

    def __init__(self, database: Database, stores: Mapping[Place, BlobStore], place: Place) -> None:
        """``place``: where new contents go; ``stores``: where contents may be already."""
        self._database = database
        self._stores = stores
        self._place = place

    @asynccontextmanager
    async def keeping(
        self, contents: Mapping[Key, bytes], place: Place | None = None
    ) -> AsyncIterator[dict[Key, Content]]:
        """Write contents, and yield what their rows are to hold.

        In the block a transaction stores the rows and claims the objects
        (:meth:`BlobRepository.claim`); if it fails, they are deleted by the next maintenance. In
        the database nothing is written before the block. Raises
        :class:`~app.blobs.errors.BlobUnavailableError`.
        """
        kept = await self._keep(contents, place or self._place)
        try:
            yield kept
        except BaseException:
            await asyncio.shield(self._give_back(kept))
            raise

    async def read(self, content: Content) -> bytes:
        """Return a content. Raises as :meth:`read_all` does."""
        return (await self.read_all({"": content}))[""]

    async def read_all(self, contents: Mapping[Key, Content]) -> dict[Key, bytes]:
        """Return contents by the same keys, in the same order.

        Raises :class:`~app.blobs.errors.BlobUnavailableError`, and
        :class:`~app.blobs.errors.BlobLostError` for one that its place does not have, or that is
        not what was stored.
        """
        ids = {each.blob for each in contents.values() if each.blob is not None}
        if not ids:
            return {key: each.inline for key, each in contents.items()}
        async with self._database.read() as session:
            rows = await BlobRepository(session).find(ids)

        async def fetch(content: Content) -> bytes:
            if content.blob is None:
                return content.inline
            if (row := rows.get(content.blob)) is None:
                raise BlobLostError
            return await self._fetch(row)

        found = await _few_at_once([fetch(each) for each in contents.values()])
        return dict(zip(contents, found, strict=True))

    async def discard(self) -> int:
        """Delete the objects that belong to no character; return how many.

        Raises :class:`~app.blobs.errors.BlobUnavailableError` in the end where a place does not
        answer; what it has stays garbage until the next time.
        """
        async with self._database.read() as session:
            if not await BlobRepository(session).has_unclaimed():
                return 0
        async with self._database.write() as session:
            await BlobRepository(session).expire()
        discarded, after, failed = 0, None, False
        while True:
            async with self._database.read() as session:
                rows = await BlobRepository(session).garbage(after, _GARBAGE_AT_ONCE)
            if not rows:
                break
            after = rows[-1].id
            deleted = [row.id for row in rows if await self._delete(row)]
            async with self._database.write() as session:
                await BlobRepository(session).delete(deleted)
            discarded += len(deleted)
            failed = failed or len(deleted) < len(rows)
        if failed:
            raise BlobUnavailableError
        return discarded

    async def _keep(self, contents: Mapping[Key, bytes], place: Place) -> dict[Key, Content]:
        kept = in_database(contents)
        if place == "database":
            return kept
        store = self._store(place)
        rows = {
            key: await _describe(place, content) for key, content in contents.items() if content
        }
        if not rows:
            return kept
        async with self._database.write() as session:
            BlobRepository(session).reserve(rows.values())
        await _few_at_once([store.put(row.name, contents[key]) for key, row in rows.items()])
        return kept | {key: Content(b"", row.id) for key, row in rows.items()}

    async def _give_back(self, kept: Mapping[Key, Content]) -> None:
        if any(each.blob for each in kept.values()):
            with suppress(*DATABASE_ERRORS):  # the reservation ends by itself
                async with self._database.write() as session:
                    await BlobRepository(session).give_back(kept.values())

    async def _fetch(self, row: Blob) -> bytes:
        content = await self._store(row.place).get(row.name)
        if await asyncio.to_thread(_digest, content) != row.sha256:
            log.error("blob_damaged", place=row.place, name=row.name)
            raise BlobLostError
        return content

    async def _delete(self, row: Blob) -> bool:
        try:
            await self._store(row.place).delete(row.name)
        except BlobUnavailableError:
            return False
        return True

    def _store(self, place: str) -> BlobStore:
        for name, store in self._stores.items():
            if name == place:
                return store
        log.error("blob_place_not_set", place=place)
        raise BlobUnavailableError


async def _describe(place: Place, content: bytes) -> Blob:
    digest = await asyncio.to_thread(_digest, content)
    return Blob(id=new_id(), place=place, sha256=digest, size=len(content))


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


async def _few_at_once(works: Sequence[Coroutine[Any, Any, Result]]) -> list[Result]:
    """Await all, a few at a time; raise the first error once none is running any more."""
    results: list[Result] = []
    waiting = list(works)
    try:
        while waiting:
            batch, waiting = waiting[:_AT_ONCE], waiting[_AT_ONCE:]
            for each in await asyncio.gather(*batch, return_exceptions=True):
                if isinstance(each, BaseException):
                    raise each
                results.append(each)
    finally:
        for work in waiting:
            work.close()
    return results

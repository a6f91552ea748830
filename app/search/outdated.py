"""Look for characters that a space lacks something of, at the start and once a minute."""

import asyncio
from collections.abc import Callable, Sequence
from datetime import timedelta
from uuid import UUID

import structlog
from sqlalchemy import ColumnElement, and_, delete, exists, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.db.base import utc_now
from app.db.clock import db_now
from app.db.errors import DATABASE_ERRORS, reason_of
from app.db.models import Character, ExampleIndex, IndexJob, IndexSpace, StoredReplyIndex
from app.db.session import Database
from app.search.jobs import LEASE, request_parts
from app.search.seen_spaces import note_seen
from app.search.spaces import Space
from app.settings import RetrievalMode

log = structlog.get_logger(__name__)

_LOOK_SECONDS = 60.0
"""Between two looks of a process. Of several processes of one space, one looks."""
_RETRY_SECONDS = 5.0
"""After a look that the database refused."""
_AT_ONCE = 500
"""Characters requested by one look: more than are built until the next."""
_UNSEEN = timedelta(minutes=10)
"""Time without a worker of a space after which jobs for it are given up."""

_BLOCKING = timedelta(minutes=10)
"""Age of another space's idle job from which it no longer keeps this space from its own."""


class OutdatedIndexes:
    """Request what this process can make and characters lack.

    An upload that another space's process indexed, another embedder, another format: whatever the
    reason, it is found here, so no process depends on another to think of it.
    """

    def __init__(
        self,
        database: Database,
        space: Space,
        default_mode: RetrievalMode,
        wake: Callable[[], None],
    ) -> None:
        """``wake`` is called once something was requested."""
        self._database = database
        self._space = space
        self._default_mode = default_mode
        self._wake = wake
        self._watch: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Look once, then keep looking. A database that cannot be written to is retried later."""
        looked = await self._look_safely(first=True)
        self._watch = asyncio.create_task(self._keep_looking(looked), name="outdated-indexes")

    async def aclose(self) -> None:
        """Stop looking."""
        if self._watch is not None:
            self._watch.cancel()
            await asyncio.gather(self._watch, return_exceptions=True)

    async def _keep_looking(self, looked: bool) -> None:
        first = not looked
        while True:
            await asyncio.sleep(_LOOK_SECONDS if looked else _RETRY_SECONDS)
            looked = await self._look_safely(first=first)
            first = first and not looked

    async def _look_safely(self, *, first: bool) -> bool:
        try:
            await self.look(first=first)
        except DATABASE_ERRORS as error:
            log.warning("outdated_indexes_unreadable", error=reason_of(error))
            return False
        return True

    async def look(self, *, first: bool = False) -> int:
        """Request what is lacking; return of how many characters.

        The ``first`` look of a process tries again what failed before.
        """
        async with self._database.write() as session:
            outdated = OutdatedRepository(session, self._space)
            if not await outdated.begin_look() and not first:
                return 0  # another process of this space has looked
            await outdated.give_up_unseen()
            await outdated.give_up_blocking(self._default_mode)
        # Read by itself: on SQLite nothing else is written during a transaction that writes.
        async with self._database.read() as session:
            outdated = OutdatedRepository(session, self._space)
            ids = await outdated.lacking(self._default_mode, again=first)
        if ids:
            async with self._database.write() as session:
                await request_parts(session, ids, self._space)
            log.info("indexes_outdated", characters=len(ids), embedder=self._space.embedder)
            self._wake()
        return len(ids)


class OutdatedRepository:
    """Query what a space lacks within one session."""

    def __init__(self, session: AsyncSession, space: Space) -> None:
        self._session = session
        self._space = space

    async def begin_look(self) -> bool:
        """Note that the space has a worker; False where this was noted a moment ago."""
        return await note_seen(self._session, self._space, _LOOK_SECONDS, works=True)

    async def give_up_unseen(self) -> None:
        """Delete free jobs for spaces that no worker has."""
        now = utc_now()
        alive = exists().where(
            IndexSpace.embedder == IndexJob.embedder,
            IndexSpace.format == IndexJob.format,
            IndexSpace.worked_at >= now - _UNSEEN,
        )
        await self._session.execute(
            delete(IndexJob)
            .where(
                IndexJob.embedder.is_not(None),
                IndexJob.space_generation == IndexJob.generation,
                or_(IndexJob.lease_until.is_(None), IndexJob.lease_until < now),
                ~alive,
            )
            .execution_options(synchronize_session=False)
        )

    async def lacking(self, default_mode: RetrievalMode, *, again: bool) -> Sequence[UUID]:
        """Return up to 500 characters that have no job and lack something in this space.

        With ``again``, what failed before, and reply indexes that could not be built, count as
        lacking.
        """
        statement = (
            select(Character.id)
            .where(
                Character.deleted_at.is_(None),
                Character.index_version.is_not(None),
                self._lacks(default_mode, again=again),
                ~exists().where(IndexJob.character_id == Character.id),
            )
            .order_by(Character.id)
            .limit(_AT_ONCE)
        )
        return (await self._session.scalars(statement)).all()

    async def give_up_blocking(self, default_mode: RetrievalMode) -> None:
        """Delete old jobs for other spaces that no worker does, of characters with a lack here.

        A character has one job: otherwise this space would wait for the other one for ever. That
        requests it again once it looks.
        """
        job, space = IndexJob, self._space
        lacks = exists().where(
            Character.id == job.character_id,
            Character.deleted_at.is_(None),
            Character.index_version.is_not(None),
            self._lacks(default_mode, again=False),
        )
        idle = or_(
            job.lease_until.is_(None),
            job.lease_until < db_now(),
            job.lease_until > db_now(2 * LEASE),  # it rests, see app/search/indexing.py
        )
        await self._session.execute(
            delete(job)
            .where(
                job.embedder.is_not(None),
                job.space_generation == job.generation,
                or_(job.embedder != space.embedder, job.format != space.format),
                job.created_at < db_now(-_BLOCKING),
                idle,
                lacks,
            )
            .execution_options(synchronize_session=False)
        )

    def _lacks(self, default_mode: RetrievalMode, *, again: bool) -> ColumnElement[bool]:
        return or_(
            ~self._is_embedded(again=again),
            and_(
                Character.examples > 0,
                func.coalesce(Character.retrieval, default_mode) != "reference",
                ~self._has_reply_index(again=again),
            ),
        )

    def _is_embedded(self, *, again: bool) -> ColumnElement[bool]:
        stored = and_(
            ExampleIndex.character_id == Character.id,
            ExampleIndex.embedder == self._space.embedder,
            ExampleIndex.version == Character.index_version,
        )
        if again:
            stored = and_(stored, ExampleIndex.error.is_(None))
        return or_(Character.embedder == self._space.embedder, exists().where(stored))

    def _has_reply_index(self, *, again: bool) -> ColumnElement[bool]:
        stored = and_(
            StoredReplyIndex.character_id == Character.id,
            StoredReplyIndex.embedder == self._space.embedder,
            StoredReplyIndex.format == self._space.format,
            StoredReplyIndex.index_version == Character.index_version,
        )
        if again:
            stored = and_(stored, StoredReplyIndex.version.is_not(None))
        return exists().where(stored)

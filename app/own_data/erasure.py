"""Erase everything of an owner, in every process.

One short transaction takes everything from the owner: from then on nothing leads to them. What
takes longer is deleted afterwards, a little at a time; where a process dies meanwhile, maintenance
finishes it. Maintenance also finds what requests under way still wrote for the owner.
"""

from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from uuid import UUID

import structlog
from sqlalchemy import delete, exists, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.access.audit import Target, record
from app.access.identity import Actor, person_of
from app.admin.deletion import purge_character
from app.blobs.errors import BlobUnavailableError
from app.blobs.service import Blobs
from app.conversations.purging import purge_deleted
from app.db.base import utc_now
from app.db.ids import earliest_id, new_id
from app.db.kept_counts import fold_counts
from app.db.models import (
    AuditEntry,
    Bookmark,
    Character,
    CharacterGuest,
    CharacterScript,
    Conversation,
    Erasure,
    Favourite,
    RehearsedLine,
    Script,
    Signal,
    SignalConsent,
    UserPersona,
)
from app.db.session import Database
from app.db.signals import Topic, announce
from app.own_data.forgetting import CacheKeeper
from app.own_data.registry import ERASERS, Leaving, digest_of, pseudonym_of
from app.scripts.repository import ScriptRepository
from app.search.unused_vectors import discard_orphaned_vectors

log = structlog.get_logger(__name__)

EraseElsewhere = Callable[[str], Awaitable[None]]
"""What deletes the rows of an owner in a transaction of its own."""
_WRITTEN_LATE = timedelta(minutes=10)
"""How long a request under way may still write."""
_RECOGNISED = timedelta(days=1)
_ANNOUNCED = timedelta(days=7)
_TIMES = (
    (Conversation.owner, Conversation.created_at, Conversation.id),
    (Character.owner, Character.created_at, Character.id),
    (Script.owner, Script.created_at, Script.id),
    (Favourite.owner, Favourite.created_at, None),
    (Bookmark.owner, Bookmark.updated_at, None),
    (RehearsedLine.owner, RehearsedLine.reviewed_at, None),
    (CharacterGuest.owner, CharacterGuest.created_at, None),
    (UserPersona.owner, UserPersona.updated_at, None),
    (Signal.owner, Signal.created_at, Signal.id),
    (SignalConsent.owner, SignalConsent.updated_at, None),
)
"""Whose a row is, and when it was made; where its id says so too, rows are found by it."""
_NEAR = timedelta(minutes=1)
"""Between the making of an id and that of its row, by far."""


class EraseService:
    """Erase owners, and finish what was begun."""

    def __init__(
        self,
        database: Database,
        caches: CacheKeeper,
        blobs: Blobs,
        elsewhere: Sequence[EraseElsewhere] = (),
    ) -> None:
        """``elsewhere``: methods ``erase(owner)`` of services that keep rows of their own."""
        self._database = database
        self._caches = caches
        self._blobs = blobs
        self._elsewhere = elsewhere

    async def erase(self, owner: str, by: Actor | None = None) -> None:
        """Erase everything of an owner, and the account of a person; ``by``: an admin who asks.

        An error in the beginning leaves everything as it was; a later one is made up for by
        :meth:`finish_all`.
        """
        for erase in self._elsewhere:
            await erase(owner)
        if person_of(owner) is None and not await self._has_anything(owner):
            return  # or any stranger could have all caches emptied, again and again
        leaving = Leaving(owner, new_id())
        async with self._database.write() as session:
            await self._take(session, leaving, by)
        for erase in self._elsewhere:  # what turns wrote that were still running
            await erase(owner)
        await self._finish(leaving.erasure)

    async def finish_all(self) -> None:
        """Finish what other processes began, and erase what was written late."""
        for owner in await self._written_late():
            await self.erase(owner)
        async with self._database.read() as session:
            open_ones = select(Erasure.id).where(Erasure.finished_at.is_(None))
            ids = (await session.scalars(open_ones)).all()
        for id in ids:
            await self._finish(id)
        async with self._database.write() as session:
            now = utc_now()
            await session.execute(
                update(Erasure)
                .where(Erasure.began_at < now - _RECOGNISED)
                .values(owner_digest=None)
            )
            over = Erasure.finished_at < now - _ANNOUNCED
            await session.execute(delete(Erasure).where(over))

    async def _take(self, session: AsyncSession, leaving: Leaving, by: Actor | None) -> None:
        digest = digest_of(leaving.owner)
        session.add(Erasure(id=leaving.erasure, owner_digest=digest))
        await session.flush()
        for erase in dict.fromkeys(ERASERS.values()):
            await erase(session, leaving)
        await announce(session, Topic.TURNS)
        await announce(session, Topic.ERASURES)
        if by is None:
            record(session, Actor(owner=leaving.pseudonym), "data_erased")
        else:
            record(session, by, "person_erased", Target("person", leaving.pseudonym))

    async def _has_anything(self, owner: str) -> bool:
        columns = (*(column for column, _, _ in _TIMES), AuditEntry.owner)
        async with self._database.read() as session:
            for column in columns:
                if await session.scalar(select(exists().where(column == owner))):
                    return True
        return False

    async def _finish(self, id: UUID) -> None:
        await purge_deleted(self._database)
        while await self._purge_character(pseudonym_of(id)):
            pass
        while await self._delete_script(pseudonym_of(id)):
            pass
        await discard_orphaned_vectors(self._database)
        await fold_counts(self._database)  # changes of counts name what they are of
        await self._caches.forget_erased()
        try:
            await self._blobs.discard()
        except BlobUnavailableError:
            log.warning("erasure_waits_for_files", erasure=str(id))
            return  # unfinished, so maintenance comes back to it
        async with self._database.write() as session:
            done = update(Erasure).where(Erasure.id == id, Erasure.finished_at.is_(None))
            await session.execute(done.values(finished_at=utc_now()))
            await announce(session, Topic.ERASURES)
        await self._caches.forget_erased()
        log.info("erased", erasure=str(id))

    async def _purge_character(self, owner: str) -> bool:
        async with self._database.write() as session:
            character = await session.scalar(
                select(Character).where(Character.owner == owner).limit(1)
            )
            if character is None:
                return False
            await purge_character(session, character)
            return True

    async def _delete_script(self, owner: str) -> bool:
        """Delete a script; one that another's character plays in goes to the service."""
        async with self._database.write() as session:
            id = await session.scalar(select(Script.id).where(Script.owner == owner).limit(1))
            if id is None:
                return False
            script = await session.get(Script, id, with_for_update=True)
            if script is None:  # another process deleted it meanwhile
                return True
            played = exists().where(CharacterScript.script_id == script.id)
            if await session.scalar(select(played)):
                taken = await ScriptRepository(session).by_title(script.title, "")
                if taken is not None:
                    script.title = f"{script.title[:180]} {script.id.hex[-8:]}"
                script.owner = ""
            else:
                await ScriptRepository(session).delete(script)
            return True

    async def _written_late(self) -> list[str]:
        """Return owners for whom something was written after they were erased."""
        async with self._database.read() as session:
            erased = await session.execute(
                select(Erasure.owner_digest, Erasure.began_at).where(
                    Erasure.owner_digest.is_not(None)
                )
            )
            since = {row.owner_digest: row.began_at for row in erased}
            if not since:
                return []
            found: dict[str, None] = {}
            first, end = min(since.values()), max(since.values()) + _WRITTEN_LATE
            for owner, at, id in _TIMES:
                rows_of = select(owner, at).where(at >= first, at < end)
                if id is not None:
                    rows_of = rows_of.where(
                        id >= earliest_id(first - _NEAR), id < earliest_id(end + _NEAR)
                    )
                rows = await session.execute(rows_of.distinct())
                for each, written in rows:
                    began = since.get(digest_of(each))
                    if began is not None and began <= written < began + _WRITTEN_LATE:
                        found[each] = None
        return list(found)

"""Check, store, replace and delete scripts."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.access import Caller
from app.access.audit import Target, record
from app.db.base import utc_now
from app.db.ids import created_ms, new_id
from app.db.models import Script, StoredScene
from app.db.scenes import SceneRepository, dump_scene
from app.db.session import Database
from app.errors import (
    ConflictError,
    ForbiddenError,
    NotFoundError,
)
from app.readers.jobs import PrintScript
from app.readers.pool import ReaderPool
from app.scripts.reading import reading_job
from app.scripts.reports import describe, report_upload, stored_fields
from app.scripts.repository import ScriptRepository
from app.scripts.schemas import ScriptReport
from app.scripts.upload import Upload
from app.search.jobs import request_index
from app.settings import LimitSettings
from characters.scripts.aliases import resolve_aliases
from characters.scripts.findings import Findings
from characters.scripts.model import Scene
from characters.scripts.printing import PrintedPage

Admit = Callable[[AsyncSession], Awaitable[object]]
"""Raises where there is no room for what a session has stored."""

_SCENES = 2_000
_LINES = 20_000
"""Approximate bounds of one write transaction."""
_ABANDONED_AFTER_MS = 3_600_000
"""An upload that takes longer than an hour never ends: its process died."""


@dataclass(frozen=True, slots=True)
class StoredUpload:
    """Hold the report of a stored upload, and whether a script was created."""

    report: ScriptReport
    created: bool


@dataclass(frozen=True, slots=True)
class _Origin:
    """Identify the source of a script: the file, and how to read it."""

    sha256: str
    options: dict[str, str]
    aliases: dict[str, str]


class ScriptService:
    """Store and delete scripts."""

    def __init__(
        self,
        database: Database,
        limits: LimitSettings,
        readers: ReaderPool,
        wake_indexer: Callable[[], None],
    ) -> None:
        """Call ``wake_indexer`` after each request of an index job."""
        self._database = database
        self._limits = limits
        self._readers = readers
        self._wake_indexer = wake_indexer

    async def check(self, upload: Upload) -> ScriptReport:
        """Return the report that storing this upload would yield. Nothing is stored."""
        upload.read_title()  # raises at once for an invalid title
        job = reading_job(upload, self._limits, items=False)
        found = await self._readers.read_one(job, upload.file, upload.disconnect)
        assert isinstance(found, Findings)  # noqa: S101 (its items were not asked for)
        return report_upload(upload, found)

    async def print_page(self, upload: Upload, after: int) -> PrintedPage:
        """Return a page of an upload, set as it was read. Nothing is stored."""
        reading = reading_job(upload, self._limits, items=True)
        job = PrintScript(reading, after)
        return await self._readers.read_one(job, upload.file, upload.disconnect)

    async def store(
        self,
        upload: Upload,
        *,
        owner: str,
        may_replace: bool = True,
        verify: Callable[[dict[str, int]], object] | None = None,
        admit: Admit | None = None,
    ) -> StoredUpload:
        """Store an upload; the owner's script of the same title is replaced in one final step.

        ``verify`` gets the number of lines of each speaker before that step, and ``admit`` the
        session in which it was made; an error from either rolls everything back.
        """
        title = upload.read_title()
        origin = await self._origin(upload)
        if (same := await self._same(title, owner, origin, may_replace=may_replace)) is not None:
            return StoredUpload(same, created=False)
        revision = new_id()
        try:
            found = await self._stage(revision, upload)
            if verify is not None:
                verify({speaker.name: speaker.lines for speaker in found.speakers})
            read = report_upload(upload, found)
            stored = await self._publish(
                revision, owner, origin, read, may_replace=may_replace, admit=admit
            )
        except BaseException:
            await asyncio.shield(self._discard(revision))
            raise
        self._wake_indexer()
        return stored

    async def _origin(self, upload: Upload) -> _Origin:
        sha256 = await asyncio.to_thread(upload.sha256)
        return _Origin(sha256, upload.options(), resolve_aliases(upload.aliases))

    async def _same(
        self, title: str, owner: str, origin: _Origin, *, may_replace: bool
    ) -> ScriptReport | None:
        """Return the report of the stored script if it was made from this very file."""
        async with self._database.read() as session:
            script = await ScriptRepository(session).by_title(title, owner)
            if script is None:
                return None
            if origin == _Origin(script.sha256, script.options or {}, script.aliases or {}):
                return await describe(session, script, duplicate=True)
        if not may_replace:
            raise _may_not_replace(title)
        return None

    async def _stage(self, revision: UUID, upload: Upload) -> Findings:
        """Read an upload and write its scenes under a revision that no script refers to yet."""
        scenes: list[Scene] = []
        first = 1
        job = reading_job(upload, self._limits, items=True)
        async with self._readers.reading(job, upload.file, upload.disconnect) as items:
            async for batch in items:
                if isinstance(batch, Findings):
                    found = batch
                    continue
                scenes += (item for item in batch if isinstance(item, Scene))
                if len(scenes) >= _SCENES or sum(len(s.lines) for s in scenes) >= _LINES:
                    first = await self._write(revision, first, scenes)
                    scenes = []
        await self._write(revision, first, scenes)
        return found

    async def _write(self, revision: UUID, first: int, scenes: list[Scene]) -> int:
        """Write scenes numbered from ``first``; return the next free number."""
        if scenes:
            rows = [dump_scene(revision, number, each) for number, each in enumerate(scenes, first)]
            async with self._database.write() as session:
                await SceneRepository(session).add(rows)
        return first + len(scenes)

    async def _publish(
        self,
        revision: UUID,
        owner: str,
        origin: _Origin,
        read: ScriptReport,
        *,
        may_replace: bool,
        admit: Admit | None,
    ) -> StoredUpload:
        """Make the revision the script's content, the only step that readers can see."""
        values: dict[str, Any] = {
            **stored_fields(read),
            "revision": revision,
            "sha256": origin.sha256,
            "options": origin.options,
        }
        async with self._database.write() as session:
            repository = ScriptRepository(session)
            script = await repository.by_title(read.title, owner)
            created = script is None
            if script is None:
                script = Script(owner=owner, **values)
                repository.add(script)
            elif not may_replace:
                raise _may_not_replace(script.title)
            else:
                await SceneRepository(session).delete_revision(script.revision)
                for name, value in values.items():
                    setattr(script, name, value)
                script.updated_at = utc_now()
            await session.flush()
            if admit is not None:
                await admit(session)
            for character in await repository.characters(script.id):
                await request_index(session, character.id)
            return StoredUpload(await describe(session, script, replaced=not created), created)

    async def _discard(self, revision: UUID) -> None:
        async with self._database.write() as session:
            await SceneRepository(session).delete_revision(revision)

    async def discard_abandoned(self) -> int:
        """Delete the scenes of uploads whose process died; return the number of uploads."""
        oldest = created_ms(new_id()) - _ABANDONED_AFTER_MS
        async with self._database.read() as session:
            orphans = await SceneRepository(session).orphaned_revisions()
        abandoned = [revision for revision in orphans if created_ms(revision) < oldest]
        for revision in abandoned:
            await self._discard(revision)
        return len(abandoned)

    async def delete(self, id: UUID, caller: Caller) -> None:
        """Delete a script that no character plays in, and with it deleted characters of it.

        Raises :class:`~app.errors.ForbiddenError` (``not_yours``) for another's.
        """
        async with self._database.write() as session:
            repository = ScriptRepository(session)
            script = await get_script(session, id, viewer=caller)
            if not is_own_script(script, caller):
                raise ForbiddenError("not_yours", f"“{script.title}” belongs to another.")
            if players := await repository.characters(id):
                names = ", ".join(character.name for character in players)
                raise ConflictError(
                    "script_in_use",
                    f"Characters play in this script: {names}. Delete them first.",
                    characters=[character.slug for character in players],
                )
            target = Target("script", str(id), script.title)
            record(session, caller.actor, "script_deleted", target)
            for character in await repository.characters(id, deleted=True):
                await session.delete(character)  # without the script it could not come back
            await session.flush()
            await repository.delete(script)


def _may_not_replace(title: str) -> ForbiddenError:
    return ForbiddenError(
        "may_not_replace",
        f"There is a script called “{title}” already, and only an admin may replace it. "
        "Choose another title.",
    )


def is_own_script(script: Script, caller: Caller) -> bool:
    """Return whether a script is the caller's to change, as all are an admin's."""
    return caller.admin or script.owner == caller.maker


async def get_script(session: AsyncSession, id: UUID, *, viewer: Caller | None = None) -> Script:
    """Return the script; raise a 404 if it does not exist, or is another's.

    Those of the service are everyone's to use who may upload; ``viewer`` None sees all.
    """
    script = await ScriptRepository(session).get(id)
    seen = viewer is None or viewer.admin or (script and script.owner in ("", viewer.maker))
    if script is None or not seen:
        raise NotFoundError("script_not_found", f"There is no script with the id {id}.")
    return script


async def get_scene(session: AsyncSession, script: Script, number: int) -> StoredScene:
    """Return a scene of a script.

    Raises :class:`~app.errors.NotFoundError` (``scene_not_found``) where it has no such number.
    """
    stored = await SceneRepository(session).page(script.revision, number - 1, 1)
    if not stored or stored[0].number != number:
        raise NotFoundError("scene_not_found", f"“{script.title}” has no scene {number}.")
    return stored[0]

"""Uploads: read, reported, stored, replaced."""

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.catalog.jobs import request_index
from app.db.base import utc_now
from app.db.ids import created_ms, new_id
from app.db.models import Script
from app.db.session import Database
from app.errors import (
    ConflictError,
    ForbiddenError,
    NotFoundError,
)
from app.scripts.reading import open_upload
from app.scripts.reports import describe, report_upload, stored_fields
from app.scripts.repository import ScriptRepository, dump_scene
from app.scripts.schemas import ScriptReport
from app.scripts.upload import Upload
from app.settings import LimitSettings
from characters.scripts.aliases import resolve_aliases
from characters.scripts.model import ParseItem, Scene
from characters.scripts.reader import ScriptReading
from characters.scripts.report import ParseReport

_BATCH = 2_000
_ABANDONED_AFTER_MS = 3_600_000
"""An upload that has not ended after an hour never will: its process died."""


@dataclass(frozen=True, slots=True)
class Stored:
    """What became of an upload."""

    report: ScriptReport
    created: bool


@dataclass(frozen=True, slots=True)
class _Origin:
    """What a script was made from: a file, and how it was to be read."""

    sha256: str
    options: dict[str, str]
    aliases: dict[str, str]


class ScriptService:
    """Stores and forgets scripts."""

    def __init__(
        self, database: Database, limits: LimitSettings, wake_indexer: Callable[[], None]
    ) -> None:
        """``wake_indexer`` is called after an index job was asked for."""
        self._database = database
        self._limits = limits
        self._wake_indexer = wake_indexer

    async def check(self, upload: Upload) -> ScriptReport:
        """What storing this upload would report. Nothing is stored."""
        upload.read_title()  # refused at once if it cannot be one
        reading = await self._open(upload)
        report = ParseReport(max_rejections=self._limits.reported_rejections)
        items = report.observe(reading)
        while await asyncio.to_thread(_take, items, _BATCH):
            pass
        return await asyncio.to_thread(report_upload, upload, reading, report)

    async def store(
        self,
        upload: Upload,
        *,
        may_replace: bool,
        verify: Callable[[dict[str, int]], object] | None = None,
    ) -> Stored:
        """Store an upload; one of the same title is replaced, in one step, at the very end.

        ``verify`` sees the lines of every speaker before that step; what it raises undoes all.
        """
        title = upload.read_title()
        origin = await self._origin(upload)
        if (same := await self._same(title, origin, may_replace=may_replace)) is not None:
            return Stored(same, created=False)
        reading = await self._open(upload)
        report = ParseReport(max_rejections=self._limits.reported_rejections)
        revision = new_id()
        try:
            await self._stage(revision, report.observe(reading))
            if verify is not None:
                verify({speaker.name: speaker.lines for speaker in report.speakers})
            read = await asyncio.to_thread(report_upload, upload, reading, report)
            stored = await self._publish(revision, origin, read, may_replace=may_replace)
        except BaseException:
            await asyncio.shield(self._discard(revision))
            raise
        self._wake_indexer()
        return stored

    async def _open(self, upload: Upload) -> ScriptReading:
        return await asyncio.to_thread(open_upload, upload, self._limits)

    async def _origin(self, upload: Upload) -> _Origin:
        sha256 = await asyncio.to_thread(upload.sha256)
        return _Origin(sha256, upload.options(), resolve_aliases(upload.aliases))

    async def _same(self, title: str, origin: _Origin, *, may_replace: bool) -> ScriptReport | None:
        """The report of this very file, if it is what the title stands for already."""
        async with self._database.read() as session:
            script = await ScriptRepository(session).by_title(title)
            if script is None:
                return None
            if origin == _Origin(script.sha256, script.options or {}, script.aliases or {}):
                return await describe(session, script, duplicate=True)
        if not may_replace:
            raise _may_not_replace(title)
        return None

    async def _stage(self, revision: UUID, items: Iterator[ParseItem]) -> None:
        """Write the scenes under a revision nobody looks at yet."""
        number = 0
        while batch := await asyncio.to_thread(_take, items, _BATCH):
            rows = []
            for item in batch:
                if isinstance(item, Scene):
                    number += 1
                    rows.append(dump_scene(revision, number, item))
            async with self._database.write() as session:
                await ScriptRepository(session).add_scenes(rows)

    async def _publish(
        self, revision: UUID, origin: _Origin, read: ScriptReport, *, may_replace: bool
    ) -> Stored:
        """Make the revision the script's content: the one step that readers can see."""
        values: dict[str, Any] = {
            **stored_fields(read),
            "revision": revision,
            "sha256": origin.sha256,
            "options": origin.options,
        }
        async with self._database.write() as session:
            repository = ScriptRepository(session)
            script = await repository.by_title(read.title)
            created = script is None
            if script is None:
                script = Script(**values)
                repository.add(script)
            elif not may_replace:
                raise _may_not_replace(script.title)
            else:
                await repository.delete_revision(script.revision)
                for name, value in values.items():
                    setattr(script, name, value)
                script.updated_at = utc_now()
            await session.flush()
            for character in await repository.characters(script.id):
                await request_index(session, character.id)
            return Stored(await describe(session, script, replaced=not created), created)

    async def _discard(self, revision: UUID) -> None:
        async with self._database.write() as session:
            await ScriptRepository(session).delete_revision(revision)

    async def discard_abandoned(self) -> int:
        """Forget the scenes of uploads whose process died. Returns how many uploads."""
        oldest = created_ms(new_id()) - _ABANDONED_AFTER_MS
        async with self._database.read() as session:
            orphans = await ScriptRepository(session).orphaned_revisions()
        abandoned = [revision for revision in orphans if created_ms(revision) < oldest]
        for revision in abandoned:
            await self._discard(revision)
        return len(abandoned)

    async def delete(self, id: UUID) -> None:
        """Forget a script no character plays in."""
        async with self._database.write() as session:
            repository = ScriptRepository(session)
            script = await get_script(session, id)
            if players := await repository.characters(id):
                names = ", ".join(character.name for character in players)
                raise ConflictError(
                    "script_in_use",
                    f"Characters play in this script: {names}. Delete them first.",
                    characters=[character.slug for character in players],
                )
            await repository.delete(script)


def _may_not_replace(title: str) -> ForbiddenError:
    return ForbiddenError(
        "may_not_replace",
        f"There is a script called “{title}” already, and only an admin may replace it. "
        "Choose another title.",
    )


def _take(items: Iterator[ParseItem], most: int) -> list[ParseItem]:
    return list(islice(items, most))


async def get_script(session: AsyncSession, id: UUID) -> Script:
    """The script, or the 404 that says there is none."""
    script = await ScriptRepository(session).get(id)
    if script is None:
        raise NotFoundError("script_not_found", f"There is no script with the id {id}.")
    return script

"""Uploads: read, reported, stored, replaced."""

import asyncio
import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import PurePosixPath, PureWindowsPath
from typing import Any, BinaryIO
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
    InvalidError,
    NotFoundError,
    TooLargeError,
)
from app.scripts.repository import ScriptRepository, dump_scene
from app.scripts.schemas import CharacterRef, RejectionOut, RowCountsOut, ScriptReport, SpeakerOut
from app.settings import LimitSettings
from app.text import has_control_characters
from characters.scripts.columns import ColumnNames
from characters.scripts.model import ParseItem, ParseLimits, Scene
from characters.scripts.reader import ScriptReading, read_script
from characters.scripts.report import ParseReport

_BATCH = 2_000
_REPORTED_SPEAKERS = 2_000
_ABANDONED_AFTER_MS = 3_600_000
"""An upload that has not ended after an hour never will: its process died."""


@dataclass(frozen=True, slots=True)
class Upload:
    """A file somebody sent; what comes after its size only where they said so."""

    file: BinaryIO
    filename: str
    size: int
    title: str | None = None
    format: str | None = None
    encoding: str | None = None
    columns: ColumnNames | None = None


@dataclass(frozen=True, slots=True)
class Stored:
    """What became of an upload."""

    report: ScriptReport
    created: bool


def file_stem(filename: str) -> str:
    """The file's own name without folders and extension; a name for people, never a path."""
    name = PurePosixPath(PureWindowsPath(filename).as_posix()).name
    return PurePosixPath(name).stem.strip()


def _file_name(upload: Upload) -> str:
    """The file's own name, without what no file system and no database would take."""
    name = PurePosixPath(PureWindowsPath(upload.filename).as_posix()).name
    return "".join(c for c in name if not has_control_characters(c))


def _title(upload: Upload) -> str:
    title = " ".join((upload.title or file_stem(upload.filename) or "script").split())
    if len(title) > 200:
        raise InvalidError(
            "title_too_long", f"The title has {len(title)} characters; 200 are allowed.", limit=200
        )
    if has_control_characters(title):
        raise InvalidError("invalid_title", "The title contains control characters.")
    return title


def _sha256(file: BinaryIO) -> str:
    file.seek(0)
    digest = hashlib.sha256()
    while chunk := file.read(1 << 20):
        digest.update(chunk)
    return digest.hexdigest()


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
        title = _title(upload)
        reading = await self._open(upload)
        report = ParseReport(max_rejections=self._limits.reported_rejections)
        items = report.observe(reading)
        while await asyncio.to_thread(_take, items, _BATCH):
            pass
        return ScriptReport(id=None, **_summary(upload, title, reading, report))

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
        title = _title(upload)
        sha256 = await asyncio.to_thread(_sha256, upload.file)
        if (same := await self._same(title, sha256, may_replace=may_replace)) is not None:
            return Stored(same, created=False)
        reading = await self._open(upload)
        report = ParseReport(max_rejections=self._limits.reported_rejections)
        revision = new_id()
        try:
            await self._stage(revision, report.observe(reading))
            if verify is not None:
                verify({speaker.name: speaker.lines for speaker in report.speakers})
            summary = _summary(upload, title, reading, report)
            stored = await self._publish(revision, sha256, summary, may_replace=may_replace)
        except BaseException:
            await asyncio.shield(self._discard(revision))
            raise
        self._wake_indexer()
        return stored

    async def _open(self, upload: Upload) -> ScriptReading:
        if upload.size > (limit := self._limits.upload_bytes):
            raise TooLargeError(
                "too_large",
                f"This is larger than the limit of {limit:,} bytes. Nothing was stored.",
                limit_bytes=limit,
            )
        limits = ParseLimits(
            line_characters=self._limits.line_characters, lines=self._limits.script_lines
        )
        return await asyncio.to_thread(
            read_script,
            upload.file,
            upload.filename,
            format=upload.format,
            encoding=upload.encoding,
            columns=upload.columns,
            limits=limits,
        )

    async def _same(self, title: str, sha256: str, *, may_replace: bool) -> ScriptReport | None:
        """The report of this very file, if it is what the title stands for already."""
        async with self._database.read() as session:
            script = await ScriptRepository(session).by_title(title)
            if script is None:
                return None
            if script.sha256 == sha256:
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
        self, revision: UUID, sha256: str, summary: dict[str, Any], *, may_replace: bool
    ) -> Stored:
        """Make the revision the script's content: the one step that readers can see."""
        values = {
            **summary,
            "speakers": [speaker.model_dump() for speaker in summary["speakers"]],
            "rows": summary["rows"].model_dump(),
            "rejected": [rejection.model_dump() for rejection in summary["rejected"]],
            "revision": revision,
            "sha256": sha256,
        }
        async with self._database.write() as session:
            repository = ScriptRepository(session)
            script = await repository.by_title(summary["title"])
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


def _summary(
    upload: Upload, title: str, reading: ScriptReading, report: ParseReport
) -> dict[str, Any]:
    """What script and report have in common."""
    return {
        "title": title,
        "filename": _file_name(upload)[:255],
        "format": reading.format,
        "encoding": reading.encoding,
        "encoding_confidence": reading.confidence,
        "language": report.language,
        "size_bytes": upload.size,
        "scenes": report.scenes,
        "lines": report.lines,
        "rows": RowCountsOut.model_validate(report.rows),
        "speakers": [
            SpeakerOut.model_validate(speaker) for speaker in report.speakers[:_REPORTED_SPEAKERS]
        ],
        "rejected": [RejectionOut.model_validate(item) for item in report.rejections],
        "rejected_total": report.rejected_total,
    }


async def get_script(session: AsyncSession, id: UUID) -> Script:
    """The script, or the 404 that says there is none."""
    script = await ScriptRepository(session).get(id)
    if script is None:
        raise NotFoundError("script_not_found", f"There is no script with the id {id}.")
    return script


async def describe(
    session: AsyncSession, script: Script, *, duplicate: bool = False, replaced: bool = False
) -> ScriptReport:
    """A stored script's report."""
    players = await ScriptRepository(session).characters(script.id)
    names = ScriptReport.model_fields.keys() - {"duplicate", "replaced", "characters"}
    return ScriptReport(
        **{name: getattr(script, name) for name in names},
        duplicate=duplicate,
        replaced=replaced,
        characters=[CharacterRef(slug=player.slug, name=player.name) for player in players],
    )

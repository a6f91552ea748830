"""Write a whole database into one file."""

import asyncio
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from typing import IO, Any

from sqlalchemy import Table, false, func, make_url, select, true
from sqlalchemy.ext.asyncio import AsyncSession

from app.backup.archive import ArchiveWriter, Progress
from app.backup.errors import BackupError
from app.backup.leftovers import make_partial, remove_leftovers
from app.backup.manifest import Manifest
from app.backup.outside import OBJECTS, OutsideContents
from app.backup.values import encode, kind_of, selected
from app.db.address import sqlite_file
from app.db.base import utc_now
from app.db.migrate import check_readable
from app.db.models import Script
from app.db.problems import explained
from app.db.revisions import current_revision, known_revisions
from app.db.session import Database
from app.settings import Settings

_ROWS_AT_ONCE = 500
_FILES_AT_ONCE = 8
"""Rows of tables with binary columns, which may be whole files."""


def back_up(settings: Settings, path: Path, on_progress: Progress) -> Manifest:
    """Write the whole database of these settings into a new file. Blocking.

    The content is one snapshot, whatever the service does meanwhile. Contents that are kept
    outside the database are in it like all others, and are restored into the database. The file
    appears when it is complete, and only its owner may read it. Raises :class:`BackupError`, and
    :class:`~app.db.problems.DatabaseProblemError` where the database cannot be read.
    """
    if path.exists():
        raise BackupError(f"{path} exists already. Name a new file, or take that one away first.")
    url = make_url(settings.direct_database_url)
    file_of_database = sqlite_file(url)
    if file_of_database is not None and not file_of_database.exists():
        raise BackupError(f"There is no database {file_of_database}: nothing to back up.")
    remove_leftovers(path.parent)
    with explained(url), _appearing(path) as file:
        check_readable(url)
        return asyncio.run(_dump(settings, file, on_progress))


@contextmanager
def _appearing(path: Path) -> Iterator[IO[bytes]]:
    """Yield a file that gets its name when the block succeeds, and is removed when it fails."""
    try:
        handle, partial = make_partial(path)
    except OSError as error:
        raise BackupError(f"{path} cannot be written: {error.strerror}.") from error
    try:
        with os.fdopen(handle, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
            if sys.platform != "win32":
                partial.replace(path)  # while it is locked
        if sys.platform == "win32":
            partial.replace(path)  # once closed: Windows does not rename open files
        _sync_folder(path.parent)
    except OSError as error:
        raise BackupError(f"{path} cannot be written: {error.strerror or error}.") from error
    finally:
        partial.unlink(missing_ok=True)


def _sync_folder(folder: Path) -> None:
    """Flush the folder to disk, so that the new name survives a power cut."""
    if sys.platform != "win32":
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


async def _dump(settings: Settings, file: IO[bytes], on_progress: Progress) -> Manifest:
    database = Database(settings)
    outside = OutsideContents(settings, database)
    try:
        async with database.read() as session:
            connection = await session.connection()
            revision = await connection.run_sync(current_revision)
            _check_revision(revision)
            with ArchiveWriter(file) as writer:
                # Sorted so that a table comes after the tables it refers to.
                for table in Script.metadata.sorted_tables:
                    if table.info.get("derived"):
                        continue  # the database makes its rows from others
                    await _dump_table(session, table, outside, writer, on_progress)
                manifest = Manifest(
                    app_version=version("offbook"),
                    schema_revision=str(revision),
                    database=database.dialect,
                    created_at=utc_now(),
                    tables=writer.tables,
                )
                writer.finish(manifest)
            return manifest
    finally:
        await database.aclose()


def _check_revision(revision: str | None) -> None:
    known = known_revisions()
    if revision is None:
        raise BackupError("The database is empty: nothing to back up.")
    if revision not in known:
        raise BackupError(
            f"The database has the schema {revision}, which is newer than this Offbook. "
            "Back it up with the version that made it."
        )
    if revision != known[0]:
        raise BackupError(
            f"The database has the schema {revision}, and this version's is {known[0]}. "
            "Run `offbook db upgrade` first."
        )


async def _dump_table(
    session: AsyncSession,
    table: Table,
    outside: OutsideContents,
    writer: ArchiveWriter,
    on_progress: Progress,
) -> None:
    kinds = {column.name: kind_of(column) for column in table.columns}
    kept = false() if table is OBJECTS else true()
    total = await session.scalar(select(func.count()).select_from(table).where(kept)) or 0
    at_once = _FILES_AT_ONCE if "bytes" in kinds.values() else _ROWS_AT_ONCE
    statement = select(*map(selected, table.columns)).where(kept).order_by(*table.primary_key)
    rows = await session.stream(statement, execution_options={"yield_per": at_once})
    try:
        with writer.table(table.name, kinds) as member:
            async for part in rows.partitions():
                for row in part:
                    if (whole := await outside.bring_in(table, row)) is not None:
                        member.write([_encoded(whole, list(kinds.values()))])
                on_progress(table.name, member.rows, total)
    finally:
        await rows.close()  # PostgreSQL keeps a cursor open, also where ``on_progress`` raised


def _encoded(row: Any, kinds: list[Any]) -> list[Any]:
    return [encode(kind, value) for kind, value in zip(kinds, row, strict=True)]

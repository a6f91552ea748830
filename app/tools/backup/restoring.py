"""Restore a whole database from one file."""

import asyncio
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, event, exists, insert, inspect, make_url, select, text
from sqlalchemy.exc import DBAPIError

from app.backup.archive import ArchiveReader, Progress
from app.backup.errors import BackupError
from app.backup.manifest import Manifest
from app.backup.outside import OBJECTS
from app.db.address import describe, make_parent_folder
from app.db.locks import LockName, held
from app.db.migrate import check_readable, move
from app.db.models import Script
from app.db.problems import Fault, classify, explained
from app.db.revisions import current_revision, known_revisions
from app.db.session import Database
from app.settings import Settings
from app.tools.backup.filling import advance_sequences, insert_rows

_STOPPED = 2.0
"""Seconds that PostgreSQL may take to notice that a service has stopped."""


def restore(settings: Settings, path: Path, on_progress: Progress, *, replace: bool) -> Manifest:
    """Replace the content of the settings' database by that of the backup. Blocking.

    The backup is read through once before the database is touched. One transaction does the rest:
    a failure or interruption leaves the database as it was. A backup of an older schema is
    inserted at that schema and migrated. Raises :class:`BackupError` where the archive is damaged
    or newer than this version, or where the database is not empty and ``replace`` is false. Raises
    :class:`~app.db.problems.DatabaseProblemError` where a service runs on the database, or it
    cannot be written.
    """
    with ArchiveReader(path) as archive:
        manifest = archive.manifest
        if manifest.schema_revision not in known_revisions():
            raise BackupError(
                f"The backup has the schema {manifest.schema_revision} of Offbook "
                f"{manifest.app_version}, which is newer than this version. Update Offbook first."
            )
        archive.verify(on_progress)
        url = make_url(settings.direct_database_url)
        with explained(url):
            make_parent_folder(url)
            with held(url, LockName.IN_USE, wait=_STOPPED, refusal=_in_use(url)):
                check_readable(url)
                asyncio.run(_restore(settings, archive, on_progress, replace=replace))
        return manifest


def _in_use(url: URL) -> str:
    return (
        f"Offbook is running on {describe(url)}. Stop it, and every other offbook command that "
        "uses this database; then restore. Nothing was changed."
    )


async def _restore(
    settings: Settings, archive: ArchiveReader, on_progress: Progress, *, replace: bool
) -> None:
    database = Database(settings)
    if database.dialect == "sqlite":
        _suspend_references(database)
    try:
        async with database.write() as session:
            connection = await session.connection()
            await connection.run_sync(partial(_fill, archive, on_progress, replace))
    except DBAPIError as error:
        if classify(error) not in {None, Fault.LOCKED}:
            raise
        raise BackupError(
            f"The database refused the backup, and is as it was before: {error.orig}. "
            "Is the service still running on it? Stop it first."
        ) from error
    finally:
        await database.aclose()


def _suspend_references(database: Database) -> None:
    """Turn off SQLite's foreign keys: migrations rebuild tables, which would cascade.

    :func:`_check_references` makes up for it.
    """

    @event.listens_for(database.engine.sync_engine, "connect")
    def on_connect(connection: Any, _: object) -> None:
        cursor = connection.cursor()
        cursor.execute("PRAGMA foreign_keys=OFF")
        cursor.close()


def _fill(
    archive: ArchiveReader, on_progress: Progress, replace: bool, connection: Connection
) -> None:
    manifest, newest = archive.manifest, known_revisions()[0]
    _check_known(connection)
    move(connection, newest)
    objects = connection.execute(select(OBJECTS)).mappings().all()
    _clear(connection, replace=replace)
    move(connection, manifest.schema_revision)
    _check_tables(connection, manifest)
    for entry in manifest.tables:
        insert_rows(connection, archive, entry, on_progress)
    move(connection, newest)
    if objects:
        # No row refers to them any more: a service deletes them, and then these rows.
        unclaimed = {"character_id": None, "reserved_until": None}
        connection.execute(insert(OBJECTS), [{**each, **unclaimed} for each in objects])
    _check_references(connection)
    advance_sequences(connection)


def _check_known(connection: Connection) -> None:
    current = current_revision(connection)
    if current is not None and current not in known_revisions():
        raise BackupError(
            f"The database has the schema {current}, which is newer than this version. "
            "Update Offbook first, or name another database."
        )


def _clear(connection: Connection, *, replace: bool) -> None:
    # Last what the database derives from the others: their deletion changes it.
    tables = reversed(Script.metadata.sorted_tables)
    for each in sorted(tables, key=lambda table: "derived" in table.info):
        if replace or each is OBJECTS or "derived" in each.info:
            connection.execute(each.delete())
        elif connection.scalar(select(exists().select_from(each))):
            raise BackupError(
                f"The database is not empty: there are {each.name}. Nothing was changed. "
                "With --replace, everything it holds is replaced by what the backup holds."
            )


def _check_tables(connection: Connection, manifest: Manifest) -> None:
    """Raise :class:`BackupError` where a table's columns are not those of the schema."""
    inspector = inspect(connection)
    names = set(inspector.get_table_names())
    for entry in manifest.tables:
        known = inspector.get_columns(entry.name) if entry.name in names else []
        if {each["name"] for each in known} != set(entry.columns):
            raise BackupError(
                f"The archive's {entry.name} is not a table of the schema "
                f"{manifest.schema_revision}, as it says. Nothing was changed."
            )


def _check_references(connection: Connection) -> None:
    if connection.dialect.name != "sqlite":
        return  # PostgreSQL has checked each
    broken = connection.execute(text("PRAGMA foreign_key_check")).first()
    if broken is not None:
        raise BackupError(
            f"The archive is damaged: a row of {broken[0]} refers to one of {broken[2]} that is "
            "not there. Nothing was changed."
        )

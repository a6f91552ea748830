"""A whole database out of one file."""

import asyncio
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    TableClause,
    bindparam,
    column,
    event,
    exists,
    func,
    insert,
    inspect,
    select,
    table,
    text,
    update,
)
from sqlalchemy.exc import DBAPIError

from app.backup.archive import ArchiveReader, Progress
from app.backup.errors import BackupError
from app.backup.manifest import Manifest, TableEntry
from app.backup.values import decode, sql_type
from app.db.migrate import current_revision, known_revisions, move
from app.db.models import Script
from app.db.session import Database
from app.settings import Settings

_ROWS_AT_ONCE = 500
_BYTES_AT_ONCE = 8_000_000

Rows = list[dict[str, object]]


def restore(settings: Settings, path: Path, on_progress: Progress, *, replace: bool) -> Manifest:
    """Make the database of these settings what the backup holds. Blocking.

    The backup is read through once before anything is touched. Then one transaction does it all:
    whatever fails or is interrupted leaves what was there before. What was made with an older
    schema is filled in at that schema and migrated. Raises :class:`BackupError`: the archive is
    damaged or newer than this version; the database holds something, and ``replace`` is false.
    """
    with ArchiveReader(path) as archive:
        manifest = archive.manifest
        if manifest.schema_revision not in known_revisions():
            raise BackupError(
                f"The backup has the schema {manifest.schema_revision} of Offbook "
                f"{manifest.app_version}, which is newer than this version. Update Offbook first."
            )
        archive.verify(on_progress)
        asyncio.run(_restore(settings, archive, on_progress, replace=replace))
        return manifest


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
        raise BackupError(
            f"The database refused the backup, and is as it was before: {error.orig}. "
            "Is the service still running on it? Stop it first."
        ) from error
    finally:
        await database.aclose()


def _suspend_references(database: Database) -> None:
    """SQLite's migrations rebuild tables, which would take along all that refers to them.

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
    _clear(connection, replace=replace)
    move(connection, manifest.schema_revision)
    _check_tables(connection, manifest)
    for entry in manifest.tables:
        _insert(connection, archive, entry, on_progress)
    move(connection, newest)
    _check_references(connection)
    _advance_sequences(connection)


def _check_known(connection: Connection) -> None:
    current = current_revision(connection)
    if current is not None and current not in known_revisions():
        raise BackupError(
            f"The database has the schema {current}, which is newer than this version. "
            "Update Offbook first, or name another database."
        )


def _clear(connection: Connection, *, replace: bool) -> None:
    for each in reversed(Script.metadata.sorted_tables):
        if replace:
            connection.execute(each.delete())
        elif connection.scalar(select(exists().select_from(each))):
            raise BackupError(
                f"The database is not empty: there are {each.name}. Nothing was changed. "
                "With --replace, everything it holds is replaced by what the backup holds."
            )


def _check_tables(connection: Connection, manifest: Manifest) -> None:
    """The archive has just the tables and columns of its schema."""
    inspector = inspect(connection)
    names = set(inspector.get_table_names())
    for entry in manifest.tables:
        known = inspector.get_columns(entry.name) if entry.name in names else []
        if {each["name"] for each in known} != set(entry.columns):
            raise BackupError(
                f"The archive's {entry.name} is not a table of the schema "
                f"{manifest.schema_revision}, as it says. Nothing was changed."
            )


def _insert(
    connection: Connection, archive: ArchiveReader, entry: TableEntry, on_progress: Progress
) -> None:
    """The rows of one table; those of them that they refer to may come later."""
    target = table(entry.name, *(column(name, sql_type(k)) for name, k in entry.columns.items()))
    parents = _own_references(connection, entry.name)
    done = 0
    for rows in _batches(archive, entry):
        connection.execute(insert(target), [row | dict.fromkeys(parents) for row in rows])
        done += len(rows)
        on_progress(entry.name, done, entry.rows)
    for parent in parents:
        _refer(connection, target, parent, archive, entry)


def _own_references(connection: Connection, name: str) -> list[str]:
    """The columns of a table that refer to the table itself."""
    keys = inspect(connection).get_foreign_keys(name)
    return [
        column
        for key in keys
        if key["referred_table"] == name
        for column in key["constrained_columns"]
    ]


def _refer(
    connection: Connection,
    target: TableClause,
    parent: str,
    archive: ArchiveReader,
    entry: TableEntry,
) -> None:
    keys = inspect(connection).get_pk_constraint(entry.name)["constrained_columns"]
    is_row: list[ColumnElement[bool]] = [
        target.c[key] == bindparam(f"key_{key}", type_=target.c[key].type) for key in keys
    ]
    statement = update(target).where(*is_row).values({parent: bindparam("parent")})
    for rows in _batches(archive, entry):
        values = [
            {"parent": row[parent], **{f"key_{key}": row[key] for key in keys}}
            for row in rows
            if row[parent] is not None
        ]
        if values:
            connection.execute(statement, values)


def _batches(archive: ArchiveReader, entry: TableEntry) -> Iterator[Rows]:
    batch: Rows = []
    size = 0
    for row, length in archive.rows(entry):
        batch.append(_decoded(entry, row))
        size += length
        if len(batch) == _ROWS_AT_ONCE or size >= _BYTES_AT_ONCE:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


def _decoded(entry: TableEntry, row: list[Any]) -> dict[str, object]:
    try:
        return {
            name: decode(kind, value)
            for (name, kind), value in zip(entry.columns.items(), row, strict=True)
        }
    except ValueError as error:
        raise BackupError(f"The archive is damaged at {entry.member}: {error}.") from error


def _check_references(connection: Connection) -> None:
    if connection.dialect.name != "sqlite":
        return  # it has checked each
    broken = connection.execute(text("PRAGMA foreign_key_check")).first()
    if broken is not None:
        raise BackupError(
            f"The archive is damaged: a row of {broken[0]} refers to one of {broken[2]} that is "
            "not there. Nothing was changed."
        )


def _advance_sequences(connection: Connection) -> None:
    """PostgreSQL numbers on from where its own sequence is, whatever numbers rows came with."""
    if connection.dialect.name != "postgresql":
        return
    for each in Script.metadata.sorted_tables:
        if (numbered := each.autoincrement_column) is not None:
            sequence = func.pg_get_serial_sequence(each.name, numbered.name)
            newest = select(func.coalesce(func.max(numbered), 0) + 1).scalar_subquery()
            connection.execute(select(func.setval(sequence, newest, False)))

"""Insert the rows of a backup into the tables of a database, within one transaction."""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    TableClause,
    bindparam,
    column,
    func,
    insert,
    inspect,
    select,
    table,
    update,
)

from app.backup.archive import ArchiveReader, Progress
from app.backup.errors import BackupError
from app.backup.manifest import TableEntry
from app.backup.values import decode, sql_type
from app.db.models import Script

_ROWS_AT_ONCE = 500
_BYTES_AT_ONCE = 8_000_000

Rows = list[dict[str, object]]


def insert_rows(
    connection: Connection, archive: ArchiveReader, entry: TableEntry, on_progress: Progress
) -> None:
    """Insert the rows of one table; a row may refer to a later one."""
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
    """Return the columns of a table that refer to the table itself."""
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


def advance_sequences(connection: Connection) -> None:
    """Set PostgreSQL's sequences past the numbers of the inserted rows.

    Otherwise they would go on from their own state, and repeat numbers.
    """
    if connection.dialect.name != "postgresql":
        return
    for each in Script.metadata.sorted_tables:
        if (numbered := each.autoincrement_column) is not None:
            sequence = func.pg_get_serial_sequence(each.name, numbered.name)
            newest = select(func.coalesce(func.max(numbered), 0) + 1).scalar_subquery()
            connection.execute(select(func.setval(sequence, newest, False)))

"""Complete upgrades that an older version left half-applied.

Up to schema 0011, SQLite committed each statement of a migration separately, and the number of the
schema last. A process killed in between left the first statements applied under the old number, and
every later start failed at the first of them. Statements whose result exists are now skipped, and
the resulting schema must equal, word for word, the schema that the migrations make from scratch.
"""

import re
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, event, text
from sqlalchemy.exc import DBAPIError

Schema = dict[str, str]
"""The CREATE statement of each table and index, by name."""

_EXISTS = re.compile(r"^duplicate column name: |^(table|index) \S+ already exists$")


def is_half_applied(error: DBAPIError) -> bool:
    """Return whether a migration failed on SQLite because a table, index or column exists."""
    return isinstance(error.orig, sqlite3.OperationalError) and _exists(error.orig)


@contextmanager
def skipping_what_exists(connection: Connection) -> Iterator[None]:
    """Skip statements whose result exists; the caller compares :func:`differences` afterwards."""

    def execute(cursor: Any, statement: str, parameters: Any, _: object) -> bool:
        try:
            cursor.execute(statement, parameters)
        except sqlite3.OperationalError as error:
            if not _exists(error):
                raise
        return True

    event.listen(connection.engine, "do_execute", execute)
    try:
        yield
    finally:
        event.remove(connection.engine, "do_execute", execute)


def schema_of(connection: Connection) -> Schema:
    """Return the tables and indexes of a SQLite database, with whitespace normalised."""
    rows = connection.execute(text("SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL"))
    return {name: re.sub(r"\s+", " ", sql).strip() for name, sql in rows}


def differences(connection: Connection, clean: Schema) -> list[str]:
    """Return the tables and indexes that are missing or differ from ``clean``; ignore others."""
    found = schema_of(connection)
    return sorted(name for name, sql in clean.items() if found.get(name) != sql)


def _exists(error: sqlite3.OperationalError) -> bool:
    return _EXISTS.match(str(error)) is not None

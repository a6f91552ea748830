"""Databases that an older version left half-upgraded.

Up to schema 0011, SQLite got each statement of a migration for itself, and the number of the schema
last. A process that was killed in between left the first few statements done and the old number:
every later start failed at the first of them. They are skipped where their result exists, and the
schema that results must be, word for word, the one that the migrations make of nothing.
"""

import re
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, event, text
from sqlalchemy.exc import DBAPIError

Schema = dict[str, str]
"""The statement that makes a table or an index, by its name."""

_EXISTS = re.compile(r"^duplicate column name: |^(table|index) \S+ already exists$")


def is_half_applied(error: DBAPIError) -> bool:
    """Return whether a migration failed at something that is there already, on SQLite."""
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
    """Return what a SQLite database consists of, spaces aside."""
    rows = connection.execute(text("SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL"))
    return {name: re.sub(r"\s+", " ", sql).strip() for name, sql in rows}


def differences(connection: Connection, clean: Schema) -> list[str]:
    """Return the tables and indexes that are missing or not as in ``clean``; others may exist."""
    found = schema_of(connection)
    return sorted(name for name, sql in clean.items() if found.get(name) != sql)


def _exists(error: sqlite3.OperationalError) -> bool:
    return _EXISTS.match(str(error)) is not None

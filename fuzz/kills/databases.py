"""Manage the databases of a run: SQLite files in its folder, or schemas of one PostgreSQL."""

import os
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Engine, MetaData, create_engine, inspect, make_url, select, text

from app.settings import DatabaseSettings, Settings

_PREFIX = f"offbook_kills_{os.getpid()}_"
"""Of schemas; several runs may use one PostgreSQL database."""


@dataclass(frozen=True, slots=True)
class Place:
    """Locate one database; ``url`` is in the form of the service's settings."""

    name: str
    url: str
    file: Path | None
    """Of a SQLite database."""

    @property
    def service_url(self) -> str:
        """Return the URL with the driver that the service uses."""
        return Settings(database=DatabaseSettings(url=self.url)).database_url

    def engine(self) -> Engine:
        """Return an engine with blocking connections to the database."""
        return create_engine(self.service_url.replace("+aiosqlite", ""))

    def watch(self) -> Callable[[], bool] | None:
        """Return a function that reports writes since this call; None for PostgreSQL."""
        if self.file is None:
            return None
        file, before = self.file, _stamps(self.file)
        return lambda: _stamps(file) != before


class Databases:
    """Create, copy and remove the databases of a run."""

    def __init__(self, folder: Path, server: str | None) -> None:
        """Take the URL of a PostgreSQL database, or None for SQLite."""
        self._folder = folder
        self._server = server
        self._made: set[str] = set()

    @property
    def dialect(self) -> str:
        """Return ``sqlite`` or ``postgresql``."""
        return "postgresql" if self._server else "sqlite"

    def place(self, name: str) -> Place:
        """Return where the database of this name is or will be."""
        if self._server is None:
            file = self._folder / name / "offbook.sqlite3"
            return Place(name, f"sqlite:///{file}", file)
        url = make_url(self._server).update_query_dict(
            {"options": f"-csearch_path={_PREFIX}{name}"}
        )
        return Place(name, url.render_as_string(hide_password=False), None)

    def empty(self, name: str) -> Place:
        """Create a database without tables, in place of one with the same name."""
        place = self.place(name)
        self.remove(name)
        self._made.add(name)
        if place.file is not None:
            place.file.parent.mkdir(parents=True)
        else:
            self._administer(f'CREATE SCHEMA "{_PREFIX}{name}"')
        return place

    def remove(self, name: str) -> None:
        """Remove a database, if it exists."""
        if self._server is None:
            shutil.rmtree(self._folder / name, ignore_errors=True)
        else:
            self._administer(f'DROP SCHEMA IF EXISTS "{_PREFIX}{name}" CASCADE')

    def remove_all(self) -> None:
        """Remove all databases that were created."""
        for name in self._made:
            self.remove(name)

    def fill(self, source: Place, target: Place) -> None:
        """Copy the columns that the tables of both databases share. Blocking.

        The target may have an older schema, and is then like a database of that version.
        """
        if source.file is not None and target.file is not None:
            _fill_file(source.file, target.file)
        else:
            self._fill_schema(source, target)

    def _fill_schema(self, source: Place, target: Place) -> None:
        old, new = f"{_PREFIX}{target.name}", f"{_PREFIX}{source.name}"
        engine = target.engine()
        with engine.begin() as connection:
            inspector = inspect(connection)
            # Sorted by references, so that every row follows the rows it refers to.
            for table in _sorted_tables(engine):
                known = {each["name"] for each in inspector.get_columns(table, schema=new)}
                columns = [each["name"] for each in inspector.get_columns(table)]
                names = ", ".join(f'"{each}"' for each in columns if each in known)
                connection.execute(
                    text(
                        f'INSERT INTO "{old}"."{table}" ({names}) '  # noqa: S608 (names of our tables)
                        f'SELECT {names} FROM "{new}"."{table}"'
                    )
                )
        engine.dispose()

    def _administer(self, statement: str) -> None:
        assert self._server is not None  # noqa: S101 (called for PostgreSQL alone)
        url = Settings(database=DatabaseSettings(url=self._server)).database_url
        engine = create_engine(url, isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            connection.execute(text(statement))
        engine.dispose()


def copy_file(source: Path, target: Path) -> None:
    """Copy a SQLite database, including the content of its log. Blocking."""
    target.parent.mkdir(parents=True, exist_ok=True)
    with sqlite3.connect(source) as read, sqlite3.connect(target) as written:
        read.backup(written)
    read.close()
    written.close()


def contents(place: Place) -> dict[str, list[str]]:
    """Return the rows of every table as text, sorted. Blocking."""
    engine = place.engine()
    metadata = MetaData()
    metadata.reflect(engine)
    with engine.connect() as connection:
        found = {
            table.name: sorted(repr(tuple(row)) for row in connection.execute(select(table)))
            for table in metadata.tables.values()
        }
    engine.dispose()
    return found


def _stamps(file: Path) -> list[tuple[int, int]]:
    """Return sizes and modification times of the database and its logs."""
    found = []
    for each in _files(file):
        try:
            state = each.stat()
        except FileNotFoundError:
            found.append((0, 0))
        else:
            found.append((state.st_size, state.st_mtime_ns))
    return found


def _files(file: Path) -> Iterator[Path]:
    for suffix in ("", "-wal", "-journal"):
        yield file.with_name(file.name + suffix)


def _fill_file(source: Path, target: Path) -> None:
    connection = sqlite3.connect(target)
    connection.execute("ATTACH DATABASE ? AS source", (str(source),))
    tables = _names(connection, "main") & _names(connection, "source")
    for table in sorted(tables - {"alembic_version"}):
        columns = _columns(connection, "main", table) & _columns(connection, "source", table)
        names = ", ".join(f'"{each}"' for each in sorted(columns))
        connection.execute(
            f'INSERT INTO main."{table}" ({names}) SELECT {names} FROM source."{table}"'  # noqa: S608 (names of our own tables)
        )
    connection.commit()
    connection.close()


def _names(connection: sqlite3.Connection, schema: str) -> set[str]:
    statement = f"SELECT name FROM {schema}.sqlite_master WHERE type = 'table'"  # noqa: S608 (one of two)
    rows = connection.execute(statement)
    return {str(row[0]) for row in rows if not str(row[0]).startswith("sqlite_")}


def _columns(connection: sqlite3.Connection, schema: str, table: str) -> set[str]:
    rows = connection.execute(f'PRAGMA {schema}.table_info("{table}")')
    return {str(row[1]) for row in rows}


def _sorted_tables(engine: Engine) -> list[str]:
    metadata = MetaData()
    metadata.reflect(engine)
    return [table.name for table in metadata.sorted_tables if table.name != "alembic_version"]

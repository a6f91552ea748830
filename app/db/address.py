"""Read the file and the driver of a database from its URL."""

import os
from pathlib import Path
from urllib.parse import unquote, urlsplit

from sqlalchemy import URL


def sqlite_file(url: URL) -> Path | None:
    """Return the file of a SQLite database; None for one in memory, and for PostgreSQL.

    ``file:`` URIs are parsed as SQLite does (sqlite.org/uri.html).
    """
    name = url.database
    if url.get_backend_name() != "sqlite" or not name or name == ":memory:":
        return None
    if not (name.startswith("file:") and _is_on(url.query.get("uri"))):
        return Path(os.path.abspath(name))
    path = unquote(urlsplit(name).path)
    if path in {"", ":memory:"} or url.query.get("mode") == "memory":
        return None
    return Path(os.path.abspath(path))


def blocking(url: URL) -> URL:
    """Return the same address for a blocking driver: migrations and locks need no event loop."""
    drivers = {"sqlite": "sqlite", "postgresql": "postgresql+psycopg"}
    return url.set(drivername=drivers.get(url.get_backend_name(), url.drivername))


def make_parent_folder(url: URL) -> None:
    """Create the folder of a SQLite file; a ``file:`` URI is left alone."""
    file = sqlite_file(url)
    if file is not None and not str(url.database).startswith("file:"):
        file.parent.mkdir(parents=True, exist_ok=True)


def describe(url: URL) -> str:
    """Return the database's name for a sentence, without the password."""
    if url.get_backend_name() != "sqlite":
        port = f":{url.port}" if url.port else ""
        return f"the database {url.database} at {url.host or 'the local socket'}{port}"
    file = sqlite_file(url)
    return "the database in memory" if file is None else f"the database {file}"


def _is_on(value: str | tuple[str, ...] | None) -> bool:
    return str(value).lower() in {"1", "true", "yes", "on"}

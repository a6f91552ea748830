"""Where a database is: what a URL says about files and drivers."""

import os
from pathlib import Path
from urllib.parse import unquote, urlsplit

from sqlalchemy import URL


def sqlite_file(url: URL) -> Path | None:
    """Return the file of a SQLite database; None for one in memory, and for PostgreSQL.

    ``file:`` addresses are read as SQLite reads them (sqlite.org/uri.html).
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
    """Return the same address for a driver that blocks: migrations and locks need no event loop."""
    drivers = {"sqlite": "sqlite", "postgresql": "postgresql+psycopg"}
    return url.set(drivername=drivers.get(url.get_backend_name(), url.drivername))


def make_parent_folder(url: URL) -> None:
    """Make the folder of a SQLite file; a ``file:`` address is taken as it is."""
    file = sqlite_file(url)
    if file is not None and not str(url.database).startswith("file:"):
        file.parent.mkdir(parents=True, exist_ok=True)


def describe(url: URL) -> str:
    """Name the database in a sentence, without the password."""
    if url.get_backend_name() != "sqlite":
        port = f":{url.port}" if url.port else ""
        return f"the database {url.database} at {url.host or 'the local socket'}{port}"
    file = sqlite_file(url)
    return "the database in memory" if file is None else f"the database {file}"


def _is_on(value: str | tuple[str, ...] | None) -> bool:
    return str(value).lower() in {"1", "true", "yes", "on"}

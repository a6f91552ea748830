"""Make the databases of a run, and count their connections."""

import asyncio
import os
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import psycopg
from psycopg.errors import InsufficientPrivilege
from sqlalchemy import URL, make_url

DROP_SECONDS = 120


@asynccontextmanager
async def database(server: str, name: str) -> AsyncIterator[str]:
    """Make a database, yield its URL, and drop it with all connections."""
    made = f"offbook_fleet_{os.getpid()}_{name}"
    await asyncio.to_thread(_administer, server, f'CREATE DATABASE "{made}"')
    try:
        yield _text(make_url(server).set(database=made))
    finally:
        await asyncio.to_thread(_drop, server, made)


def through(url: str, port: int) -> str:
    """Return the URL of the same database behind a pooler on loopback."""
    return _text(make_url(url).set(host="127.0.0.1", port=port))


def read(url: str, statement: str) -> list[tuple[object, ...]]:
    """Return the rows of a query. Blocking."""
    with psycopg.connect(_plain(url)) as connection:
        return connection.execute(statement.encode()).fetchall()


def backends(url: str) -> list[int]:
    """Return the process ids of the server's connections to a database. Blocking."""
    rows = read(
        url,
        "SELECT pid FROM pg_stat_activity"
        " WHERE datname = current_database() AND pid <> pg_backend_pid()",
    )
    return [int(str(row[0])) for row in rows]


def _drop(server: str, name: str) -> None:
    """Drop a database; wait while the server vacuums it, which only a superuser may end."""
    until = time.monotonic() + DROP_SECONDS
    while True:
        try:
            return _administer(server, f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        except InsufficientPrivilege:
            if time.monotonic() > until:
                raise
            time.sleep(1)


def _administer(server: str, statement: str) -> None:
    with psycopg.connect(_plain(server), autocommit=True) as connection:
        connection.execute(statement.encode())


def _plain(url: str) -> str:
    return _text(make_url(url).set(drivername="postgresql"))


def _text(url: URL) -> str:
    return url.render_as_string(hide_password=False)

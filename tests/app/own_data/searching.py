"""Look for texts and ids in every column of every table that the database has."""

import json
import zlib
from collections.abc import Iterable
from uuid import UUID

from sqlalchemy import Connection, MetaData, create_engine, make_url, select
from sqlalchemy.pool import NullPool

from app.db.address import blocking
from app.settings import Settings


def spellings(ids: Iterable[UUID]) -> set[bytes]:
    """The ways in which an id may be written."""
    return {each for id in ids for each in (str(id).encode(), id.hex.encode(), id.bytes)}


def find(settings: Settings, sought: Iterable[bytes]) -> list[str]:
    """Where any of these bytes is, as ``table.column``; cases of letters do not count."""
    needles = {each.lower() for each in sought}
    engine = create_engine(blocking(make_url(settings.database_url)), poolclass=NullPool)
    try:
        with engine.connect() as connection:
            return sorted(set(_find(connection, needles)))
    finally:
        engine.dispose()


def _find(connection: Connection, needles: set[bytes]) -> Iterable[str]:
    reflected = MetaData()
    reflected.reflect(connection)
    for table in reflected.sorted_tables:
        for row in connection.execute(select(table)).mappings():
            for column, value in row.items():
                content = _bytes(value).lower()
                if any(needle in content for needle in needles):
                    yield f"{table.name}.{column}"


def _bytes(value: object) -> bytes:
    if isinstance(value, bytes | memoryview):
        stored = bytes(value)
        try:
            return stored + zlib.decompress(stored)
        except zlib.error:
            return stored
    if isinstance(value, list | dict):
        return json.dumps(value, ensure_ascii=False, default=str).encode()
    return str(value).encode()

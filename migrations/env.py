"""Run migrations over one connection, with the metadata of ``app.db.models``.

The connection is always in a transaction, which spans all migrations of a run (an upgrade of
PostgreSQL runs each by itself): Alembic begins and commits none of its own.
"""

from typing import Any, Literal

from alembic import context
from sqlalchemy import Connection, make_url

from app.db import models
from app.db.base import Base, UtcDateTime
from app.db.compatibility import TABLE as COMPATIBILITY
from app.db.migration_connection import migrating
from app.settings import Settings

assert models.Script.metadata is Base.metadata  # noqa: S101 (the import completes the metadata)


def _url() -> str:
    """Return the database that the caller named; for alembic's own commands, the settings'."""
    return context.config.attributes.get("url") or Settings().database_url


def _render(kind: str, item: Any, _: Any) -> str | Literal[False]:
    """Render plain column types: a migration must not depend on later versions of the app."""
    if kind == "type" and isinstance(item, UtcDateTime):
        return "sa.DateTime(timezone=True)"
    return False


def _is_modelled(name: str | None, kind: str, _: Any) -> bool:
    """Leave out the migrations' own table, which no model describes."""
    return not (kind == "table" and name == COMPATIBILITY)


_SEARCH = "character_search"
_TRIGRAMS = "ix_character_texts_text"


def _is_compared(_: Any, name: str | None, kind: str, reflected: bool, __: Any) -> bool:
    """Leave out what only one kind of database has: the indexes for searches (0031).

    SQLite's is a virtual table with tables of its own; PostgreSQL's needs an extension.
    """
    searches = (
        name is not None
        and reflected
        and (
            (kind == "table" and name.startswith(_SEARCH))
            or (kind == "index" and name == _TRIGRAMS)
        )
    )
    return not searches


def _migrate(connection: Connection) -> None:
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        render_as_batch=connection.dialect.name == "sqlite",
        compare_type=True,
        render_item=_render,
        include_name=_is_modelled,
        include_object=_is_compared,
    )
    context.run_migrations()


if (given := context.config.attributes.get("connection")) is not None:
    _migrate(given)  # in the caller's transaction
else:
    with migrating(make_url(_url())) as own:
        _migrate(own)

"""Alembic's environment: one connection in a transaction, the metadata of ``app.db.models``.

The connection is always within a transaction, which holds all migrations of one run: Alembic
begins and commits none of its own.
"""

from typing import Any, Literal

from alembic import context
from sqlalchemy import Connection, make_url

from app.db import models
from app.db.base import Base, UtcDateTime
from app.db.migration_connection import migrating
from app.settings import Settings

assert models.Script.metadata is Base.metadata  # noqa: S101 (the import completes the metadata)


def _url() -> str:
    """The database the caller named; for alembic's own commands, that of the settings."""
    return context.config.attributes.get("url") or Settings().database_url


def _render(kind: str, item: Any, _: Any) -> str | Literal[False]:
    """Write a migration with plain column types: it must not depend on what the app becomes."""
    if kind == "type" and isinstance(item, UtcDateTime):
        return "sa.DateTime(timezone=True)"
    return False


def _migrate(connection: Connection) -> None:
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        render_as_batch=connection.dialect.name == "sqlite",
        compare_type=True,
        render_item=_render,
    )
    context.run_migrations()


if (given := context.config.attributes.get("connection")) is not None:
    _migrate(given)  # in the transaction of whoever asks
else:
    with migrating(make_url(_url())) as own:
        _migrate(own)

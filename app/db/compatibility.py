"""Say which older releases may run on a schema that they do not know.

Migrations expand: they add tables, columns and indexes that releases before them can ignore. A
release that still runs, or that starts again during a rolling upgrade, then works on. The table
``schema_compatibility`` has one row, the oldest schema whose release may use the present one; a
migration that contracts (drops, renames or tightens anything) moves it on::

    op.execute("UPDATE schema_compatibility SET oldest = 'NNNN'")

It belongs to the migrations, as ``alembic_version`` does: no model describes it, and no backup
contains it.
"""

from collections.abc import Sequence

from sqlalchemy import Connection, inspect, text

TABLE = "schema_compatibility"


def oldest_compatible(connection: Connection) -> str | None:
    """Return the oldest schema whose release may use this database; None where none is named."""
    if not inspect(connection).has_table(TABLE):
        return None
    oldest: str | None = connection.scalar(text(f"SELECT oldest FROM {TABLE}"))  # noqa: S608 (a constant)
    return oldest


def may_run_on_newer(connection: Connection, known: Sequence[str]) -> bool:
    """Return whether a release with these schemas may use a database with a newer one."""
    return oldest_compatible(connection) in known

"""Find out who holds the locks that a migration could not have, on PostgreSQL."""

import contextlib

from sqlalchemy import URL, text
from sqlalchemy.exc import DBAPIError

from app.db.migration_connection import inspecting

_REFUSED = frozenset({"55P03", "40P01"})
"""PostgreSQL's codes (manual, appendix A) for a lock timeout and for a deadlock."""
_SHOWN_CHARACTERS = 80

_HOLDERS = text("""
    SELECT held.relname, who.pid, coalesce(who.state, who.backend_type, 'another user'),
        extract(epoch FROM now() - who.xact_start)
    FROM pg_locks AS lock
    JOIN pg_class AS held ON held.oid = lock.relation
    JOIN pg_stat_activity AS who ON who.pid = lock.pid
    WHERE lock.granted AND lock.pid <> pg_backend_pid() AND held.relkind IN ('r', 'p')
        AND lock.database = (SELECT oid FROM pg_database WHERE datname = current_database())
        AND position(held.relname IN :statement) > 0
    GROUP BY 1, 2, 3, 4 ORDER BY 4 DESC NULLS LAST, 1 LIMIT 3
""")


def is_lock_refused(error: DBAPIError) -> bool:
    """Return whether a statement ended because it waited for a lock of PostgreSQL's too long."""
    return getattr(error.orig, "sqlstate", None) in _REFUSED


def describe_wait(url: URL, statement: str | None) -> str:
    """Return what a refused statement waited for, and who holds it now, oldest first.

    The process that held it may have ended by then.
    """
    short = " ".join((statement or "").split())[:_SHOWN_CHARACTERS]
    holders: list[str] = []
    with contextlib.suppress(DBAPIError), inspecting(url) as connection:
        for table, pid, state, age in connection.execute(_HOLDERS, {"statement": statement or ""}):
            holders.append(f"{table} is locked by process {pid}{_since(state, age)}")
    return f"the lock that “{short}” needs ({'; '.join(holders) or 'free again by now'})"


def _since(state: str, seconds: float | None) -> str:
    return f" ({state})" if seconds is None else f" ({state}, for {float(seconds):.0f} s)"

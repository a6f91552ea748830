"""Apply migrations so that those who use the database wait for none of them for long.

On PostgreSQL each is a transaction of its own: the locks of one are released before the next one
begins, and an upgrade that was interrupted goes on after the last one that was committed. On SQLite
there is one writer at a time, and one transaction holds all of them.

A migration may have a function ``fill(connection, after)`` that fills in a batch of rows. It is
called before ``upgrade``, each time in a transaction of its own, with None and then with what it
returned, until it returns None. ``upgrade`` fills in what is left: everything, on SQLite.
"""

import random
import time
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, TypeVar

from alembic import command
from alembic.script import Script
from sqlalchemy import URL
from sqlalchemy.exc import DBAPIError

from app.db.address import describe
from app.db.lock_holders import describe_wait, is_lock_refused
from app.db.migration_connection import migrating
from app.db.problems import DatabaseProblemError
from app.db.revisions import alembic_config

_LOCK_MS = 500
"""Time that one statement waits for a lock; all that need the table later wait behind it.

Below PostgreSQL's ``deadlock_timeout`` of a second, so that of a migration and a turn that wait for
each other the migration gives way."""
_PAUSES = (0.5, 1.5)
"""Seconds from a migration that got no lock to its next try."""
_REPORT_SECONDS = 10.0

T = TypeVar("T")


class Upgrade:
    """Apply migrations to one database, whose lock for upgrades the caller holds. Blocks."""

    def __init__(self, url: URL, *, wait: float, report: Callable[[str], None]) -> None:
        """Try for ``wait`` seconds to get the locks of a migration; ``report`` the progress."""
        self._url = url
        self._wait = wait
        self._report = report
        self._together = url.get_backend_name() == "sqlite"

    def run(self, migrations: Sequence[Script]) -> None:
        """Apply these, at least one, oldest first.

        Raises :class:`~app.db.problems.DatabaseProblemError` where a lock cannot be had in time;
        the migrations before that one stay applied.
        """
        first, last = migrations[0].revision, migrations[-1].revision
        self._report(f"Migrations to apply: {len(migrations)}, from {first} to {last}.")
        if self._together:
            self._apply(migrations)
            return
        for migration in migrations:
            self._fill(migration)
            self._patiently(migration, partial(self._apply, [migration]))

    def _apply(self, migrations: Sequence[Script]) -> None:
        config = alembic_config("")
        with migrating(self._url, lock_ms=_LOCK_MS) as connection:
            config.attributes["connection"] = connection
            for migration in migrations:
                started = time.monotonic()
                command.upgrade(config, migration.revision)
                seconds = time.monotonic() - started
                self._report(f"{_name(migration)} ({seconds:.1f} s)")

    def _fill(self, migration: Script) -> None:
        fill = getattr(migration.module, "fill", None)
        after: Any = None
        batches = 0
        while fill is not None and (batches == 0 or after is not None):
            after = self._patiently(migration, partial(self._fill_batch, fill, after))
            batches += 1

    def _fill_batch(self, fill: Callable[[Any, Any], Any], after: Any) -> Any:
        with migrating(self._url, lock_ms=_LOCK_MS) as connection:
            return fill(connection, after)

    def _patiently(self, migration: Script, step: Callable[[], T]) -> T:
        """Return what ``step`` does, tried again while others hold a lock that it needs."""
        end, next_report = time.monotonic() + self._wait, 0.0
        while True:
            try:
                return step()
            except DBAPIError as error:
                if not is_lock_refused(error):
                    raise
                waits = f"{_name(migration)} waits for {describe_wait(self._url, error.statement)}"
                if time.monotonic() >= end:
                    raise DatabaseProblemError(self._gave_up(waits)) from error
            if time.monotonic() >= next_report:
                self._report(waits)
                next_report = time.monotonic() + _REPORT_SECONDS
            time.sleep(random.uniform(*_PAUSES))  # noqa: S311 (no secret)

    def _gave_up(self, waits: str) -> str:
        return (
            f"The upgrade of {describe(self._url)} has waited for {self._wait:g} seconds. The "
            f"migration {waits}. End that transaction, or wait for its end, then start again: the "
            "upgrade goes on with this migration, and those before it are applied."
        )


def _name(migration: Script) -> str:
    return f"{migration.revision} {migration.doc}"

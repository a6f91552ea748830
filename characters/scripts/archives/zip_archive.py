"""Read ZIP archives of scripts, such as ChatHaruhi's folders: one story a text file."""

import re
from collections.abc import Iterator
from dataclasses import replace
from io import BytesIO
from pathlib import PurePosixPath
from tempfile import SpooledTemporaryFile
from typing import BinaryIO, cast

from characters.archives import Archive, is_archive
from characters.errors import ArchiveError, FileError, ScriptError
from characters.scripts.archives.cast import Cast, find_cast
from characters.scripts.containers import ContainerRequest, Contents
from characters.scripts.encodings.detection import Encoding, detect_encoding
from characters.scripts.lines import Refusal, reject
from characters.scripts.model import NonDialogue, ParseItem, Rejection, Scene

_SIGNATURES = (b"PK\x03\x04", b"PK\x05\x06")
_SYSTEM_FILES = {"thumbs.db", "desktop.ini"}
_MEMORY_BYTES = 8 * 1024 * 1024
"""A larger file of the archive is kept on disk while it is read."""
_WESTERN_NAMES = "cp437"
_NUMBER = re.compile(r"([0-9]+)")
_SYSTEM = Refusal("system_file", "A file that an operating system keeps for itself; left out.")
_FATAL = {"line_too_long", "record_too_long", "too_many_cells", "nested_archive", "too_large"}
"""Limits of the whole upload: a file over one of them refuses the archive, not only itself."""


class ZipArchive:
    """Read the files of an archive like uploads of their own, in the order of their names.

    ``part`` names the file in which a row is counted; a scene's episode is the file's name, unless
    it has another. A file that is not a script is rejected, with the code and message that it would
    be refused with. An archive in the archive refuses the whole.
    """

    name = "zip"

    def claims(self, file: BinaryIO, head: bytes, filename: str) -> bool:
        """Return whether the file begins as a ZIP; a picture with a ZIP behind it is a card."""
        return head.startswith(_SIGNATURES) and is_archive(file)

    def open(self, file: BinaryIO, request: ContainerRequest) -> Contents:
        """Bound the nesting, and take the encoding of the first text file.

        See ``ContainerFormat.open``.
        """
        if request.depth >= (limit := request.limits.archive_nesting):
            raise ScriptError(
                "nested_archive",
                f"Archives may lie {limit} deep in each other, and here is one more: unpack it"
                " first.",
                limit=limit,
            )
        found = _find_encoding(_open_archive(file, request), request)

        def parse() -> Iterator[ParseItem]:
            cast = find_cast(_open_archive(file, request))
            return _read(_open_archive(file, request), request, cast)

        return Contents(found.name, found.confidence, parse)


def _open_archive(file: BinaryIO, request: ContainerRequest) -> Archive:
    return Archive(file, request.archive_limits, _find_name_encoding)


def _find_name_encoding(names: bytes) -> str:
    """Return UTF-8 or an East Asian encoding of names, else the one of the ZIP format."""
    try:
        name = detect_encoding(BytesIO(names)).name
    except ScriptError:
        return _WESTERN_NAMES
    return _WESTERN_NAMES if name.startswith(("cp125", "iso8859")) else name


def _find_encoding(archive: Archive, request: ContainerRequest) -> Encoding:
    for path in _sorted_paths(archive):
        with _inflate(archive, path) as member:
            contents = _open_member(member, path, request)
        if isinstance(contents, Contents):
            return Encoding(contents.encoding, contents.confidence)
    return Encoding("utf-8", 1.0)


def _read(archive: Archive, request: ContainerRequest, cast: Cast) -> Iterator[ParseItem]:
    inside = 0
    for path in _sorted_paths(archive):
        with _inflate(archive, path) as member:
            contents = _open_member(member, path, request)
            if isinstance(contents, Rejection):
                yield replace(contents, member=path)
                continue
            inside += contents.inflated
            if archive.inflated + inside > (limit := request.limits.archive_bytes):
                raise _too_large(path, limit)
            for item in cast.rename(_parse_member(contents, path), path):
                yield _name_part(item, path)


def _open_member(member: BinaryIO, path: str, request: ContainerRequest) -> Contents | Rejection:
    name = PurePosixPath(path)
    if "__MACOSX" in name.parts or name.name.startswith(".") or name.name.lower() in _SYSTEM_FILES:
        return reject(1, path, _SYSTEM, rows=0)
    try:
        return request.read_member(member, name.name)
    except FileError as error:
        if error.code in _FATAL:
            raise
        return reject(1, path, Refusal(error.code, str(error)), rows=0)


def _parse_member(contents: Contents, path: str) -> Iterator[ParseItem]:
    """Yield a file's items, or reject it where it proves unreadable before any was read."""
    begun = False
    try:
        for item in contents.parse():
            begun = True
            yield item
    except ScriptError as error:
        if begun or error.code in _FATAL:
            message = f"In “{path[:100]}”: {error}"
            raise ScriptError(error.code, message, **error.detail) from error
        yield reject(1, path, Refusal(error.code, str(error)), rows=0)


def _name_part(item: ParseItem, path: str) -> ParseItem:
    """Return the item with the file it is from; a workbook's sheet stays named behind it."""
    if isinstance(item, NonDialogue):
        return item
    member = path if item.member is None else f"{path}: {item.member}"
    if isinstance(item, Scene):
        return replace(item, member=member, episode=item.episode or PurePosixPath(path).stem)
    return replace(item, member=member)


def _sorted_paths(archive: Archive) -> list[str]:
    """Return the paths by name, ``2.txt`` before ``10.txt``."""
    return sorted(archive.paths, key=_sort_key)


def _sort_key(path: str) -> list[tuple[int, str]]:
    key = []
    for index, piece in enumerate(_NUMBER.split(path)):  # text and digits alternate
        digits = piece.lstrip("0")
        key.append((len(digits), digits) if index % 2 else (0, piece))
    return key


def _inflate(archive: Archive, path: str) -> BinaryIO:
    member = cast(BinaryIO, SpooledTemporaryFile(_MEMORY_BYTES))  # noqa: SIM115  # see below
    try:
        archive.copy(path, member)
    except ArchiveError:
        member.close()
        raise
    return member  # the caller closes it


def _too_large(path: str, limit: int) -> ArchiveError:
    return ArchiveError(
        "too_large",
        f"With the archive's file {path[:100]!r} more than {limit:,} bytes are inflated, the most"
        " that an archive may hold, documents in it included.",
        limit=limit,
        unit="bytes",
    )

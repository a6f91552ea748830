"""CHARX archives: a ZIP of ``card.json`` and assets, read within bounds and written plainly.

A JPEG or a program in front of the archive changes nothing: a ZIP is found from its end. Format:
APPNOTE.TXT 6.3, sections 4.3.16 (end record) and 4.4.4 (flags).
"""

import stat
import zipfile
from collections.abc import Mapping
from io import BytesIO

from characters.cards.model import MEBIBYTE, CardLimits
from characters.errors import CardError

CARD_JSON = "card.json"
_END_RECORD = b"PK\x05\x06"
_END_RECORD_BYTES = 22
_LONGEST_COMMENT = 65_535
_ZIP64_LOCATOR = b"PK\x06\x07"
_ZIP64_LOCATOR_BYTES = 20
_DIRECTORY_BYTES = 4 * MEBIBYTE
"""Most bytes of a directory of names; it is read whole before its entries can be counted."""
_ENCRYPTED = 0x1
_PIECE = 64 * 1024
_EPOCH = (1980, 1, 1, 0, 0, 0)
"""ZIP's earliest date, so that equal cards give equal archives."""


def is_archive(content: bytes) -> bool:
    """Whether ``content`` ends as a ZIP does, whatever it begins with."""
    return _end_record(content) >= 0


def read_archive(content: bytes, limits: CardLimits) -> dict[str, bytes]:
    """The archive's files by their path.

    Raises ``CardError``: ``damaged_archive``, ``unsafe_archive`` (paths that leave the archive,
    links, encryption, two files of one name), ``too_large``.
    """
    _check_directory(content)
    try:
        with zipfile.ZipFile(BytesIO(content)) as archive:
            return _read_entries(archive, limits)
    except CardError:
        raise
    # What zipfile, struct and zlib raise over damaged bytes: EOFError, struct.error, ...
    except Exception as error:
        raise CardError("damaged_archive", f"The archive cannot be read: {error}.") from error


def write_archive(files: Mapping[str, bytes]) -> bytes:
    """A ZIP of ``files`` in their order, not compressed: pictures would not get smaller."""
    buffer = BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        for path, content in files.items():
            archive.writestr(zipfile.ZipInfo(path, _EPOCH), content)
    return buffer.getvalue()


def _end_record(content: bytes) -> int:
    last = len(content) - _END_RECORD_BYTES
    return content.rfind(_END_RECORD, max(0, last - _LONGEST_COMMENT), max(0, last + 4))


def _check_directory(content: bytes) -> None:
    end = _end_record(content)
    size = int.from_bytes(content[end + 12 : end + 16], "little")
    locator = content[max(0, end - _ZIP64_LOCATOR_BYTES) :][:4]
    if size > _DIRECTORY_BYTES or locator == _ZIP64_LOCATOR:
        raise CardError("too_large", "The archive's list of files is longer than 4 MiB.")


def _read_entries(archive: zipfile.ZipFile, limits: CardLimits) -> dict[str, bytes]:
    entries = [entry for entry in archive.infolist() if not entry.is_dir()]
    if len(entries) > limits.entries:
        raise CardError("too_large", f"The archive has more than {limits.entries} files.")
    files: dict[str, bytes] = {}
    left = limits.inflated_bytes
    for entry in entries:
        _check_entry(entry, files)
        files[entry.filename] = _inflate(archive, entry, min(left, limits.entry_bytes))
        left -= len(files[entry.filename])
    return files


def _check_entry(entry: zipfile.ZipInfo, seen: Mapping[str, bytes]) -> None:
    problem = _unsafe_path(entry.orig_filename)
    if entry.flag_bits & _ENCRYPTED:
        problem = "is encrypted"
    elif stat.S_ISLNK(entry.external_attr >> 16):
        problem = "is a link"
    elif entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        problem = "is compressed in a way CHARX does not allow"
    elif entry.filename in seen:
        problem = "is there twice"
    if problem:
        name = entry.orig_filename[:100]
        raise CardError("unsafe_archive", f"The archive is refused: its file {name!r} {problem}.")


def _unsafe_path(path: str) -> str | None:
    parts = path.split("/")
    if "\\" in path or "\0" in path or path[1:2] == ":" or not all(parts) or {".", ".."} & {*parts}:
        return "has a path that leaves the archive or cannot be a file's"
    return None


def _inflate(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, limit: int) -> bytes:
    """The entry's bytes, counted as they come: what its header promises proves nothing."""
    content = bytearray()
    with archive.open(entry) as stream:
        while piece := stream.read(_PIECE):
            content += piece
            if len(content) > limit:
                size = limit // MEBIBYTE
                raise CardError(
                    "too_large",
                    f"The archive's file {entry.filename[:100]!r} takes it over what may be "
                    f"inflated ({size} MiB here).",
                )
    return bytes(content)

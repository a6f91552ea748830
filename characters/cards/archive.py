"""Read and write CHARX archives: a ZIP of ``card.json`` and assets."""

import zipfile
from collections.abc import Mapping
from io import BytesIO
from typing import BinaryIO

from characters import archives
from characters.cards.model import CardLimits
from characters.errors import ArchiveError, CardError

CARD_JSON = "card.json"
_EPOCH = (1980, 1, 1, 0, 0, 0)
"""ZIP's earliest date, so that equal cards yield equal archives."""


def is_archive(content: bytes) -> bool:
    """Return whether ``content`` ends as a ZIP does, no matter how it begins."""
    return archives.is_archive(BytesIO(content))


def has_card(file: BinaryIO, limits: CardLimits) -> bool:
    """Return whether the archive has a ``card.json`` at its root; False if it cannot be read."""
    try:
        return CARD_JSON in archives.Archive(file, _bounds(limits))
    except ArchiveError:
        return False


def read_archive(content: bytes, limits: CardLimits) -> dict[str, bytes]:
    """Return the archive's files by path.

    Raises ``CardError``: ``damaged_archive``, ``unsafe_archive`` (paths that leave the archive,
    links, encryption, two files of one name), ``too_large``.
    """
    try:
        archive = archives.Archive(BytesIO(content), _bounds(limits))
        return {path: archive.read(path) for path in archive.paths}
    except ArchiveError as error:
        raise CardError(error.code, str(error), **error.detail) from error


def write_archive(files: Mapping[str, bytes]) -> bytes:
    """Return a ZIP of ``files`` in their order, not compressed: pictures would not get smaller."""
    buffer = BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        for path, content in files.items():
            archive.writestr(zipfile.ZipInfo(path, _EPOCH), content)
    return buffer.getvalue()


def _bounds(limits: CardLimits) -> archives.ArchiveLimits:
    return archives.ArchiveLimits(limits.entries, limits.entry_bytes, limits.inflated_bytes)

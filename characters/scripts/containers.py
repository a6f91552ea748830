"""Define files that hold a script without being rows of text: workbooks, documents, archives."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import BinaryIO, Protocol

from characters.archives import ArchiveLimits
from characters.scripts.model import ParseItem, ParseLimits
from characters.scripts.tables.columns import ColumnNames


@dataclass(frozen=True, slots=True)
class Contents:
    """Hold the contents of a container. Each call of ``parse`` reads it once, from its start."""

    encoding: str
    confidence: float
    """Confidence in the encoding, 0 to 1."""
    parse: Callable[[], Iterator[ParseItem]]
    inflated: int = 0
    """Bytes that were inflated to inspect it."""
    head: str = ""
    """The beginning of a file of text; empty for other files."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ContainerRequest:
    """Hold the caller's request, and the functions that read text and files within a container."""

    limits: ParseLimits
    encoding: str | None
    """The encoding that the caller named, if any."""
    columns: ColumnNames | None
    """The columns that the caller named, if any."""
    read_rows: Callable[[Iterable[str], str], Iterator[ParseItem]]
    """Parse rows of text with a file name: the format is detected from the first rows. Row numbers
    count these rows."""
    read_member: Callable[[BinaryIO, str], Contents]
    """Read a file inside the container (seekable) with its name, like an upload of its own."""
    depth: int = 0
    """Number of archives around the container."""

    @property
    def archive_limits(self) -> ArchiveLimits:
        """Return the bounds of a container that is a ZIP archive."""
        limits = self.limits
        return ArchiveLimits(limits.archive_entries, limits.archive_bytes, limits.archive_bytes)


class ContainerFormat(Protocol):
    """Read one kind of container. Implementations keep no state between scripts."""

    @property
    def name(self) -> str:
        """Return the format's name in the API: stable, lower case."""

    def claims(self, file: BinaryIO, head: bytes, filename: str) -> bool:
        """Return whether ``file`` (seekable), which begins with the bytes ``head``, is one.

        Never raises.
        """

    def open(self, file: BinaryIO, request: ContainerRequest) -> Contents:
        """Open ``file``; raise ``ScriptError`` or ``ArchiveError`` where it cannot be read at all.

        Rows of a document are its paragraphs; of a sheet, its rows; of an archive, the rows of the
        file inside it that ``part`` names.
        """

"""Files that hold a script without being rows of text: workbooks, documents, archives."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import BinaryIO, Protocol

from characters.archives import ArchiveLimits
from characters.scripts.model import ParseItem, ParseLimits
from characters.scripts.tables.columns import ColumnNames


@dataclass(frozen=True, slots=True)
class Contents:
    """What is inside a container. Each call of ``parse`` reads it once, from its start."""

    encoding: str
    confidence: float
    """How sure the encoding is, 0 to 1."""
    parse: Callable[[], Iterator[ParseItem]]
    inflated: int = 0
    """Bytes that were inflated to look into it."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the caller asked for, and the ways back into the text formats."""

    limits: ParseLimits
    encoding: str | None
    """The encoding that the caller named, if any."""
    columns: ColumnNames | None
    """The columns that the caller named, if any."""
    read_rows: Callable[[Iterable[str], str], Iterator[ParseItem]]
    """Rows of text, and a file name: their format is told from the first of them, then they are
    parsed. Row numbers count these rows."""
    read_member: Callable[[BinaryIO, str], Contents]
    """A file inside the container (seekable) and its name, read like an upload of its own."""
    depth: int = 0
    """How many archives the container lies in."""

    @property
    def archive_limits(self) -> ArchiveLimits:
        """The bounds of a container that is a ZIP."""
        limits = self.limits
        return ArchiveLimits(limits.archive_entries, limits.archive_bytes, limits.archive_bytes)


class ContainerFormat(Protocol):
    """A kind of container. Implementations keep no state between scripts."""

    @property
    def name(self) -> str:
        """Stable, lower case; what the API calls the format."""

    def claims(self, file: BinaryIO, head: bytes, filename: str) -> bool:
        """Whether ``file`` (seekable), which begins with the bytes ``head``, is one.

        Never raises.
        """

    def open(self, file: BinaryIO, wanted: Wanted) -> Contents:
        """Look into ``file``; ``ScriptError`` or ``ArchiveError`` where it cannot be read at all.

        Rows of a document are its paragraphs; of a sheet, its rows; of an archive, the rows of
        the file inside it that ``part`` names.
        """

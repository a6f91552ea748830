"""Describe an uploaded file, and how to read it."""

import hashlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import PurePosixPath, PureWindowsPath
from typing import BinaryIO

from app.errors import InvalidError
from app.readers.pool import Disconnect
from app.text import has_control_characters
from characters.scripts.tables.columns import ColumnNames

_TITLE_CHARACTERS = 200
_FILENAME_CHARACTERS = 255


@dataclass(frozen=True, slots=True)
class Upload:
    """Hold an uploaded file, and the sender's wishes for reading it."""

    file: BinaryIO
    filename: str
    size: int
    title: str | None = None
    format: str | None = None
    encoding: str | None = None
    columns: ColumnNames | None = None
    aliases: Mapping[str, str] = field(default_factory=dict)
    disconnect: Disconnect | None = None
    """Done once the client has disconnected."""

    def options(self) -> dict[str, str]:
        """Return how to read the file, without aliases: different options make another script."""
        columns = asdict(self.columns) if self.columns else {}
        named = {f"{name}_column": column for name, column in columns.items()}
        options = {"format": self.format, "encoding": self.encoding, **named}
        return {name: value for name, value in options.items() if value}

    def read_title(self) -> str:
        """Return the title it is stored under: the given one, or the file's name."""
        title = " ".join((self.title or file_stem(self.filename) or "script").split())
        if len(title) > _TITLE_CHARACTERS:
            raise InvalidError(
                "title_too_long",
                f"The title has {len(title)} characters; {_TITLE_CHARACTERS} are allowed.",
                limit=_TITLE_CHARACTERS,
            )
        if has_control_characters(title):
            raise InvalidError("invalid_title", "The title contains control characters.")
        return title

    def own_name(self) -> str:
        """Return the file's base name without control characters, cut to a storable length."""
        name = PurePosixPath(PureWindowsPath(self.filename).as_posix()).name
        kept = (character for character in name if not has_control_characters(character))
        return "".join(kept)[:_FILENAME_CHARACTERS]

    def sha256(self) -> str:
        """Return the hash of the whole file, which is read for it."""
        self.file.seek(0)
        return hashlib.file_digest(self.file, "sha256").hexdigest()  # type: ignore[arg-type]  # BinaryIO has no readinto by name


def file_stem(filename: str) -> str:
    """Return the file's name without folders and extension; a name for people, never a path."""
    name = PurePosixPath(PureWindowsPath(filename).as_posix()).name
    return PurePosixPath(name).stem.strip()

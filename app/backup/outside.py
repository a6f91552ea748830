"""Bring contents that are kept outside the database into the rows of a backup."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy import Table

from app.backup.errors import BackupError
from app.blobs.content import Content
from app.blobs.errors import BlobLostError, BlobUnavailableError
from app.blobs.factory import create_stores
from app.blobs.fields import CONTENT_FIELDS
from app.blobs.service import Blobs
from app.db.models import Blob, Character
from app.db.session import Database
from app.observability import Metrics
from app.settings import Settings

log = structlog.get_logger(__name__)

OBJECTS = Blob.metadata.tables[Blob.__tablename__]
"""The table that a backup leaves empty: its objects are in the rows that refer to them."""


class OutsideContents:
    """Replace references to objects by the contents, so that the backup needs no other place."""

    def __init__(self, settings: Settings, database: Database) -> None:
        self._database = database
        self._blobs = Blobs(database, create_stores(settings, Metrics()), settings.blobs.place)

    async def bring_in(self, table: Table, row: Sequence[Any]) -> Sequence[Any] | None:
        """Return a row with its contents; None where its character was deleted since.

        Raises :class:`BackupError` where a place does not answer, or has lost a content.
        """
        values = dict(zip(table.columns.keys(), row, strict=True))
        for field in CONTENT_FIELDS:
            if field.table != table.name or (id := values[field.blob.key]) is None:
                continue
            content = await self._read(Content(b"", id), table.name, values["character_id"])
            if content is None:
                return None
            values |= {field.content.key: content, field.blob.key: None}
        return list(values.values())

    async def _read(self, content: Content, table: str, character: UUID) -> bytes | None:
        try:
            return await self._blobs.read(content)
        except BlobUnavailableError as error:
            raise BackupError(
                "The place where pictures and files are kept does not answer, or refuses; the log "
                "says why. A backup without them would not be whole, so none was made."
            ) from error
        except BlobLostError as error:
            if await self._is_gone(character):
                return None
            raise BackupError(
                f"A content of {table} is missing or damaged where it is kept, that of the "
                f"character {character}. Where it was replaced while this backup ran, which takes "
                "more than an hour then, begin again. Otherwise put the object back, or upload the "
                "picture again, or delete the character. No backup was made."
            ) from error

    async def _is_gone(self, character: UUID) -> bool:
        """Return whether the character was deleted since the snapshot of the backup."""
        async with self._database.read() as session:
            return await session.get(Character, character) is None

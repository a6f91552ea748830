"""List the columns whose contents may be kept outside the database."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy.orm import InstrumentedAttribute

from app.db.models import Avatar, CardFile, Picture


@dataclass(frozen=True, slots=True)
class ContentField:
    """Name the column of a content, and that of its object; the table names a character."""

    content: InstrumentedAttribute[bytes]
    blob: InstrumentedAttribute[UUID | None]

    @property
    def model(self) -> Any:
        """Return the mapped class."""
        return self.content.class_

    @property
    def table(self) -> str:
        """Return the table's name."""
        return str(self.model.__tablename__)

    @property
    def keys(self) -> Sequence[Any]:
        """Return the columns of the primary key."""
        return [getattr(self.model, each.name) for each in self.model.__table__.primary_key]


CONTENT_FIELDS = (
    ContentField(Avatar.png, Avatar.png_blob),
    ContentField(Picture.large, Picture.large_blob),
    ContentField(Picture.small, Picture.small_blob),
    ContentField(CardFile.content, CardFile.content_blob),
)
"""What people gave, and what was made of it. A table with another such column adds a line."""

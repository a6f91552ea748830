"""Describe the manifest of a backup."""

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from app.backup.values import Kind


class TableEntry(BaseModel):
    """Describe one table of a backup."""

    model_config = ConfigDict(frozen=True)

    name: str = Field(pattern=r"^[a-z][a-z0-9_]{0,62}$")
    columns: dict[str, Kind]
    rows: int = Field(ge=0)
    bytes: int = Field(ge=0)
    sha256: str

    @property
    def member(self) -> str:
        """Return the table's name in the archive."""
        return f"tables/{self.name}.jsonl"


class Manifest(BaseModel):
    """Describe a backup; its tables are in an order in which they can be filled."""

    format: Literal["offbook-backup"] = "offbook-backup"
    version: Literal[1] = 1
    app_version: str
    schema_revision: str
    database: str
    """Its origin: ``sqlite`` or ``postgresql``."""
    created_at: datetime
    tables: list[TableEntry]

    @property
    def rows(self) -> int:
        return sum(table.rows for table in self.tables)

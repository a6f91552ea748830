"""Describe the bodies of lorebook routes."""

from datetime import datetime
from uuid import UUID

from app.schemas import Schema


class LorebookOut(Schema):
    """Show a lorebook."""

    id: UUID
    name: str
    entries: int
    enabled: bool
    embedded: bool
    """Whether it came inside the character's card."""
    created_at: datetime


class AddedLorebook(LorebookOut):
    """Show a lorebook that was just added."""

    warnings: list[str]
    """What of it has no effect here, a sentence each."""


class LorebookUpdate(Schema):
    """Enable or disable a lorebook."""

    enabled: bool
    """Whether turns use it."""

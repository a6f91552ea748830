"""Define the bodies of ``/api/admin``."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import SecretStr, StringConstraints

from app.catalog.schemas import CharacterOut
from app.schemas import Page, Schema
from app.settings import RetrievalMode
from app.text import OneLine


class SessionOut(Schema):
    """Report whether an admin key is needed, and whether the caller is signed in."""

    required: bool
    signed_in: bool


class SignIn(Schema):
    """Sign in with an admin key."""

    key: SecretStr


class NewKey(Schema):
    """Describe the key to create."""

    label: Annotated[
        str, StringConstraints(strip_whitespace=True, min_length=1, max_length=80), OneLine
    ] = "admin"
    """What the key is for."""


class KeyOut(Schema):
    """Describe an admin key without its secret."""

    prefix: str
    """The key's public beginning, by which it is revoked."""
    label: str
    created_at: datetime
    last_used_at: datetime | None
    """Precise to five minutes; null for a key that was never used."""
    revoked_at: datetime | None
    current: bool
    """Whether the caller is signed in with it."""


class CreatedKey(KeyOut):
    """Describe a new key, with its secret."""

    key: str
    """The key itself. It is shown only once; its hash alone is stored."""


class Keys(Page[KeyOut]):
    """List the admin keys."""

    configured: bool
    """Whether ``OFFBOOK_ACCESS__ADMIN_KEY`` is a key, too; only the settings change it."""


class AdminCharacter(CharacterOut):
    """Describe a character and how much users talk to it."""

    conversations: int
    messages: int


class DeletedScript(Schema):
    """Name a script of a character that is deleted."""

    id: UUID
    title: str


class Deletion(Schema):
    """Count what deleting a character deletes. Its scripts stay."""

    conversations: int
    messages: int
    examples: int
    scripts_kept: list[DeletedScript]


class DeletedCharacter(Schema):
    """Describe a deleted character that can be restored."""

    slug: str
    name: str
    conversations: int
    messages: int
    deleted_at: datetime
    purged_at: datetime
    """When it is deleted for good."""


class Stats(Schema):
    """Describe the service in numbers."""

    characters: int
    published: int
    indexing: int
    failed: int
    scripts: int
    scenes: int
    lines: int
    examples: int
    vectors: int
    conversations: int
    messages: int
    database: str
    """``sqlite`` or ``postgresql``."""
    database_bytes: int | None
    cached_indexes: int
    retrieval: RetrievalMode
    """The retrieval mode of characters without one of their own."""

"""Bodies of ``/api/admin``."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import SecretStr, StringConstraints

from app.catalog.schemas import CharacterOut
from app.schemas import Page, Schema
from app.settings import RetrievalMode
from app.text import OneLine


class SessionOut(Schema):
    """Whether an admin key is needed here, and whether this caller has shown one."""

    required: bool
    signed_in: bool


class SignIn(Schema):
    key: SecretStr


class NewKey(Schema):
    label: Annotated[
        str, StringConstraints(strip_whitespace=True, min_length=1, max_length=80), OneLine
    ] = "admin"
    """What the key is for."""


class KeyOut(Schema):
    """An admin key, without its secret."""

    prefix: str
    """The key's public beginning, which it is revoked by."""
    label: str
    created_at: datetime
    last_used_at: datetime | None
    """Within five minutes; null for a key that was never used."""
    revoked_at: datetime | None
    current: bool
    """Whether this caller came in with it."""


class CreatedKey(KeyOut):
    key: str
    """The key itself. It is shown this once; only its hash is kept."""


class Keys(Page[KeyOut]):
    configured: bool
    """Whether ``OFFBOOK_ACCESS__ADMIN_KEY`` is a key as well; it is changed in the settings."""


class AdminCharacter(CharacterOut):
    conversations: int
    messages: int


class DeletedScript(Schema):
    id: UUID
    title: str


class Deletion(Schema):
    """What deleting a character deletes. Its scripts stay."""

    conversations: int
    messages: int
    examples: int
    scripts_kept: list[DeletedScript]


class Stats(Schema):
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
    """How examples are chosen for characters without a mode of their own."""

"""Define the bodies of ``/api/admin``."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import SecretStr, StringConstraints

from app.catalog.schemas import CharacterOut
from app.schemas import Page, Schema
from app.scripts.schemas import ScriptSummary
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


class Owner(Schema):
    """Describe whose a script or a character is."""

    kind: Literal["house", "person", "guest"]
    """The house: every admin's, as what admin keys and the user of an open service make."""
    key: str
    """The value of ``owner`` by which it is named: ``house``, a person's id, a guest's key."""
    name: str = ""
    """A person's; empty for others, and for a person who is gone."""
    login: str = ""


class OwnerChange(Schema):
    """Give a character to another owner."""

    owner: Annotated[str, StringConstraints(max_length=64)]
    """``me``, ``house``, or an owner's ``key``."""


class ScriptOwnerChange(OwnerChange):
    """Give a script to another owner, whose scripts have titles of their own."""

    title: (
        Annotated[
            str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200), OneLine
        ]
        | None
    ) = None
    """Another title; null keeps the present one."""


class AdminScript(ScriptSummary):
    """Describe a script and whose it is."""

    owner: Owner
    characters: int
    """Characters that play in it, of any owner."""


class AdminCharacter(CharacterOut):
    """Describe a character, whose it is and how much users talk to it."""

    owner: Owner
    guests: int
    """People and browsers that its link let in."""
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


class CharacterSignals(Schema):
    """Count what people said about a character's replies, and may be learnt from."""

    good: int = 0
    bad: int = 0
    chosen: int = 0
    """Once for each alternative that a reply was chosen over."""
    edited: int = 0


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

"""Bodies of ``/api/admin``."""

from uuid import UUID

from pydantic import SecretStr

from app.catalog.schemas import CharacterOut
from app.schemas import Schema
from app.settings import RetrievalMode


class SessionOut(Schema):
    """Whether an admin key is needed here, and whether this caller has shown one."""

    required: bool
    signed_in: bool


class SignIn(Schema):
    key: SecretStr


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

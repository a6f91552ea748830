"""Define the bodies of the audit."""

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from app.schemas import Page, Schema


class AuditEntryOut(Schema):
    """Describe an act. Names are those at the time; an erased person's are empty."""

    id: UUID
    at: datetime
    """The first time, where it was repeated."""
    action: str
    """A code, such as `character_published`."""
    outcome: Literal["done", "refused"]
    count: int
    """How often it was repeated within a minute."""
    person: UUID | None
    """Who acted, if it was a person; null once the person was erased."""
    login: str
    key: str
    """The prefix of the key that was used; empty for a password, and for guests."""
    guest: bool
    """Whether it was someone without an account or a key, known by a cookie."""
    erased: bool
    """Whether everything of who acted was erased since."""
    address: str
    target_kind: str
    target_id: str
    target_title: str
    detail: dict[str, Any]


class AuditPage(Page[AuditEntryOut]):
    """Hold one page of acts, the newest first."""

    kept_days: int
    """Days after which an entry is deleted."""

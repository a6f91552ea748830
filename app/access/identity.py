"""What is known of a caller from the headers of a request."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from app.access.addresses import Client

LOCAL_OWNER = "local"
"""The owner of all conversations of an open service."""


@dataclass(frozen=True, slots=True)
class Caller:
    """The one who made a request."""

    owner: str
    """Whose conversations are theirs."""
    admin: bool


@dataclass(frozen=True, slots=True)
class KeyIdentity:
    """An admin key, without its secret."""

    id: UUID | None
    """Its row; None for the configured key."""
    prefix: str
    """How lists and logs call it."""


@dataclass(frozen=True, slots=True)
class AdminSession:
    """A sign-in that is still valid."""

    id: UUID
    key: KeyIdentity
    renewed_at: datetime
    """When its cookie was given its present value."""


@dataclass(frozen=True, slots=True)
class Identity:
    """A caller, and how they were recognised."""

    caller: Caller
    client: Client
    key: KeyIdentity | None = None
    """The admin key that was shown, now or at the sign-in of the session."""
    session: AdminSession | None = None
    new_visitor_cookie: str | None = None
    """To be sent with the answer: the visitor had no valid one."""

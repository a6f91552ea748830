"""Define the identity of a caller, read from the headers of a request."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from app.access.addresses import Client

LOCAL_OWNER = "local"
"""The owner of all conversations of an open service."""


@dataclass(frozen=True, slots=True)
class Caller:
    """Hold the owner and the rights of a request."""

    owner: str
    """The owner that the caller's conversations are stored under."""
    admin: bool


@dataclass(frozen=True, slots=True)
class KeyIdentity:
    """Identify an admin key without its secret."""

    id: UUID | None
    """The id of its row; None for the configured key."""
    prefix: str
    """The name of the key in lists and logs."""


@dataclass(frozen=True, slots=True)
class AdminSession:
    """Hold a session that is still valid."""

    id: UUID
    key: KeyIdentity
    renewed_at: datetime
    """When its cookie got its present value."""


@dataclass(frozen=True, slots=True)
class Identity:
    """Hold a caller with the client, key and session that they were recognised by."""

    caller: Caller
    client: Client
    key: KeyIdentity | None = None
    """The admin key of this request, or of the sign-in that began its session."""
    session: AdminSession | None = None
    new_visitor_cookie: str | None = None
    """A cookie to send with the answer to a visitor without a valid one."""

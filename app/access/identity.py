"""Define the identity of a caller, read from the headers of a request."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from app.access.addresses import Client
from app.access.roles import RIGHTS, SCOPES, Role, Scope

LOCAL_OWNER = "local"
"""The owner of all conversations of an open service."""


def owner_of(person: UUID) -> str:
    """Return the owner that a person's conversations are stored under."""
    return f"person {person}"


def person_of(owner: str) -> UUID | None:
    """Return the person that :func:`owner_of` made an owner of; None for other owners."""
    kind, _, id = owner.partition(" ")
    return UUID(id) if kind == "person" else None


@dataclass(frozen=True, slots=True)
class Caller:
    """Hold the owner and the rights of a request."""

    owner: str
    """The owner that the caller's conversations are stored under."""
    role: Role
    scopes: frozenset[Scope] = frozenset(SCOPES)
    """What the caller's key is limited to."""
    person: UUID | None = None
    """The id of the caller's account."""

    def may(self, scope: Scope) -> bool:
        """Return whether both the caller's role and key allow this."""
        return scope in self.scopes and scope in RIGHTS[self.role]

    @property
    def admin(self) -> bool:
        """Whether the caller may do everything."""
        return self.may("admin")

    @property
    def maker(self) -> str:
        """The owner of scripts and characters that the caller makes.

        Empty, which means the service, for admin keys and the user of an open service.
        """
        return "" if self.admin and self.person is None else self.owner


@dataclass(frozen=True, slots=True)
class PersonIdentity:
    """Identify a person who has an account and may sign in."""

    id: UUID
    login: str
    name: str
    role: Role
    language: str | None = None


@dataclass(frozen=True, slots=True)
class KeyIdentity:
    """Identify a key without its secret."""

    id: UUID | None
    """The id of its row; None for the configured key."""
    prefix: str
    """The name of the key in lists and logs."""
    person: PersonIdentity | None = None
    """Whose it is; None for an admin key of the service."""
    scopes: frozenset[Scope] = frozenset(SCOPES)


@dataclass(frozen=True, slots=True)
class Session:
    """Hold a session that is still valid: of an admin key, or of a person."""

    id: UUID
    key: KeyIdentity | None
    person: PersonIdentity | None
    renewed_at: datetime
    """When its cookie got its present value."""


@dataclass(frozen=True, slots=True)
class Identity:
    """Hold a caller with the client, key, session and account that they were recognised by."""

    caller: Caller
    client: Client
    key: KeyIdentity | None = None
    """The key of this request, or of the sign-in that began its session."""
    session: Session | None = None
    person: PersonIdentity | None = None
    new_visitor_cookie: str | None = None
    """A cookie to send with the answer to a visitor without a valid one."""

    @property
    def actor(self) -> str:
        """The caller's name in logs: a person's login, or the prefix of a key."""
        if self.person is not None:
            return self.person.login
        return self.key.prefix if self.key else "open service"

"""Define the identity of a caller, read from the headers of a request."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from uuid import UUID

from app.access.addresses import Client
from app.access.roles import RIGHTS, SCOPES, Role, Scope

LOCAL_OWNER = "local"
"""The owner of all conversations of an open service."""
ANY_PERSON = "person "
"""What the owner of every person's conversations begins with."""


def owner_of(person: UUID) -> str:
    """Return the owner that a person's conversations are stored under."""
    return f"{ANY_PERSON}{person}"


def person_of(owner: str) -> UUID | None:
    """Return the person whose conversations an owner's are; None for a guest's."""
    if not owner.startswith(ANY_PERSON):
        return None
    try:
        return UUID(owner.removeprefix(ANY_PERSON))
    except ValueError:
        return None


@dataclass(frozen=True, slots=True)
class Actor:
    """Name who acts, as the audit keeps it; everything is empty for an unknown caller."""

    owner: str = ""
    """The owner of a guest's or person's conversations; empty for admin keys."""
    login: str = ""
    """What a person signs in with."""
    key: str = ""
    """The prefix of the key of the request, or of the key that began its session."""
    address: str = ""

    @property
    def is_unknown(self) -> bool:
        """Whether anyone may act like this, as often as they like."""
        return not self.login and not self.key


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
    actor: Actor = field(default=Actor(), compare=False)
    """The caller's names in the audit."""

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
    limits: Mapping[str, int | None] | None = field(default=None, hash=False)
    """Limits of their own in place of the role's, by the name of the quota."""


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
    began_at: datetime
    """When its person signed in."""


@dataclass(frozen=True, slots=True)
class Identity:
    """Hold a caller with the client, key, session and account that they were recognised by."""

    caller: Caller
    client: Client
    key: KeyIdentity | None = None
    """The key of this request, or of the sign-in that began its session."""
    session: Session | None = None
    person: PersonIdentity | None = None
    visitor_cookie: str | None = None
    """The cookie of a new visitor, or the signed one in place of an earlier version's."""
    is_new_visitor: bool = False
    by_proxy: bool = False
    """Whether a trusted proxy vouches for the person with every request."""

    @property
    def actor(self) -> str:
        """The caller's name in logs: a person's login, or the prefix of a key."""
        if self.person is not None:
            return self.person.login
        return self.key.prefix if self.key else "open service"

    def with_actor(self) -> "Identity":
        """Return the identity with a caller who knows its own names for the audit."""
        by_key = self.key is not None and self.person is None
        actor = Actor(
            owner="" if by_key else self.caller.owner,
            login=self.person.login if self.person else "",
            key=self.key.prefix if self.key else "",
            address=self.client.address,
        )
        return replace(self, caller=replace(self.caller, actor=actor))

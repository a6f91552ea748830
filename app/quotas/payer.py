"""Name who pays for a request: whose quotas it takes, whose usage it is, and whose turn it waits.

Keys count to their person. A guest counts by the cookie and by the address, so that a new cookie
brings no new quota.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from app.access import Identity, hash_key
from app.access.roles import Role
from app.quotas.errors import SubjectKind
from app.settings import QUOTA_NAMES, Quota, QuotaSettings

SERVICE = ""
"""The owner of what admin keys and the user of an open service use."""


@dataclass(frozen=True, slots=True)
class Subject:
    """Hold one whose use is counted, and its limits."""

    name: str
    kind: SubjectKind
    quota: Quota


@dataclass(frozen=True, slots=True, kw_only=True)
class Payer:
    """Hold who pays for a request."""

    owner: str
    """The owner that usage is stored under, as of conversations."""
    queue: str
    """Those with the same one take turns together where requests wait for the engine."""
    subjects: tuple[Subject, ...] = ()
    """Locked in this order; a guest's address comes first, for it bounds the number of cookies."""
    person: UUID | None = None


def payer_of(identity: Identity, settings: QuotaSettings) -> Payer:
    """Return who pays for a caller's requests."""
    caller = identity.caller
    if identity.person is not None:
        quota = quota_of(identity.person.role, identity.person.limits, settings)
        subjects = (Subject(caller.owner, "person", quota),) if is_limited(quota) else ()
        return Payer(
            owner=caller.owner, queue=caller.owner, subjects=subjects, person=identity.person.id
        )
    if caller.role == "guest":
        return _guest(caller.owner, hash_key(f"address {identity.client.site}"), settings)
    return Payer(owner=SERVICE, queue=caller.owner)


def quota_of(role: Role, own: Mapping[str, int | None] | None, settings: QuotaSettings) -> Quota:
    """Return the limits of a person: those of the role, but for those of their ``own``."""
    quota: Quota = getattr(settings, role)
    known: dict[str, int | None] = {
        name: most for name, most in (own or {}).items() if name in QUOTA_NAMES
    }
    return quota.model_copy(update=known) if known else quota


def is_limited(quota: Quota) -> bool:
    """Return whether a quota sets any limit."""
    return any(getattr(quota, name) is not None for name in QUOTA_NAMES)


def _guest(cookie: str, address: str, settings: QuotaSettings) -> Payer:
    """Return a guest; below ``/v1``, where cookies do not count, both names are the same."""
    quota = settings.guest
    if not is_limited(quota):
        return Payer(owner=cookie, queue=address)
    times = settings.guests_per_address
    shared = {
        name: None if (most := getattr(quota, name)) is None else most * times
        for name in QUOTA_NAMES
    }
    subjects = [Subject(address, "address", Quota(**shared))]
    if cookie != address:
        subjects.append(Subject(cookie, "guest", quota))
    return Payer(owner=cookie, queue=address, subjects=tuple(subjects))

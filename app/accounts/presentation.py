"""Present people and their keys."""

from typing import cast

from app.access import Identity
from app.access.keys import visible_prefix
from app.access.people import role_of
from app.access.roles import SCOPES
from app.accounts.schemas import Me, PageLanguage, PersonKeyOut, PersonOut, PersonRole
from app.db.models import ApiKey, Person
from app.settings import AccessSettings


def present_person(person: Person) -> PersonOut:
    """Return a person as they, and admins, see them."""
    return PersonOut(
        id=person.id,
        login=person.login,
        name=person.name,
        role=cast(PersonRole, role_of(person)),
        language=cast(PageLanguage | None, person.language),
        created_at=person.created_at,
        seen_at=person.seen_at,
        disabled_at=person.disabled_at,
    )


def present_me(
    identity: Identity, person: Person | None, access: AccessSettings, *, is_open: bool
) -> Me:
    """Return who the caller is; ``person``: the row of their account."""
    caller = identity.caller
    return Me(
        open=is_open,
        role=caller.role,
        scopes=[scope for scope in SCOPES if caller.may(scope)],
        person=None if person is None else present_person(person),
        guests=access.guests,
        sign_up="closed" if is_open else access.sign_up,
        openid=access.openid.name if access.openid.issuer and not is_open else None,
        by_proxy=identity.by_proxy,
    )


def present_person_key(key: ApiKey) -> PersonKeyOut:
    """Return a key as its person sees it."""
    return PersonKeyOut(
        prefix=visible_prefix(key),
        label=key.label,
        scopes=[scope for scope in SCOPES if key.scopes is None or scope in key.scopes],
        created_at=key.created_at,
        last_used_at=key.last_used_at,
        revoked_at=key.revoked_at,
    )

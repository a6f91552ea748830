"""Serve ``/api/me/keys``: people list, create and revoke keys of their own."""

from fastapi import APIRouter

from app.access import Identity
from app.access.audit import Target, record
from app.access.keys import add_key, list_keys, revoke_key
from app.access.roles import RIGHTS
from app.accounts.presentation import present_person_key
from app.accounts.schemas import CreatedPersonKey, NewPersonKey, PersonKeys
from app.dependencies import (
    CoreServices,
    IdentityDep,
    PersonDep,
    ReadSession,
    ServicesDep,
    WriteSession,
)
from app.errors import ForbiddenError
from app.http.guard import GuardedRoute
from app.http.refusal import Refusal, declare

router = APIRouter(prefix="/api/me/keys", tags=["accounts"], route_class=GuardedRoute)


@router.get("")
async def list_my_keys(session: ReadSession, caller: PersonDep) -> PersonKeys:
    """Return the caller's keys, newest first, revoked ones included, without their secrets."""
    keys = await list_keys(session, caller.person)
    return PersonKeys(items=[present_person_key(key) for key in keys])


@router.post(
    "",
    status_code=201,
    responses=declare(
        Refusal(403, "scope_not_yours", "a key may not do more than its person"),
        Refusal(409, "too_many_keys", "as many keys are valid as may be"),
    ),
)
async def create_my_key(
    session: WriteSession,
    services: ServicesDep,
    identity: IdentityDep,
    caller: PersonDep,
    wanted: NewPersonKey,
) -> CreatedPersonKey:
    """Create a key for ``/v1`` and ``/api``; it is shown only once."""
    for scope in wanted.scopes:
        if scope not in RIGHTS[caller.role]:
            raise ForbiddenError(
                "scope_not_yours",
                f"A key may not do more than you may: {scope!r} is not for {caller.role}s.",
            )
    row, key = await add_key(session, wanted.label, person=caller.person, scopes=wanted.scopes)
    shown = present_person_key(row)
    record(
        session, caller.actor, "key_created", Target("key", shown.prefix), scopes=[*shown.scopes]
    )
    _log(services, "key_created", identity, shown.prefix)
    return CreatedPersonKey(**shown.model_dump(), key=key)


@router.delete("/{prefix}", status_code=204)
async def revoke_my_key(
    session: WriteSession,
    services: ServicesDep,
    identity: IdentityDep,
    caller: PersonDep,
    prefix: str,
) -> None:
    """Revoke a key of the caller's at once."""
    await revoke_key(session, prefix, person=caller.person)
    record(session, caller.actor, "key_revoked", Target("key", prefix))
    _log(services, "key_revoked", identity, prefix)


def _log(services: CoreServices, event: str, identity: Identity, key: str) -> None:
    address = identity.client.address
    services.access.log.info(event, address=address, key=key, by=identity.actor)

"""Serve ``/api/admin/people`` and ``/api/admin/invitations``."""

import secrets
from datetime import timedelta
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query

from app.access import hash_key
from app.access.audit import Target, record
from app.accounts.dependencies import AccountsDep
from app.accounts.presentation import present_person
from app.accounts.repository import InvitationRepository, PeopleRepository
from app.accounts.schemas import (
    CreatedInvitation,
    InvitationOut,
    NewInvitation,
    PasswordReset,
    PersonOut,
    PersonUpdate,
)
from app.db.base import utc_now
from app.db.models import Invitation
from app.dependencies import AdminDep, IdentityDep, ReadSession, ServicesDep, WriteSession
from app.errors import ConflictError
from app.http.guard import GuardedRoute
from app.http.refusal import Refusal, declare
from app.paging import Cursor, Limit, parse_cursor
from app.schemas import Page

router = APIRouter(prefix="/api/admin", tags=["admin"], route_class=GuardedRoute)

_MOST_INVITATIONS = 1_000
_PERSON_NOT_FOUND = Refusal(404, "person_not_found", "no such person")


@router.get("/people")
async def list_people(
    session: ReadSession,
    _: AdminDep,
    search: Annotated[str, Query(max_length=100)] = "",
    cursor: Cursor = None,
    limit: Limit = 50,
) -> Page[PersonOut]:
    """Return people, newest first."""
    found = await PeopleRepository(session).page(search, parse_cursor(cursor), limit + 1)
    return Page(
        items=[present_person(person) for person in found[:limit]],
        next_cursor=str(found[limit - 1].id) if len(found) > limit else None,
    )


@router.patch(
    "/people/{person_id}",
    responses=declare(
        _PERSON_NOT_FOUND, Refusal(409, "not_yourself", "admins do not lock themselves out")
    ),
)
async def change_person(
    session: WriteSession,
    services: ServicesDep,
    identity: IdentityDep,
    caller: AdminDep,
    person_id: UUID,
    changes: PersonUpdate,
) -> PersonOut:
    """Change a person's name or role, or disable the account, which ends its sessions."""
    people = PeopleRepository(session)
    person = await people.get(person_id)
    locks_out = bool(changes.disabled) or changes.role not in (None, "admin")
    if person.id == caller.person and locks_out:
        raise ConflictError(
            "not_yourself", "Another admin must do this: you would lock yourself out."
        )
    if changes.name is not None:
        person.name = changes.name
    if changes.role is not None:
        person.role = changes.role
    if changes.disabled is not None:
        person.disabled_at = (person.disabled_at or utc_now()) if changes.disabled else None
    if changes.disabled:
        await people.end_sessions(person.id)
    record(
        session,
        caller.actor,
        "person_changed",
        Target("person", str(person.id), person.login),
        **changes.model_dump(include={"role", "disabled"}, exclude_none=True),
        fields=sorted(changes.model_fields_set),
    )
    services.access.log.info(
        "person_changed",
        address=identity.client.address,
        person=person.login,
        changed=sorted(changes.model_fields_set),
        by=identity.actor,
    )
    return present_person(person)


@router.post("/people/{person_id}/password", responses=declare(_PERSON_NOT_FOUND))
async def reset_password(
    accounts: AccountsDep, identity: IdentityDep, _: AdminDep, person_id: UUID
) -> PasswordReset:
    """Give a person a new random password, to be handed over; their sessions end."""
    return PasswordReset(password=await accounts.reset_password(identity, person_id))


@router.get("/invitations")
async def list_invitations(session: ReadSession, _: AdminDep) -> Page[InvitationOut]:
    """Return the invitations that can still be used, newest first."""
    found = await InvitationRepository(session).all(utc_now())
    return Page(items=[InvitationOut.model_validate(each) for each in found])


@router.post(
    "/invitations",
    status_code=201,
    responses=declare(Refusal(409, "too_many_invitations", "as many are open as may be")),
)
async def invite(
    session: WriteSession,
    services: ServicesDep,
    identity: IdentityDep,
    caller: AdminDep,
    wanted: NewInvitation,
) -> CreatedInvitation:
    """Make an invitation. Its token is shown only once."""
    invitations = InvitationRepository(session)
    now = utc_now()
    await invitations.discard_used(now)
    if len(await invitations.all(now)) >= _MOST_INVITATIONS:
        raise ConflictError(
            "too_many_invitations",
            f"There are {_MOST_INVITATIONS:,} open invitations already. Delete some first.",
        )
    token = secrets.token_urlsafe(32)
    row = Invitation(
        token_hash=hash_key(token),
        role=wanted.role,
        note=wanted.note,
        uses_left=wanted.uses,
        made_by=caller.person,
        expires_at=now + timedelta(days=wanted.days),
    )
    session.add(row)
    await session.flush()
    target = Target("invitation", str(row.id))
    record(session, caller.actor, "invitation_created", target, role=row.role, uses=row.uses_left)
    services.access.log.info(
        "invited", address=identity.client.address, role=wanted.role, by=identity.actor
    )
    shown = InvitationOut.model_validate(row)
    return CreatedInvitation(**shown.model_dump(), token=token)


@router.delete("/invitations/{invitation_id}", status_code=204)
async def delete_invitation(session: WriteSession, caller: AdminDep, invitation_id: UUID) -> None:
    """Delete an invitation; people who signed up with it keep their accounts."""
    await InvitationRepository(session).delete(invitation_id)
    target = Target("invitation", str(invitation_id))
    record(session, caller.actor, "invitation_deleted", target)

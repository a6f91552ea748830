"""Serve ``/api/admin/people`` and ``/api/admin/invitations``."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query

from app.access.audit import Target, record
from app.accounts.dependencies import AdministrationDep
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
from app.dependencies import AdminDep, IdentityDep, ReadSession, WriteSession
from app.http.guard import GuardedRoute
from app.http.refusal import Refusal, declare
from app.paging import Cursor, Limit, parse_cursor
from app.schemas import Page

router = APIRouter(prefix="/api/admin", tags=["admin"], route_class=GuardedRoute)

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
    people: AdministrationDep,
    identity: IdentityDep,
    _: AdminDep,
    person_id: UUID,
    changes: PersonUpdate,
) -> PersonOut:
    """Change a person's name or role, or disable the account, which ends its sessions."""
    return present_person(await people.change_person(identity, person_id, changes))


@router.post("/people/{person_id}/password", responses=declare(_PERSON_NOT_FOUND))
async def reset_password(
    people: AdministrationDep, identity: IdentityDep, _: AdminDep, person_id: UUID
) -> PasswordReset:
    """Give a person a new random password, to be handed over; their sessions end."""
    return PasswordReset(password=await people.reset_password(identity, person_id))


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
    people: AdministrationDep, identity: IdentityDep, _: AdminDep, wanted: NewInvitation
) -> CreatedInvitation:
    """Make an invitation. Its token is shown only once."""
    row, token = await people.invite(identity, wanted)
    shown = InvitationOut.model_validate(row)
    return CreatedInvitation(**shown.model_dump(), token=token)


@router.delete("/invitations/{invitation_id}", status_code=204)
async def delete_invitation(session: WriteSession, caller: AdminDep, invitation_id: UUID) -> None:
    """Delete an invitation; people who signed up with it keep their accounts."""
    await InvitationRepository(session).delete(invitation_id)
    target = Target("invitation", str(invitation_id))
    record(session, caller.actor, "invitation_deleted", target)

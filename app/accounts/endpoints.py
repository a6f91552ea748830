"""Serve ``/api/me`` and ``/api/session``: who the caller is, signing up, in and out."""

from fastapi import APIRouter, Request, Response
from sqlalchemy.ext.asyncio import AsyncSession

from app.access import Identity
from app.access.cookies import SESSION_COOKIE, delete_cookie, set_session_cookie
from app.accounts.dependencies import AccountsDep
from app.accounts.presentation import present_me
from app.accounts.repository import PeopleRepository
from app.accounts.schemas import (
    InvitationCheck,
    InvitationShown,
    Me,
    MeUpdate,
    PasswordChange,
    PersonSignIn,
    SignUp,
)
from app.db.models import Person
from app.dependencies import (
    CoreServices,
    CurrentCallerDep,
    IdentityDep,
    PersonDep,
    ReadSession,
    ServicesDep,
    VisitorDep,
    WriteSession,
)
from app.http.guard import GuardedRoute
from app.http.refusal import DATABASE_UNAVAILABLE, TOO_MANY_ATTEMPTS, Refusal, declare

router = APIRouter(prefix="/api", tags=["accounts"], route_class=GuardedRoute)

_WRONG_PASSWORD = Refusal(401, "wrong_password", "the name or the password is wrong")
_TOO_SIMPLE = Refusal(422, "password_too_simple", "the password is too easy to guess")
_NOT_INVITED = Refusal(403, "invitation_not_valid", "the invitation cannot be used any more")


@router.get("/me")
async def read_me(
    session: ReadSession, services: ServicesDep, identity: IdentityDep, _: CurrentCallerDep
) -> Me:
    """Return who the caller is, what they may do, and how to get an account."""
    return await _me(session, services, identity)


@router.patch("/me")
async def change_me(
    session: WriteSession,
    services: ServicesDep,
    identity: IdentityDep,
    caller: PersonDep,
    changes: MeUpdate,
) -> Me:
    """Change one's own name or language."""
    person = await _person(session, identity)
    if person is not None:
        for field in changes.model_fields_set:
            if field == "language" or getattr(changes, field) is not None:
                setattr(person, field, getattr(changes, field))
    return await _me(session, services, identity)


@router.put(
    "/me/password",
    status_code=204,
    responses=declare(
        _WRONG_PASSWORD,
        Refusal(403, "sign_in_again", "the caller has no password, and signed in some time ago"),
        _TOO_SIMPLE,
    ),
)
async def change_password(
    request: Request,
    accounts: AccountsDep,
    identity: IdentityDep,
    _: PersonDep,
    wanted: PasswordChange,
) -> None:
    """Replace one's password, or set the first; all other sessions end, and keys stay."""
    await accounts.change_password(request.scope, identity, wanted.current, wanted.new)


@router.post(
    "/people",
    status_code=204,
    responses=declare(
        _NOT_INVITED,
        Refusal(403, "invitation_needed", "only people who were invited may sign up"),
        Refusal(403, "sign_up_closed", "no further people are taken"),
        Refusal(409, "login_taken", "someone has this name"),
        Refusal(409, "open_service", "the service is open to its one user"),
        _TOO_SIMPLE,
        TOO_MANY_ATTEMPTS,
        Refusal(429, "too_many_sign_ups", "its address signed up too often within an hour"),
        DATABASE_UNAVAILABLE,
    ),
)
async def sign_up(
    request: Request,
    response: Response,
    services: ServicesDep,
    accounts: AccountsDep,
    caller: VisitorDep,
    wanted: SignUp,
) -> None:
    """Make an account and sign in to it. What a guest has in this browser becomes the person's."""
    token = await accounts.sign_up(request.scope, caller, wanted)
    set_session_cookie(response, services.access.client(request.scope), token)


@router.post(
    "/session",
    status_code=204,
    responses=declare(_WRONG_PASSWORD, TOO_MANY_ATTEMPTS, DATABASE_UNAVAILABLE),
)
async def sign_in(
    request: Request,
    response: Response,
    services: ServicesDep,
    accounts: AccountsDep,
    caller: VisitorDep,
    shown: PersonSignIn,
) -> None:
    """Sign in to an account; the cookie of the session is hidden from scripts."""
    token = await accounts.sign_in(request.scope, caller, shown)
    set_session_cookie(response, services.access.client(request.scope), token)


@router.delete("/session", status_code=204, responses=declare(DATABASE_UNAVAILABLE))
async def sign_out(request: Request, response: Response, services: ServicesDep) -> None:
    """End the session; its cookie is invalid from now on."""
    await services.access.sign_out(request.scope)
    delete_cookie(response, services.access.client(request.scope), SESSION_COOKIE)


@router.post("/invitations/check", responses=declare(_NOT_INVITED, TOO_MANY_ATTEMPTS))
async def check_invitation(
    request: Request, accounts: AccountsDep, _: VisitorDep, shown: InvitationShown
) -> InvitationCheck:
    """Return what an invitation gives; it is not used up."""
    return InvitationCheck.model_validate(
        await accounts.check_invitation(request.scope, shown.token)
    )


async def _me(session: AsyncSession, services: CoreServices, identity: Identity) -> Me:
    person = await _person(session, identity)
    access = services.access
    return present_me(identity, person, services.settings.access, is_open=not access.required)


async def _person(session: AsyncSession, identity: Identity) -> Person | None:
    if identity.person is None:
        return None
    return await PeopleRepository(session).get(identity.person.id)

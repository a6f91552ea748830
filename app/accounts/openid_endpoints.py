"""Serve signing in with an OpenID provider, and linking one's account to it."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import RedirectResponse

from app.access.cookies import (
    FLOW_COOKIE,
    delete_cookie,
    host_cookie,
    set_flow_cookie,
    set_session_cookie,
)
from app.accounts.dependencies import AccountsDep, OpenIDDep
from app.accounts.openid_schemas import OpenIDAddress, OpenIDLinkStart, OpenIDSignIn, SignInMethods
from app.accounts.openid_service import CALLBACK, FLOW_SECONDS, Answer
from app.dependencies import IdentityDep, PersonDep, ServicesDep, VisitorDep
from app.http.guard import GuardedRoute
from app.http.refusal import DATABASE_UNAVAILABLE, Refusal, declare

router = APIRouter(tags=["accounts"], route_class=GuardedRoute)

_FAILED = Refusal(502, "openid_failed", "the provider's answer cannot be used")
_UNAVAILABLE = Refusal(503, "openid_unavailable", "the provider does not answer")
_OPEN = Refusal(409, "open_service", "the service is open to its one user")
_Text = Annotated[str, Query()]


@router.post(
    "/api/openid/sign-in",
    responses=declare(
        Refusal(403, "invitation_not_valid", "the invitation cannot be used any more"),
        _OPEN,
        _FAILED,
        _UNAVAILABLE,
    ),
)
async def begin_sign_in(
    request: Request,
    response: Response,
    services: ServicesDep,
    openid: OpenIDDep,
    identity: IdentityDep,
    _: VisitorDep,
    wanted: OpenIDSignIn,
) -> OpenIDAddress:
    """Begin a sign-in with the provider: open the address in the same browser."""
    address, browser = await openid.begin(request.scope, identity, wanted)
    set_flow_cookie(response, services.access.client(request.scope), browser, FLOW_SECONDS)
    return OpenIDAddress(address=address)


@router.get(
    CALLBACK,
    status_code=303,
    response_class=RedirectResponse,
    responses=declare(DATABASE_UNAVAILABLE),
)
async def finish_sign_in(
    request: Request,
    services: ServicesDep,
    openid: OpenIDDep,
    state: _Text = "",
    code: _Text = "",
    error: _Text = "",
    iss: Annotated[str | None, Query()] = None,
) -> RedirectResponse:
    """Take a browser back from the provider; it goes on to a page, which also shows a failure."""
    client = services.access.client(request.scope)
    browser = request.cookies.get(host_cookie(FLOW_COOKIE, client), "")
    arrival = await openid.finish(request.scope, Answer(state, code, error, iss), browser)
    answer = RedirectResponse(arrival.page, 303, headers={"Referrer-Policy": "no-referrer"})
    delete_cookie(answer, client, host_cookie(FLOW_COOKIE, client))
    if arrival.session is not None:
        set_session_cookie(answer, client, arrival.session)
    return answer


@router.get("/api/me/sign-in")
async def read_sign_in_methods(
    openid: OpenIDDep, identity: IdentityDep, _: PersonDep
) -> SignInMethods:
    """Return how the caller signs in."""
    return await openid.methods(identity)


@router.post(
    "/api/me/openid",
    responses=declare(
        Refusal(401, "wrong_password", "the password is wrong"),
        Refusal(403, "sign_in_again", "the caller has no password, and signed in some time ago"),
        Refusal(403, "session_needed", "a proxy vouches for the caller, who has no session"),
        _FAILED,
        _UNAVAILABLE,
    ),
)
async def begin_link(
    request: Request,
    response: Response,
    services: ServicesDep,
    accounts: AccountsDep,
    openid: OpenIDDep,
    identity: IdentityDep,
    _: PersonDep,
    wanted: OpenIDLinkStart,
) -> OpenIDAddress:
    """Begin linking one's account to the provider: open the address in the same browser."""
    _issuer = openid.issuer
    await accounts.confirm(request.scope, identity, wanted.password)
    address, browser = await openid.begin_link(request.scope, identity)
    set_flow_cookie(response, services.access.client(request.scope), browser, FLOW_SECONDS)
    return OpenIDAddress(address=address)


@router.delete(
    "/api/me/openid",
    status_code=204,
    responses=declare(
        Refusal(404, "openid_not_linked", "the caller's account is not linked"),
        Refusal(409, "password_needed", "the caller could not sign in any more"),
    ),
)
async def unlink(openid: OpenIDDep, identity: IdentityDep, _: PersonDep) -> None:
    """Unlink the provider from one's account, which needs a password then."""
    await openid.unlink(identity)

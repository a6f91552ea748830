"""``/api/admin/keys``: admin keys, listed, made and revoked."""

from fastapi import APIRouter, Request, Response

from app.access.cookies import set_session_cookie
from app.admin.keys import create_key, present_key, present_keys
from app.admin.keys import revoke as revoke_and_log
from app.admin.schemas import CreatedKey, Keys, NewKey
from app.dependencies import AdminDep, IdentityDep, ReadSession, ServicesDep
from app.guard import GuardedRoute
from app.refusals import Refusal, declare

router = APIRouter(prefix="/api/admin/keys", tags=["admin"], route_class=GuardedRoute)


@router.get("")
async def list_admin_keys(
    session: ReadSession, services: ServicesDep, identity: IdentityDep, _: AdminDep
) -> Keys:
    """All keys made here, the newest first, revoked ones as well; never the keys themselves."""
    configured = services.settings.access.admin_key
    return await present_keys(session, identity, configured=bool(configured))


@router.post(
    "",
    status_code=201,
    responses=declare(Refusal(409, "too_many_keys", "as many keys are valid as may be")),
)
async def create(
    request: Request,
    response: Response,
    services: ServicesDep,
    identity: IdentityDep,
    _: AdminDep,
    wanted: NewKey,
) -> CreatedKey:
    """Make a key; it is shown this once. The first key ends the time without: all must sign in.

    Who makes the first one is signed in with it.
    """
    row, key, token = await create_key(services, identity, wanted.label)
    if token is not None:
        set_session_cookie(response, services.access.client(request.scope), token)
    return CreatedKey(**present_key(row, identity).model_dump(), key=key)


@router.delete("/{prefix}", status_code=204)
async def revoke(services: ServicesDep, identity: IdentityDep, _: AdminDep, prefix: str) -> None:
    """End a key and all sessions that began with it, at once. The configured key stays."""
    await revoke_and_log(services, identity, prefix)

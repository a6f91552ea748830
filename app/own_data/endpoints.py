"""Serve ``/api/me``: what the caller has, all of it in one file, and its erasure.

An admin erases others.
"""

from uuid import UUID

from fastapi import APIRouter, Request, Response
from fastapi.responses import StreamingResponse

from app.access.cookies import SESSION_COOKIE, VISITOR_COOKIE, delete_cookie
from app.db.base import utc_now
from app.dependencies import AdminDep, IdentityDep, ReadSession, SelfDep
from app.http.attachments import attachment_headers, file_responses
from app.http.guard import GuardedRoute
from app.http.refusal import TOO_MANY_ATTEMPTS, Refusal, declare
from app.own_data.dependencies import OwnDataDep
from app.own_data.schemas import DeletedConversation, Erase, ErasePerson, OwnData
from app.own_data.trash import list_deleted
from app.paging import Cursor, Limit, parse_cursor
from app.schemas import Page

router = APIRouter(prefix="/api/me", tags=["accounts"], route_class=GuardedRoute)
admin_router = APIRouter(prefix="/api/admin", tags=["admin"], route_class=GuardedRoute)


@router.get("/data")
async def read_own_data(own_data: OwnDataDep, identity: IdentityDep, _: SelfDep) -> OwnData:
    """Return how much the caller has here: a person, or the guest of this browser."""
    return await own_data.describe(identity)


@router.get("/deleted-conversations")
async def list_deleted_conversations(
    session: ReadSession, caller: SelfDep, cursor: Cursor = None, limit: Limit = 50
) -> Page[DeletedConversation]:
    """Return the caller's deleted conversations that can be restored, the newest first.

    ``POST /api/conversations/{conversation_id}/restore`` restores one.
    """
    found = await list_deleted(session, caller.owner, parse_cursor(cursor), limit + 1)
    return Page(
        items=[*found[:limit]],
        next_cursor=str(found[limit - 1].id) if len(found) > limit else None,
    )


@router.get(
    "/download",
    responses=file_responses("application/zip")
    | declare(Refusal(429, "download_running", "it is being sent already")),
    response_class=StreamingResponse,
)
async def download_own_data(
    own_data: OwnDataDep, identity: IdentityDep, _: SelfDep
) -> StreamingResponse:
    """Return everything of the caller's in a ZIP.

    It has the account, conversations, characters and scripts.
    """
    return StreamingResponse(
        own_data.download(identity),
        media_type="application/zip",
        headers=attachment_headers(f"offbook-my-data-{utc_now():%Y-%m-%d}.zip"),
    )


@router.post(
    "/erasure",
    status_code=204,
    responses=declare(
        Refusal(401, "wrong_password", "the password is wrong or missing"),
        Refusal(401, "wrong_login", "the login is wrong or missing"),
        Refusal(409, "last_admin", "without this person there is no admin"),
        TOO_MANY_ATTEMPTS,
    ),
)
async def erase_own_data(
    request: Request,
    response: Response,
    own_data: OwnDataDep,
    identity: IdentityDep,
    _: SelfDep,
    wanted: Erase,
) -> None:
    """Erase everything of the caller's for good, and a person's account.

    Characters go with the conversations that others have with them. Acts stay in the audit for
    its time, without name and address.
    """
    await own_data.erase(request.scope, identity, wanted.password, wanted.login)
    # A person's browser may have talked as a guest before: that is another's to erase.
    cookie = VISITOR_COOKIE if identity.person is None else SESSION_COOKIE
    delete_cookie(response, identity.client, cookie)


@admin_router.post(
    "/people/{person_id}/erasure",
    status_code=204,
    responses=declare(
        Refusal(401, "wrong_login", "the login is wrong"),
        Refusal(404, "person_not_found", "no such person"),
        Refusal(409, "not_yourself", "admins erase themselves as everybody does"),
    ),
)
async def erase_person(
    own_data: OwnDataDep, identity: IdentityDep, _: AdminDep, person_id: UUID, wanted: ErasePerson
) -> None:
    """Erase everything of a person for good, and the account, as ``POST /api/me/erasure`` does.

    Take over first what should stay: characters go with the conversations that others have with
    them.
    """
    await own_data.erase_person(identity, person_id, wanted.login)

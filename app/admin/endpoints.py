"""``/api/admin``: for operators; needs an admin key unless the service is open."""

from fastapi import APIRouter, Request, Response

from app.access.cookies import ADMIN_COOKIE, delete_cookie, set_session_cookie
from app.admin.schemas import AdminCharacter, Deletion, SessionOut, SignIn, Stats
from app.admin.service import count_all, delete_character, describe_deletion, present_for_admin
from app.catalog.repository import CharacterRepository
from app.catalog.schemas import CharacterOut, CharacterUpdate
from app.dependencies import (
    AdminDep,
    CatalogDep,
    CurrentCallerDep,
    FinderDep,
    ReadSession,
    ServicesDep,
    WriteSession,
)
from app.guard import GuardedRoute
from app.paging import Cursor, Limit, parse_cursor
from app.refusals import DATABASE_UNAVAILABLE, TOO_MANY_ATTEMPTS, Refusal, declare
from app.schemas import Page

router = APIRouter(prefix="/api/admin", tags=["admin"], route_class=GuardedRoute)


@router.get("/session")
async def read_session(services: ServicesDep, caller: CurrentCallerDep) -> SessionOut:
    """Whether a key is needed, and whether this caller has shown one."""
    return SessionOut(required=services.access.required, signed_in=caller.admin)


@router.post(
    "/session",
    responses=declare(
        Refusal(401, "wrong_key", "this is not an admin key"),
        TOO_MANY_ATTEMPTS,
        DATABASE_UNAVAILABLE,
    ),
)
async def sign_in(
    request: Request, response: Response, services: ServicesDep, shown: SignIn
) -> SessionOut:
    """Show an admin key; a cookie that scripts cannot read stands for it, for twelve hours."""
    access = services.access
    if await access.is_required():
        token = await access.sign_in(request.scope, shown.key.get_secret_value())
        set_session_cookie(response, access.client(request.scope), token)
    return SessionOut(required=access.required, signed_in=True)


@router.delete("/session", status_code=204, responses=declare(DATABASE_UNAVAILABLE))
async def sign_out(request: Request, response: Response, services: ServicesDep) -> None:
    """End the session; its cookie is of no use to anyone from now on."""
    await services.access.sign_out(request.scope)
    delete_cookie(response, services.access.client(request.scope), ADMIN_COOKIE)


@router.get("/stats")
async def read_stats(session: ReadSession, services: ServicesDep, _: AdminDep) -> Stats:
    """The service in numbers."""
    finder = services.finder
    cached = finder.cache.statistics.size + finder.selections.statistics.size
    return await count_all(session, services.database, cached, services.settings.retrieval.mode)


@router.get("/characters")
async def list_characters(
    session: ReadSession, _: AdminDep, cursor: Cursor = None, limit: Limit = 50
) -> Page[AdminCharacter]:
    """All characters, also those that are not published."""
    found = await CharacterRepository(session).page(
        search="", published_only=False, after=parse_cursor(cursor), limit=limit + 1
    )
    return Page(
        items=await present_for_admin(session, found[:limit]),
        next_cursor=str(found[limit - 1].id) if len(found) > limit else None,
    )


@router.patch("/characters/{slug}")
async def change_character(
    catalog: CatalogDep, _: AdminDep, slug: str, changes: CharacterUpdate
) -> CharacterOut:
    """Change what is given. Another name or other speakers begin a new index."""
    return await catalog.update(slug, changes)


@router.post("/characters/{slug}/publish")
async def publish(catalog: CatalogDep, _: AdminDep, slug: str) -> CharacterOut:
    return await catalog.publish(slug, published=True)


@router.post("/characters/{slug}/unpublish")
async def unpublish(catalog: CatalogDep, _: AdminDep, slug: str) -> CharacterOut:
    """Take it off the stage: nobody finds it or talks to it; nothing is deleted."""
    return await catalog.publish(slug, published=False)


@router.post("/characters/{slug}/reindex", status_code=202)
async def reindex(catalog: CatalogDep, _: AdminDep, slug: str) -> CharacterOut:
    """Build the index again; the old one serves meanwhile."""
    return await catalog.reindex(slug)


@router.get("/characters/{slug}/deletion")
async def preview_deletion(session: ReadSession, _: AdminDep, slug: str) -> Deletion:
    """What deleting would delete."""
    return await describe_deletion(session, slug)


@router.delete("/characters/{slug}", status_code=204)
async def delete(session: WriteSession, finder: FinderDep, _: AdminDep, slug: str) -> None:
    """Delete a character with its examples and conversations; its scripts stay."""
    finder.forget((await delete_character(session, slug)).id)

"""Serve ``/api/admin`` to operators; it needs an admin key unless the service is open."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from app.access.cookies import SESSION_COOKIE, delete_cookie, set_session_cookie
from app.admin.deletion import delete_character, put_aside
from app.admin.ownership import owner_named
from app.admin.ownership_endpoints import OWNER_NOT_FOUND, OwnerKey
from app.admin.schemas import (
    AdminCharacter,
    CharacterSignals,
    DeletedCharacter,
    Deletion,
    SessionOut,
    SignIn,
    Stats,
)
from app.admin.service import count_all, describe_deletion, present_deleted, present_for_admin
from app.catalog.dependencies import CatalogDep
from app.catalog.repository import CharacterRepository
from app.catalog.schemas import CharacterOut, CharacterUpdate
from app.catalog.service import get_character
from app.dependencies import (
    AdminDep,
    AuthorDep,
    CurrentCallerDep,
    ReadSession,
    ServicesDep,
    WriteSession,
)
from app.http.guard import GuardedRoute
from app.http.refusal import DATABASE_UNAVAILABLE, TOO_MANY_ATTEMPTS, Refusal, declare
from app.paging import Cursor, Limit, parse_cursor
from app.schemas import Page
from app.search.dependencies import RetrieverDep
from app.signals.repository import count_signals

router = APIRouter(prefix="/api/admin", tags=["admin"], route_class=GuardedRoute)


@router.get("/session")
async def read_session(services: ServicesDep, caller: CurrentCallerDep) -> SessionOut:
    """Return whether a key is needed, and whether the caller is signed in."""
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
    """Begin a session of twelve hours with an admin key; its cookie is hidden from scripts."""
    access = services.access
    if await access.is_required():
        token = await access.sign_in(request.scope, shown.key.get_secret_value())
        set_session_cookie(response, access.client(request.scope), token)
    return SessionOut(required=access.required, signed_in=True)


@router.delete("/session", status_code=204, responses=declare(DATABASE_UNAVAILABLE))
async def sign_out(request: Request, response: Response, services: ServicesDep) -> None:
    """End the session; its cookie is invalid from now on."""
    await services.access.sign_out(request.scope)
    delete_cookie(response, services.access.client(request.scope), SESSION_COOKIE)


@router.get("/stats")
async def read_stats(
    session: ReadSession, services: ServicesDep, retriever: RetrieverDep, _: AdminDep
) -> Stats:
    """Return the service in numbers."""
    cached = retriever.cache.statistics.size + retriever.reply_indexes.statistics.size
    return await count_all(session, services.database, cached, services.settings.retrieval.mode)


@router.get("/characters", responses=declare(OWNER_NOT_FOUND))
async def list_characters(
    session: ReadSession,
    caller: AdminDep,
    owner: OwnerKey = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> Page[AdminCharacter]:
    """Return all characters, or one owner's, unpublished ones included."""
    of = None if owner is None else await owner_named(session, owner, caller)
    found = await CharacterRepository(session).page(
        owner=of, after=parse_cursor(cursor), limit=limit + 1
    )
    return Page(
        items=await present_for_admin(session, found[:limit]),
        next_cursor=str(found[limit - 1].id) if len(found) > limit else None,
    )


@router.patch("/characters/{slug}")
async def change_character(
    catalog: CatalogDep, caller: AuthorDep, slug: str, changes: CharacterUpdate
) -> CharacterOut:
    """Change the given fields. Another name or other speakers start a new index."""
    return await catalog.update(slug, changes, caller)


@router.post("/characters/{slug}/publish")
async def publish(catalog: CatalogDep, caller: AuthorDep, slug: str) -> CharacterOut:
    """Publish a character: everyone can find it and talk to it."""
    return await catalog.publish(slug, caller, published=True)


@router.post("/characters/{slug}/unpublish")
async def unpublish(catalog: CatalogDep, caller: AuthorDep, slug: str) -> CharacterOut:
    """Hide a character: visitors neither find it nor talk to it; nothing is deleted."""
    return await catalog.publish(slug, caller, published=False)


@router.post("/characters/{slug}/reindex", status_code=202)
async def reindex(catalog: CatalogDep, caller: AuthorDep, slug: str) -> CharacterOut:
    """Rebuild the index; the old one serves meanwhile."""
    return await catalog.reindex(slug, caller)


@router.get("/characters/{slug}/deletion")
async def preview_deletion(session: ReadSession, caller: AuthorDep, slug: str) -> Deletion:
    """Return what deleting the character would delete."""
    return await describe_deletion(session, slug, caller)


@router.get("/characters/{slug}/signals")
async def count_what_people_said(session: ReadSession, _: AdminDep, slug: str) -> CharacterSignals:
    """Count the ratings, choices and edits of a character's replies that may be learnt from."""
    character = await get_character(session, slug)
    return CharacterSignals(**await count_signals(session, character.id))


@router.delete("/characters/{slug}", status_code=204)
async def delete(
    session: WriteSession,
    retriever: RetrieverDep,
    caller: AuthorDep,
    slug: str,
    restorable: Annotated[
        bool, Query(description="Keep it for 30 days, in which it can be restored.")
    ] = False,
) -> None:
    """Delete a character with its examples and conversations; its scripts stay.

    A character that was deleted ``restorable`` is deleted for good by a second call without it.
    """
    remove = put_aside if restorable else delete_character
    retriever.forget((await remove(session, slug, caller)).id)


@router.get("/deleted-characters")
async def list_deleted_characters(
    session: ReadSession, _: AdminDep, cursor: Cursor = None, limit: Limit = 50
) -> Page[DeletedCharacter]:
    """Return the deleted characters that can be restored, newest first."""
    found = await CharacterRepository(session).deleted(parse_cursor(cursor), limit + 1)
    return Page(
        items=await present_deleted(session, found[:limit]),
        next_cursor=str(found[limit - 1].id) if len(found) > limit else None,
    )


@router.post("/characters/{slug}/restore")
async def restore(catalog: CatalogDep, caller: AuthorDep, slug: str) -> CharacterOut:
    """Restore a character that was deleted ``restorable``, with its conversations."""
    return await catalog.restore(slug, caller)

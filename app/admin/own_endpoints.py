"""Serve an author's own characters, as the administration serves all."""

from fastapi import APIRouter

from app.admin.schemas import AdminCharacter, DeletedCharacter
from app.admin.service import present_deleted, present_for_admin
from app.catalog.repository import CharacterRepository
from app.dependencies import AuthorDep, ReadSession
from app.http.guard import GuardedRoute
from app.paging import Cursor, Limit, parse_cursor
from app.schemas import Page

router = APIRouter(prefix="/api/me", tags=["accounts"], route_class=GuardedRoute)


@router.get("/characters")
async def list_own_characters(
    session: ReadSession, caller: AuthorDep, cursor: Cursor = None, limit: Limit = 50
) -> Page[AdminCharacter]:
    """Return the characters that the caller made, newest first, published or not.

    What an admin key makes is the house's.
    """
    found = await CharacterRepository(session).page(
        owner=caller.maker, after=parse_cursor(cursor), limit=limit + 1
    )
    return Page(
        items=await present_for_admin(session, found[:limit]),
        next_cursor=str(found[limit - 1].id) if len(found) > limit else None,
    )


@router.get("/deleted-characters")
async def list_own_deleted_characters(
    session: ReadSession, caller: AuthorDep, cursor: Cursor = None, limit: Limit = 50
) -> Page[DeletedCharacter]:
    """Return the caller's deleted characters that can be restored, newest first."""
    found = await CharacterRepository(session).deleted(
        parse_cursor(cursor), limit + 1, owner=caller.maker
    )
    return Page(
        items=await present_deleted(session, found[:limit]),
        next_cursor=str(found[limit - 1].id) if len(found) > limit else None,
    )

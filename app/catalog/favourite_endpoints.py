"""Serve the characters that a caller marked as favourites."""

from fastapi import APIRouter

from app.catalog.favourites import FavouriteRepository
from app.catalog.schemas import Favourites
from app.catalog.service import get_character
from app.dependencies import CallerDep, ReadSession, WriteSession
from app.http.guard import GuardedRoute
from app.http.refusal import Refusal, declare

router = APIRouter(tags=["characters"], route_class=GuardedRoute)

_TOO_MANY = Refusal(409, "too_many_favourites", "the caller has as many favourites as it may")


@router.get("/api/favourites")
async def list_favourites(session: ReadSession, caller: CallerDep) -> Favourites:
    """Return the slugs of the caller's favourites, newest first."""
    return Favourites(items=list(await FavouriteRepository(session).slugs(caller.owner)))


@router.put("/api/characters/{slug}/favourite", status_code=204, responses=declare(_TOO_MANY))
async def add_favourite(session: WriteSession, caller: CallerDep, slug: str) -> None:
    """Make the character a favourite of the caller."""
    character = await get_character(session, slug, viewer=caller)
    await FavouriteRepository(session).add(caller.owner, character.id)


@router.delete("/api/characters/{slug}/favourite", status_code=204)
async def remove_favourite(session: WriteSession, caller: CallerDep, slug: str) -> None:
    """Remove the character from the caller's favourites."""
    character = await get_character(session, slug, viewer=caller)
    await FavouriteRepository(session).remove(caller.owner, character.id)

"""Serve the link of a character: who has it finds the character, published or not."""

from typing import Annotated

from fastapi import APIRouter
from pydantic import Field

from app.access.audit import record
from app.catalog.schemas import CharacterOut
from app.catalog.service import get_own_character, present_all, target_of
from app.catalog.visibility import let_in, share, unshare
from app.dependencies import AuthorDep, CallerDep, WriteSession
from app.http.guard import GuardedRoute
from app.http.refusal import Refusal, declare
from app.schemas import Schema

router = APIRouter(prefix="/api/characters", tags=["characters"], route_class=GuardedRoute)


class CharacterLink(Schema):
    """Hold the random part of a character's link, ``/with#LINK``."""

    link: Annotated[str, Field(max_length=100)]


@router.post("/{slug}/link")
async def share_character(session: WriteSession, caller: AuthorDep, slug: str) -> CharacterLink:
    """Return the character's link, which it gets if it has none."""
    character = await get_own_character(session, slug, caller)
    record(session, caller.actor, "character_shared", target_of(character))
    return CharacterLink(link=await share(session, character))


@router.delete("/{slug}/link", status_code=204)
async def unshare_character(session: WriteSession, caller: AuthorDep, slug: str) -> None:
    """Take the link back. Who came by it does not find the character any more."""
    character = await get_own_character(session, slug, caller)
    record(session, caller.actor, "character_unshared", target_of(character))
    await unshare(session, character)


@router.post(
    "/by-link",
    responses=declare(Refusal(404, "link_not_found", "no character has this link")),
)
async def open_link(session: WriteSession, caller: CallerDep, shown: CharacterLink) -> CharacterOut:
    """Return the character with this link; the caller finds it from now on."""
    character = await let_in(session, shown.link, caller.owner)
    return (await present_all(session, [character]))[0]

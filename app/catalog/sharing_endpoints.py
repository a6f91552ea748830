"""Serve who finds a character: its visibility, and the link that lets its holders in."""

from collections import Counter
from typing import Annotated

from fastapi import APIRouter
from pydantic import Field
from sqlalchemy.ext.asyncio import AsyncSession

from app.access import Caller
from app.access.audit import Action, record
from app.catalog.schemas import CharacterOut
from app.catalog.service import get_character, get_own_character, present_all, target_of
from app.catalog.visibility import (
    Visibility,
    is_own,
    let_in,
    renew_link,
    set_visibility,
    share,
    unshare,
    visibility_of,
)
from app.db.kept_counts import read_counts
from app.db.models import Character
from app.dependencies import (
    AuthorDep,
    CallerDep,
    CoreServices,
    IdentityDep,
    ReadSession,
    ServicesDep,
    WriteSession,
    may_make,
)
from app.http.guard import GuardedRoute
from app.http.refusal import Refusal, declare
from app.schemas import Schema

_ACTS: dict[Visibility, Action] = {
    "private": "character_unpublished",
    "link": "character_shared",
    "published": "character_published",
}
router = APIRouter(prefix="/api/characters", tags=["characters"], route_class=GuardedRoute)


class CharacterLink(Schema):
    """Hold the random part of a character's link, ``/with#LINK``."""

    link: Annotated[str, Field(max_length=100)]


class VisibilityChoice(Schema):
    """Choose who finds a character."""

    visibility: Visibility


class CharacterSharing(Schema):
    """Describe who finds a character, and whether the caller may change that."""

    may_change: bool
    """Whether the character is the caller's to change, with the key that was shown."""
    visibility: Visibility
    link: str | None
    """The random part of its link, ``/with#LINK``; null where it has none, and to others."""
    guests: int | None
    """How many people and browsers came by the link; null to others."""


@router.get("/{slug}/sharing")
async def read_sharing(
    session: ReadSession, services: ServicesDep, caller: CallerDep, slug: str
) -> CharacterSharing:
    """Return who finds a character; its link only to callers who may change it."""
    character = await get_character(session, slug, viewer=caller)
    return await _present(session, services, character, caller)


@router.put("/{slug}/sharing")
async def change_sharing(
    session: WriteSession,
    services: ServicesDep,
    identity: IdentityDep,
    caller: AuthorDep,
    slug: str,
    wanted: VisibilityChoice,
) -> CharacterSharing:
    """Choose who finds a character, in one step. ``private`` ends its link as ``DELETE`` does."""
    character = await get_own_character(session, slug, caller)
    await set_visibility(session, character, wanted.visibility)
    record(session, caller.actor, _ACTS[wanted.visibility], target_of(character))
    services.access.log.info(
        "character_shared",
        address=identity.client.address,
        character=slug,
        visibility=wanted.visibility,
        by=identity.actor,
    )
    await session.flush()
    return await _present(session, services, character, caller)


@router.post("/{slug}/link")
async def share_character(session: WriteSession, caller: AuthorDep, slug: str) -> CharacterLink:
    """Return the character's link, which it gets if it has none."""
    character = await get_own_character(session, slug, caller)
    record(session, caller.actor, "character_shared", target_of(character))
    return CharacterLink(link=await share(session, character))


@router.put("/{slug}/link")
async def replace_link(
    session: WriteSession,
    services: ServicesDep,
    identity: IdentityDep,
    caller: AuthorDep,
    slug: str,
) -> CharacterLink:
    """Return a new link. The old one ends, and who came by it needs the new one."""
    character = await get_own_character(session, slug, caller)
    address = identity.client.address
    record(session, caller.actor, "character_shared", target_of(character), renewed=True)
    services.access.log.info("link_replaced", address=address, character=slug, by=identity.actor)
    return CharacterLink(link=await renew_link(session, character))


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
    return (await present_all(session, [character], reader=caller.owner))[0]


async def _present(
    session: AsyncSession, services: CoreServices, character: Character, caller: Caller
) -> CharacterSharing:
    mine = may_make(caller, services) and is_own(character, caller)
    guests = await read_counts(session, "guests", [character.id]) if mine else Counter()
    return CharacterSharing(
        may_change=mine,
        visibility=visibility_of(character),
        link=character.link if mine else None,
        guests=guests[character.id] if mine else None,
    )

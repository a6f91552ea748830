"""Serve whose scripts and characters are, to admins, who may take them over."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query

from app.access import Identity
from app.access.audit import Target, record
from app.admin.ownership import give_character, give_script, owner_named, present_scripts
from app.admin.schemas import AdminCharacter, AdminScript, OwnerChange, ScriptOwnerChange
from app.admin.service import present_for_admin
from app.catalog.service import target_of
from app.dependencies import (
    AdminDep,
    CoreServices,
    IdentityDep,
    ReadSession,
    ServicesDep,
    WriteSession,
)
from app.http.guard import GuardedRoute
from app.http.refusal import Refusal, declare
from app.paging import Cursor, Limit, parse_cursor
from app.schemas import Page
from app.scripts.repository import ScriptRepository

router = APIRouter(prefix="/api/admin", tags=["admin"], route_class=GuardedRoute)

OWNER_NOT_FOUND = Refusal(404, "owner_not_found", "no owner has this key")
OwnerKey = Annotated[
    str | None,
    Query(max_length=64, description="Only this owner's: `house`, `me`, or an owner's `key`."),
]


@router.get("/scripts", responses=declare(OWNER_NOT_FOUND))
async def list_all_scripts(
    session: ReadSession,
    caller: AdminDep,
    owner: OwnerKey = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> Page[AdminScript]:
    """Return the scripts of all owners, or of one, newest first."""
    of = None if owner is None else await owner_named(session, owner, caller)
    found = await ScriptRepository(session).page(caller, parse_cursor(cursor), limit + 1, owner=of)
    return Page(
        items=await present_scripts(session, list(found[:limit])),
        next_cursor=str(found[limit - 1].id) if len(found) > limit else None,
    )


@router.put(
    "/scripts/{script_id}/owner",
    responses=declare(
        OWNER_NOT_FOUND, Refusal(409, "title_taken", "the new owner has a script of this title")
    ),
)
async def change_script_owner(
    session: WriteSession,
    services: ServicesDep,
    identity: IdentityDep,
    caller: AdminDep,
    script_id: UUID,
    wanted: ScriptOwnerChange,
) -> AdminScript:
    """Give a script to another owner; the characters that play in it stay whose they are."""
    script, before = await give_script(session, script_id, wanted, caller)
    record(session, caller.actor, "script_taken", Target("script", str(script.id), script.title))
    _log(services, identity, before, script.owner, script=str(script.id))
    return (await present_scripts(session, [script]))[0]


@router.put("/characters/{slug}/owner", responses=declare(OWNER_NOT_FOUND))
async def change_character_owner(
    session: WriteSession,
    services: ServicesDep,
    identity: IdentityDep,
    caller: AdminDep,
    slug: str,
    wanted: OwnerChange,
) -> AdminCharacter:
    """Give a character to another owner; its scripts stay whose they are, its visibility as is."""
    character, before = await give_character(session, slug, wanted.owner, caller)
    record(session, caller.actor, "character_taken", target_of(character))
    _log(services, identity, before, character.owner, character=slug)
    return (await present_for_admin(session, [character]))[0]


def _log(services: CoreServices, identity: Identity, before: str, after: str, **what: str) -> None:
    services.access.log.info(
        "owner_changed",
        address=identity.client.address,
        **what,
        before=before or "house",
        after=after or "house",
        by=identity.actor,
    )

"""Serve ``/api/scripts/{id}/bookmark``: how far a reader is in a script, for all its characters."""

from collections.abc import Sequence
from uuid import UUID

from fastapi import APIRouter
from sqlalchemy import exists, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.access import Caller
from app.bookmarks.places import (
    OutlinedScene,
    chapters_of,
    minutes_of,
    scene_at,
    scene_at_chapter,
    scene_at_minutes,
)
from app.bookmarks.reading import scene_of
from app.bookmarks.repository import BookmarkRepository
from app.catalog.bookmark_schemas import BookmarkOut, BookmarkPlace
from app.catalog.schemas import ScriptRef
from app.catalog.visibility import talkable_by
from app.db.models import Character, CharacterScript, Script
from app.dependencies import (
    CallerDep,
    CoreServices,
    ReadSession,
    ServicesDep,
    WriteSession,
    may_make,
)
from app.errors import NotFoundError
from app.http.guard import GuardedRoute
from app.http.refusal import Refusal, declare
from app.scripts.service import get_script

router = APIRouter(
    prefix="/api/scripts/{script_id}/bookmark", tags=["scripts"], route_class=GuardedRoute
)

_LISTED_CHAPTERS = 100


@router.get("")
async def read_bookmark(
    session: ReadSession, services: ServicesDep, caller: CallerDep, script_id: UUID
) -> BookmarkOut:
    """Return how far the caller is in a script that a character plays in whom the caller finds."""
    script = await _readable(session, services, caller, script_id)
    outline = await BookmarkRepository(session).outline(script.revision)
    return await _present(session, caller, script, outline)


@router.put(
    "",
    responses=declare(
        Refusal(409, "too_many_bookmarks", "the caller has as many bookmarks as it may"),
        Refusal(422, "unknown_scene", "the script has fewer scenes"),
        Refusal(422, "no_chapters", "the script has no chapters"),
        Refusal(422, "unknown_chapter", "the script has no such chapter"),
        Refusal(422, "no_minutes", "the script is no subtitles of one film"),
    ),
)
async def set_bookmark(
    session: WriteSession,
    services: ServicesDep,
    caller: CallerDep,
    script_id: UUID,
    place: BookmarkPlace,
) -> BookmarkOut:
    """Say how far the caller is; from now on nothing later is shown or said to them.

    It counts for all characters of the script and all conversations of the caller. The same body
    again changes nothing.
    """
    script = await _readable(session, services, caller, script_id)
    repository = BookmarkRepository(session)
    outline = await repository.outline(script.revision)
    if place.chapter is not None:
        kind, value = "chapter", str(place.chapter)
        scene = scene_at_chapter(outline, place.chapter)
    elif place.minutes is not None:
        kind, value = "minutes", f"{place.minutes:g}"
        scene = scene_at_minutes(outline, place.minutes)
    else:
        kind, value = "scene", str(place.scene)
        scene = scene_at(outline, place.scene or 0)
    await repository.put(caller.owner, script, scene, kind, value)
    return await _present(session, caller, script, outline)


@router.delete("", status_code=204)
async def remove_bookmark(
    session: WriteSession, services: ServicesDep, caller: CallerDep, script_id: UUID
) -> None:
    """Remove the caller's bookmark, if there is one: nothing is kept from them any more."""
    script = await _readable(session, services, caller, script_id)
    await BookmarkRepository(session).remove(caller.owner, script.id)


async def _readable(
    session: AsyncSession, services: CoreServices, caller: Caller, id: UUID
) -> Script:
    """Return a script that a caller may read, or that a character plays in whom they may talk to.

    Raises :class:`~app.errors.NotFoundError` (``script_not_found``).
    """
    played = exists(
        select(CharacterScript.script_id)
        .join(Character, Character.id == CharacterScript.character_id)
        .where(
            CharacterScript.script_id == id,
            Character.deleted_at.is_(None),
            talkable_by(caller.owner),
        )
    )
    if await session.scalar(select(played)):
        return await get_script(session, id)
    if may_make(caller, services):
        return await get_script(session, id, viewer=caller)
    raise NotFoundError("script_not_found", f"There is no script with the id {id}.")


async def _present(
    session: AsyncSession, caller: Caller, script: Script, outline: Sequence[OutlinedScene]
) -> BookmarkOut:
    bookmark = await BookmarkRepository(session).get(caller.owner, script.id)
    scene = None
    if bookmark is not None:
        scene = await scene_of(session, bookmark, script.revision, script.scenes)
    chapters = chapters_of(outline)
    read = [each.title for each in chapters if scene is not None and each.last <= scene]
    return BookmarkOut.model_validate(
        {
            "script": ScriptRef(id=script.id, title=script.title),
            "scene": scene,
            "scenes": script.scenes,
            "chapters": len(chapters),
            "read_chapters": read[-_LISTED_CHAPTERS:],
            "minutes": minutes_of(outline),
            "given": bookmark and bookmark.kind,
            "value": bookmark and bookmark.value,
            "updated_at": bookmark and bookmark.updated_at,
        }
    )

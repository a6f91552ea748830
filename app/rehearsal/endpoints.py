"""Serve rehearsals: ``/api/scripts/{script_id}/parts``, for callers who may read the script."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query

from app.dependencies import UploaderDep
from app.http.guard import GuardedRoute
from app.http.refusal import Refusal, declare
from app.rehearsal.dependencies import PartDep, RehearsalsDep
from app.rehearsal.schemas import (
    Attempt,
    AttemptOut,
    DueLines,
    PartOut,
    PartSceneOut,
    RehearsedLineOut,
)
from app.schemas import Page

router = APIRouter(
    prefix="/api/scripts/{script_id}/parts", tags=["rehearsal"], route_class=GuardedRoute
)

_TOO_LONG = Refusal(422, "script_too_long", "the script has more lines than can be learnt")
_NO_PART = Refusal(404, "part_not_found", "no one of this name speaks in the script")
_NO_LINE = Refusal(404, "line_not_found", "the part has no such line")
_FULL = Refusal(409, "too_many_lines_learnt", "the caller learns as many lines as it may")
_OF_PARTS = declare(_NO_PART, _TOO_LONG)

After = Annotated[int, Query(alias="cursor", ge=0, le=2**31 - 1)]
Limit = Annotated[int, Query(ge=1, le=100)]


@router.get("", responses=declare(_TOO_LONG))
async def list_parts(
    rehearsals: RehearsalsDep,
    caller: UploaderDep,
    script_id: UUID,
    after: After = 0,
    limit: Limit = 50,
) -> Page[PartOut]:
    """Return the parts of a script, most lines first, with what the caller knows of each.

    The cursor is the number of parts seen.
    """
    items, total = await rehearsals.parts(script_id, caller, after, limit)
    seen = after + len(items)
    return Page(items=items, next_cursor=str(seen) if items and seen < total else None)


@router.get("/{speaker:path}/scenes", responses=_OF_PARTS)
async def list_scenes_of_part(
    rehearsals: RehearsalsDep, part: PartDep, after: After = 0, limit: Limit = 50
) -> Page[PartSceneOut]:
    """Return the scenes in which a part speaks; the cursor is the number of the last one seen."""
    items = await rehearsals.scenes(part, after, limit + 1)
    more = str(items[limit - 1].number) if len(items) > limit else None
    return Page(items=items[:limit], next_cursor=more)


@router.get("/{speaker:path}/lines", responses=_OF_PARTS)
async def list_lines_of_part(
    rehearsals: RehearsalsDep,
    part: PartDep,
    after: After = 0,
    limit: Limit = 50,
    scene: Annotated[int | None, Query(ge=1, le=2**31 - 1, description="Of one scene.")] = None,
) -> Page[RehearsedLineOut]:
    """Return the lines of a part in order, each with its cue, its hints and the progress.

    The cursor is the number of the last line seen.
    """
    items = await rehearsals.lines(part, after=after, limit=limit + 1, scene=scene)
    more = str(items[limit - 1].number) if len(items) > limit else None
    return Page(items=items[:limit], next_cursor=more)


@router.get("/{speaker:path}/due", responses=_OF_PARTS)
async def list_due_lines(rehearsals: RehearsalsDep, part: PartDep, limit: Limit = 20) -> DueLines:
    """Return the lines of a part that come back now, those due longest first."""
    return await rehearsals.due(part, limit)


@router.post("/{speaker:path}/attempts", responses=declare(_NO_PART, _TOO_LONG, _NO_LINE, _FULL))
async def attempt_line(rehearsals: RehearsalsDep, part: PartDep, wanted: Attempt) -> AttemptOut:
    """Mark what was typed or spoken for a line, and schedule when it comes back.

    What was typed is not stored.
    """
    return await rehearsals.attempt(part, wanted)


@router.delete("/{speaker:path}/progress", status_code=204)
async def start_over(rehearsals: RehearsalsDep, part: PartDep) -> None:
    """Forget what the caller knows of a part."""
    await rehearsals.start_over(part)


# Last: a name may have any character, so this matches what stands before the others' last words.
@router.get("/{speaker:path}", responses=_OF_PARTS)
async def read_part(rehearsals: RehearsalsDep, part: PartDep) -> PartOut:
    """Return a part with what the caller knows of it."""
    return await rehearsals.part(part)

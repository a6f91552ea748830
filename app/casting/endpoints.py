"""Serve casting: speakers worth playing, several characters at once, drafted profiles."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response
from fastapi.sse import EventSourceResponse

from app.casting.dependencies import CastingDep, DrafterDep
from app.casting.schemas import CastProposal, CharactersCreate, CharactersOut, DraftRequest
from app.casting.subjects import subject_of_character, subject_of_script
from app.dependencies import ServicesDep, UploaderDep
from app.http.guard import GuardedRoute
from app.http.refusal import declare
from app.quotas.dependencies import PayerDep
from app.scripts.dependencies import NOT_YOURS, Whole
from app.turns.sse import event_stream, stream_writing

router = APIRouter(tags=["casting"], route_class=GuardedRoute)

_DRAFT: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "Server-sent events `waiting` …, `delta` … with the draft's sentences, then "
        "`done` with the whole draft, or `error`.",
        "content": {
            "text/event-stream": {
                **event_stream("waiting", "delta", "done", "error"),
                "example": 'event: delta\ndata: {"text": "Mary keeps the lighthouse."}\n\n'
                'event: done\ndata: {"profile": "Mary keeps the lighthouse.", '
                '"model": "index", "lines_shown": 42, "scenes": 40}\n\n',
            }
        },
    }
}


@router.post("/api/scripts/{script_id}/cast", responses=declare(NOT_YOURS))
async def propose_cast(
    casting: CastingDep,
    caller: UploaderDep,
    script_id: UUID,
    limit: Annotated[int, Query(ge=1, le=100, description="Of those who say most.")] = 20,
    whole: Whole = False,
) -> CastProposal:
    """Return the speakers worth playing, with reasons; nothing is stored.

    None who first speaks behind the caller's bookmark.
    """
    return await casting.propose(script_id, limit, caller, whole=whole)


@router.post("/api/scripts/{script_id}/characters", status_code=202)
async def create_characters(
    casting: CastingDep, caller: UploaderDep, script_id: UUID, wanted: CharactersCreate
) -> CharactersOut:
    """Create several characters of one script, all or none; indexing runs in the background."""
    return CharactersOut(items=await casting.create(script_id, wanted.characters, caller))


@router.post("/api/scripts/{script_id}/draft-profile", responses=_DRAFT, response_class=Response)
async def draft_profile_of_speaker(
    request: Request,
    drafter: DrafterDep,
    services: ServicesDep,
    caller: UploaderDep,
    payer: PayerDep,
    script_id: UUID,
    wanted: DraftRequest,
) -> EventSourceResponse:
    """Draft the profile of a speaker in a script, for a person to change and accept.

    Nothing is stored.
    """
    async with services.database.read() as session:
        subject = await subject_of_script(session, script_id, wanted, viewer=caller)
    return stream_writing(request, await drafter.begin(subject, caller.owner, payer))


@router.post("/api/characters/{slug}/draft-profile", responses=_DRAFT, response_class=Response)
async def draft_profile(
    request: Request,
    drafter: DrafterDep,
    services: ServicesDep,
    caller: UploaderDep,
    payer: PayerDep,
    slug: str,
) -> EventSourceResponse:
    """Draft a character's profile from its own lines, for a person to change and accept.

    Nothing is stored; accept with `PATCH /api/admin/characters/{slug}`.
    """
    async with services.database.read() as session:
        subject = await subject_of_character(session, slug, viewer=caller)
    return stream_writing(request, await drafter.begin(subject, caller.owner, payer))

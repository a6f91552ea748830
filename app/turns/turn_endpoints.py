"""Serve the turn that runs in a conversation to those who come back to it, and stop it."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Header, Request, Response

from app.dependencies import CallerDep
from app.http.guard import GuardedRoute
from app.http.refusal import Refusal, declare
from app.turns.dependencies import TurnAttachingDep
from app.turns.event_id import parse_event_id
from app.turns.sse import event_stream, stream_turn

router = APIRouter(tags=["chat"], route_class=GuardedRoute)

_TURN = "/api/conversations/{conversation_id}/turn"
_STREAM: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The turn from where the listener is. Without `Last-Event-ID` it begins "
        "with `turn`: the ids of the reply and of the message that it answers, and the text "
        "that a continued reply starts with.",
        "content": {
            "text/event-stream": event_stream(
                "turn", "waiting", "examples", "delta", "done", "error"
            )
        },
    },
    204: {"description": "No turn runs, or `Last-Event-ID` was the end of one."},
}


@router.get(
    _TURN,
    responses=_STREAM
    | declare(
        Refusal(404, "turn_not_found", "the turn is over and left nothing"),
        Refusal(422, "invalid_event_id", "`Last-Event-ID` is no id of a turn's event"),
        Refusal(429, "too_many_listeners", "too many pages listen to this reply already"),
    ),
    response_model=None,
)
async def follow_turn(
    request: Request,
    attaching: TurnAttachingDep,
    caller: CallerDep,
    conversation_id: UUID,
    last_event_id: Annotated[
        str | None, Header(description="The id of the last event that arrived.")
    ] = None,
) -> Response:
    """Follow the turn that runs, from any page, or get the end of the one that ran.

    With `Last-Event-ID` the stream goes on after that event, and no character comes twice or is
    missing.
    """
    last = parse_event_id(last_event_id)
    listener = await attaching.listen(conversation_id, caller.owner, last)
    if listener is None:
        return Response(status_code=204)
    return stream_turn(request, listener)


@router.delete(_TURN, status_code=204)
async def stop_turn(attaching: TurnAttachingDep, caller: CallerDep, conversation_id: UUID) -> None:
    """Stop the turn that runs, if any, whichever page began it; what arrived is stored."""
    await attaching.stop(conversation_id, caller.owner)

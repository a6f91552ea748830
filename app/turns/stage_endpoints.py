"""Serve turns of a stage that no message of the user's begins."""

import contextlib
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.sse import EventSourceResponse
from pydantic import Field

from app.conversations.schemas import TurnOut
from app.dependencies import CallerDep, ServicesDep
from app.errors import AppError
from app.http.guard import GuardedRoute
from app.http.refusal import TOO_MANY_MESSAGES, declare
from app.quotas.dependencies import PayerDep
from app.schemas import Schema
from app.turns.dependencies import TurnsDep
from app.turns.endpoints import check_messages, turn_result
from app.turns.runner import RunningTurn
from app.turns.sse import event_stream, stream_played
from app.turns.stage_run import StageRun, stream_run
from app.turns.stage_turns import MOST_AHEAD

router = APIRouter(tags=["stage"], route_class=GuardedRoute)


class GoOn(Schema):
    """Let the scene go on."""

    turns: Annotated[int, Field(ge=1, le=MOST_AHEAD)] = 1
    speaker: str | None = None
    """The slug or id of who speaks first; by default the director chooses, as for the others."""
    stream: bool = False


class StageTurnsOut(Schema):
    """Show the turns of a scene that went on, as far as they came."""

    items: list[TurnOut]


_STREAM: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The turns; with `stream`, the events of each turn one after the other, "
        "from `speaker` to `done`. `DELETE …/turn` stops the turn that runs and all to follow; "
        "closing the stream lets the running turn end, and begins no more. Lines of a script are "
        "stored at once: `message` is the user's, `direction` what happens between them.",
        "content": {
            "text/event-stream": event_stream(
                "message", "speaker", "waiting", "examples", "delta", "direction", "done", "error"
            )
        },
    }
}


@router.post(
    "/api/conversations/{conversation_id}/go-on",
    responses=_STREAM | declare(TOO_MANY_MESSAGES),
    response_model=StageTurnsOut,
)
async def advance(
    request: Request,
    services: ServicesDep,
    turns: TurnsDep,
    caller: CallerDep,
    payer: PayerDep,
    conversation_id: UUID,
    wanted: GoOn,
) -> StageTurnsOut | EventSourceResponse:
    """Let the participants of a stage speak, one after the other, without the user.

    A scene that follows its script goes on as the script does, the user's lines among it, unless
    `speaker` is given: a turn is what comes up to the user's next line.
    """
    await check_messages(services, caller, messages=wanted.turns)
    if wanted.speaker is None:
        steps = await turns.scenes.play_on(conversation_id, caller.owner, wanted.turns)
        if steps and wanted.stream:
            return stream_played(steps)
        if steps:
            return StageTurnsOut(items=[step.present() for step in steps])
    run = StageRun(turns.stages, conversation_id, caller.owner, payer)
    first = await run.first(wanted.turns, wanted.speaker)
    if wanted.stream:
        return stream_run(request, run, first)
    return StageTurnsOut(items=await _results(run, first))


async def _results(run: StageRun, first: RunningTurn) -> list[TurnOut]:
    """Return the turns that came to an end; raises the error of the first alone.

    What was said is stored, and not lost with a later turn: not even where another run, which has
    this one's counter, began that turn instead.
    """
    found = [await turn_result(first, first.listen())]
    with contextlib.suppress(AppError):
        turn = await run.following(first)
        while turn is not None:
            found.append(await turn_result(turn, turn.listen()))
            turn = await run.following(turn)
    return found

"""Serve what only a scene of a script has: the way back to it, and the next line."""

from uuid import UUID

from fastapi import APIRouter, Response

from app.conversations.answering import answer_conversation
from app.conversations.scene_schemas import NextLine
from app.conversations.schemas import ConversationOut
from app.dependencies import CallerDep, ServicesDep
from app.http.guard import GuardedRoute
from app.http.refusal import TOO_MANY_MESSAGES, Refusal, declare
from app.turns.dependencies import TurnsDep
from app.turns.endpoints import check_messages

router = APIRouter(
    prefix="/api/conversations/{conversation_id}", tags=["stage"], route_class=GuardedRoute
)

_NO_SCENE = Refusal(422, "no_scene", "the conversation plays no scene of a script")


@router.post(
    "/back-to-script",
    responses=declare(
        TOO_MANY_MESSAGES, _NO_SCENE, Refusal(422, "on_script", "the scene has not strayed")
    ),
    response_model=ConversationOut,
)
async def back_to_script(
    services: ServicesDep,
    turns: TurnsDep,
    caller: CallerDep,
    response: Response,
    conversation_id: UUID,
) -> Response:
    """Return to the moment of the scene nearest to what was said since it strayed.

    Of the lines still to come; the true lines from there to the user's next follow.
    """
    await check_messages(services, caller, messages=1)
    shown = await turns.scenes.back_to_script(conversation_id, caller.owner)
    return await answer_conversation(shown, response)


@router.get(
    "/next-line",
    responses=declare(_NO_SCENE, Refusal(422, "scene_over", "the user has no further line")),
)
async def read_next_line(turns: TurnsDep, caller: CallerDep, conversation_id: UUID) -> NextLine:
    """Return the user's next line in the scene, as the script has it."""
    return await turns.scenes.next_line(conversation_id, caller.owner)

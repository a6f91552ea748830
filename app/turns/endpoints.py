"""Serve turns of conversations, streamed or not, and the retrieval inspector."""

import asyncio
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Request
from fastapi.sse import EventSourceResponse

from app.access import Caller
from app.bookmarks.reading import known_until
from app.catalog.schemas import Inspection, Name
from app.catalog.service import get_character
from app.conversations.allowance import check_quota
from app.conversations.schemas import ContinueRequest, MessageSend, RegenerateRequest, TurnOut
from app.dependencies import CallerDep, CoreServices, ServicesDep
from app.errors import AppError, UnavailableError
from app.http.guard import GuardedRoute
from app.http.refusal import TOO_MANY_MESSAGES, declare
from app.quotas.dependencies import PayerDep
from app.turns.dependencies import PromptBuilderDep, TurnsDep
from app.turns.dialogue_context import DialogueContext, persona_of
from app.turns.events import DoneEvent, ErrorEvent
from app.turns.inspector import inspect
from app.turns.listening import call_when_gone
from app.turns.played_lines import PlayedLines
from app.turns.progress import Listener
from app.turns.runner import RunningTurn
from app.turns.sse import event_stream, stream_played, stream_turn
from characters.prompting import Utterance

router = APIRouter(tags=["chat"], route_class=GuardedRoute)

_STREAM: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The turn; with `stream`, as server-sent events `message`, `examples`, "
        "`delta` …, then `done` or `error`, each with an id. Closing the stream does not stop the "
        "turn: `GET …/turn` goes on after the last id, and `DELETE …/turn` stops it. In a scene of "
        "a script, the true lines that follow come one after the other, each from `speaker` to "
        "`done`, without ids: they are stored already. `direction` is what happens between them; "
        "where no line follows, `done` has the user's message.",
        "content": {
            "text/event-stream": event_stream(
                "message", "speaker", "waiting", "examples", "delta", "direction", "done", "error"
            )
        },
    }
}
_MESSAGES = "/api/conversations/{conversation_id}/messages"


@router.post(_MESSAGES, responses=_STREAM | declare(TOO_MANY_MESSAGES), response_model=TurnOut)
async def send_message(
    request: Request,
    services: ServicesDep,
    turns: TurnsDep,
    caller: CallerDep,
    payer: PayerDep,
    conversation_id: UUID,
    message: MessageSend,
) -> TurnOut | EventSourceResponse:
    """Store a message, then answer it."""
    await check_messages(services, caller, messages=2)
    turn = await turns.send(
        conversation_id,
        caller.owner,
        message.content,
        payer,
        speaker=message.speaker,
        whisper_to=message.whisper_to,
    )
    return await _answer(request, turn, stream=message.stream)


@router.post(
    _MESSAGES + "/{message_id}/regenerate",
    responses=_STREAM | declare(TOO_MANY_MESSAGES),
    response_model=TurnOut,
)
async def regenerate(
    request: Request,
    services: ServicesDep,
    turns: TurnsDep,
    caller: CallerDep,
    payer: PayerDep,
    conversation_id: UUID,
    message_id: UUID,
    wanted: RegenerateRequest,
) -> TurnOut | EventSourceResponse:
    """Generate another reply to a message; earlier replies stay as alternatives."""
    await check_messages(services, caller, messages=1)
    turn = await turns.regenerate(conversation_id, caller.owner, message_id, payer, wanted.speaker)
    return await _answer(request, turn, stream=wanted.stream)


@router.post(_MESSAGES + "/{message_id}/continue", responses=_STREAM, response_model=TurnOut)
async def continue_reply(
    request: Request,
    turns: TurnsDep,
    caller: CallerDep,
    payer: PayerDep,
    conversation_id: UUID,
    message_id: UUID,
    wanted: ContinueRequest,
) -> TurnOut | EventSourceResponse:
    """Continue a reply that was cut off."""
    turn = await turns.continue_reply(conversation_id, caller.owner, message_id, payer)
    return await _answer(request, turn, stream=wanted.stream)


async def check_messages(services: CoreServices, caller: Caller, *, messages: int) -> None:
    """Check a visitor's limits before the turn takes a slot.

    See :func:`~app.conversations.allowance.check_quota`.
    """
    async with services.database.read() as session:
        await check_quota(session, caller, services.settings, messages=messages)


async def _answer(
    request: Request, turn: RunningTurn | PlayedLines, *, stream: bool
) -> TurnOut | EventSourceResponse:
    if isinstance(turn, PlayedLines):
        return stream_played([turn]) if stream else turn.present()
    listener = turn.listen()
    if stream:
        return stream_turn(request, listener, turn.message)
    watcher = asyncio.create_task(call_when_gone(request, listener.cancel))
    try:
        return await turn_result(turn, listener)
    finally:
        watcher.cancel()


async def turn_result(turn: RunningTurn, listener: Listener) -> TurnOut:
    """Return the end of the turn; raise its error, with the text so far."""
    async for numbered in listener.events():
        event = numbered and numbered.event
        if isinstance(event, DoneEvent):
            return TurnOut(message=turn.message, reply=event.reply)
        if isinstance(event, ErrorEvent):
            detail = dict(event.error.detail or {})
            if turn.message is not None:
                detail["message"] = turn.message.model_dump(mode="json")
            if event.reply is not None:
                detail["reply"] = event.reply.model_dump(mode="json")
            failure = AppError(
                event.error.code, event.error.message, retry_after=event.retry_after, **detail
            )
            failure.status = event.status
            raise failure
    raise UnavailableError("turn_ended", "The service is stopping.", retry_after=5)


@router.get("/api/characters/{slug}/examples")
async def inspect_retrieval(
    services: ServicesDep,
    prompt_builder: PromptBuilderDep,
    caller: CallerDep,
    slug: str,
    query: Annotated[str, Query(min_length=1, max_length=4_000)],
    user_name: Annotated[Name, Query()] = "user",
) -> Inspection:
    """Inspect retrieval: return what a turn with this message would find and show.

    Nothing of scenes behind the caller's bookmark.
    """
    async with services.database.read() as session:
        character = await get_character(session, slug, viewer=caller)
        until = await known_until(session, caller.owner, [character.id])
    # Nothing is held while it embeds, and asks the engine to count.
    dialogue = DialogueContext(
        persona=persona_of(character, user_name, until_scene=until),
        history=[Utterance("user", query)],
        until_scene=until,
    )
    return await inspect(prompt_builder, character, dialogue)

"""Serve ``/api/conversations/{id}/summary``, which stands for the oldest lines in prompts."""

from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request, Response
from fastapi.sse import EventSourceResponse

from app.conversations.answering import answer_conversation
from app.conversations.presentation import present
from app.conversations.schemas import ConversationOut, SummaryUpdate
from app.dependencies import CallerDep, WriteSession
from app.http.guard import GuardedRoute
from app.quotas.dependencies import PayerDep
from app.turns.dependencies import SummarizerDep
from app.turns.sse import event_stream, stream_writing
from app.turns.summaries import clear_summary, edit_summary

router = APIRouter(
    prefix="/api/conversations/{conversation_id}/summary", tags=["chat"], route_class=GuardedRoute
)

_WRITING: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "Server-sent events `waiting` …, `delta` … with the summary's sentences, "
        "then `done` with the stored summary, or `error`.",
        "content": {
            "text/event-stream": {
                **event_stream("waiting", "delta", "done", "error"),
                "example": 'event: delta\ndata: {"text": "Sam and Ben spoke of the lamp."}\n\n'
                'event: done\ndata: {"text": "Sam and Ben spoke of the lamp.", '
                '"upto": "019c0000-0000-7000-8000-000000000000", "until_scene": null, '
                '"covered": 12}\n\n',
            }
        },
    }
}


@router.post("", responses=_WRITING, response_class=Response)
async def write_summary(
    request: Request,
    summarizer: SummarizerDep,
    caller: CallerDep,
    payer: PayerDep,
    conversation_id: UUID,
) -> EventSourceResponse:
    """Generate a summary of all but the newest lines; an existing summary goes into it."""
    return stream_writing(request, await summarizer.begin(conversation_id, caller.owner, payer))


@router.patch("", response_model=ConversationOut)
async def change_summary(
    session: WriteSession,
    caller: CallerDep,
    response: Response,
    conversation_id: UUID,
    changes: SummaryUpdate,
) -> Response:
    """Set the summary's text, or correct it."""
    conversation = await edit_summary(session, conversation_id, caller.owner, changes)
    return await answer_conversation(await present(session, conversation), response)


@router.delete("", response_model=ConversationOut)
async def delete_summary(
    session: WriteSession, caller: CallerDep, response: Response, conversation_id: UUID
) -> Response:
    """Delete the summary; prompts show the lines themselves again, as far as they fit."""
    conversation = await clear_summary(session, conversation_id, caller.owner)
    return await answer_conversation(await present(session, conversation), response)

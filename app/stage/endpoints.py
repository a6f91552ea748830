"""Serve the stage of a conversation: who enters, leaves or is informed, and who knows what."""

from uuid import UUID

from fastapi import APIRouter, Response

from app.conversations.dependencies import ChangeDep
from app.conversations.schemas import ConversationOut
from app.dependencies import CallerDep, ReadSession
from app.http.guard import GuardedRoute
from app.http.refusal import PARTICIPANT_NOT_FOUND, TOO_MANY_MESSAGES, Refusal, declare
from app.stage import knowledge, service
from app.stage.schemas import Entrance, Exit, Knowledge, NoteUpdate, Telling, Witnesses

router = APIRouter(
    prefix="/api/conversations/{conversation_id}", tags=["stage"], route_class=GuardedRoute
)


@router.post(
    "/participants",
    responses=declare(
        TOO_MANY_MESSAGES,
        Refusal(409, "on_stage", "the character is on stage already"),
        Refusal(422, "stage_full", "a stage has room for eight characters"),
    ),
    response_model=ConversationOut,
)
async def enter(change: ChangeDep, wanted: Entrance) -> Response:
    """Let a character enter, for the first time or again.

    A conversation of one character becomes a stage.
    """
    await change.allow_message()
    return await change.answer(
        await service.enter(change.session, change.conversation_id, change.owner, wanted)
    )


@router.post(
    "/participants/{participant}/leave",
    responses=declare(
        TOO_MANY_MESSAGES, Refusal(409, "not_on_stage", "the participant is not on stage")
    ),
    response_model=ConversationOut,
)
async def leave(change: ChangeDep, participant: str, wanted: Exit) -> Response:
    """Let a participant leave; it witnesses nothing until it enters again."""
    await change.allow_message()
    return await change.answer(
        await service.leave(
            change.session, change.conversation_id, change.owner, participant, wanted.direction
        )
    )


@router.put("/participants/{participant}/note", response_model=ConversationOut)
async def change_note(change: ChangeDep, participant: str, wanted: NoteUpdate) -> Response:
    """Set what a participant hides, wants or plans: in its own prompts alone."""
    return await change.answer(
        await service.change_note(
            change.session, change.conversation_id, change.owner, participant, wanted.note
        )
    )


@router.post(
    "/messages/{message_id}/tell",
    responses=declare(
        TOO_MANY_MESSAGES,
        PARTICIPANT_NOT_FOUND,
        Refusal(422, "not_a_line", "only a line of the visible branch can be told"),
    ),
    response_model=ConversationOut,
)
async def tell(change: ChangeDep, message_id: UUID, wanted: Telling) -> Response:
    """Let participants learn a line that they did not witness, wherever they are."""
    await change.allow_message()
    return await change.answer(
        await service.tell(change.session, change.conversation_id, change.owner, message_id, wanted)
    )


@router.get("/messages/{message_id}/witnesses")
async def read_witnesses(
    session: ReadSession, caller: CallerDep, conversation_id: UUID, message_id: UUID
) -> Witnesses:
    """Return who knows a line: who was there, or learned it later on the visible branch."""
    return await knowledge.witnesses_of(session, conversation_id, caller.owner, message_id)


@router.get("/messages/{message_id}/knowledge")
async def read_knowledge(
    session: ReadSession, caller: CallerDep, conversation_id: UUID, message_id: UUID
) -> Knowledge:
    """Return how the speaker of a reply could know it: the lines that were in its prompt."""
    return await knowledge.knowledge_of(session, conversation_id, caller.owner, message_id)

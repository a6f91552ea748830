"""``/api/conversations``: everything but the turns, which are in ``app.chat``."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query

from app.catalog.service import get_character
from app.conversations import service
from app.conversations.repository import ConversationRepository
from app.conversations.schemas import (
    ConversationCreate,
    ConversationOut,
    ConversationSummary,
    ConversationUpdate,
    MessageEdit,
)
from app.dependencies import CallerDep, ReadSession, SettingsDep, WriteSession
from app.guard import GuardedRoute
from app.paging import Cursor, Limit
from app.schemas import Page

router = APIRouter(prefix="/api/conversations", tags=["conversations"], route_class=GuardedRoute)


@router.post("", status_code=201)
async def open_conversation(
    session: WriteSession, caller: CallerDep, wanted: ConversationCreate
) -> ConversationOut:
    """Begin a conversation; the character's greeting, if any, is its first message."""
    return await service.open_conversation(session, caller.owner, wanted)


@router.get("")
async def list_conversations(
    session: ReadSession,
    caller: CallerDep,
    character: Annotated[str | None, Query(description="Only with this character.")] = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> Page[ConversationSummary]:
    """The caller's conversations, last talked in first."""
    character_id = None
    if character is not None:
        character_id = (await get_character(session, character)).id
    found = await ConversationRepository(session).page(
        caller.owner,
        character_id=character_id,
        after=service.parse_place(cursor),
        limit=limit + 1,
    )
    shown = found[:limit]
    more = len(found) > limit
    return Page(
        items=await service.summarize_all(session, shown),
        next_cursor=service.format_place(shown[-1]) if more else None,
    )


@router.get("/{conversation_id}")
async def read_conversation(
    session: ReadSession, caller: CallerDep, conversation_id: UUID
) -> ConversationOut:
    """A conversation with the messages of its visible branch."""
    conversation = await service.get_conversation(session, conversation_id, caller.owner)
    return await service.present(session, conversation)


@router.patch("/{conversation_id}")
async def change_conversation(
    session: WriteSession, caller: CallerDep, conversation_id: UUID, changes: ConversationUpdate
) -> ConversationOut:
    """Rename it, or change what the character calls the person."""
    return await service.change_conversation(session, conversation_id, caller.owner, changes)


@router.delete("/{conversation_id}", status_code=204)
async def delete_conversation(
    session: WriteSession, caller: CallerDep, conversation_id: UUID
) -> None:
    """Delete it; for thirty days it can be restored."""
    await service.delete_conversation(session, conversation_id, caller.owner)


@router.post("/{conversation_id}/restore")
async def restore_conversation(
    session: WriteSession, caller: CallerDep, conversation_id: UUID
) -> ConversationOut:
    """Undo a deletion."""
    return await service.restore_conversation(session, conversation_id, caller.owner)


@router.patch("/{conversation_id}/messages/{message_id}")
async def edit_message(
    session: WriteSession,
    caller: CallerDep,
    settings: SettingsDep,
    conversation_id: UUID,
    message_id: UUID,
    edit: MessageEdit,
) -> ConversationOut:
    """Edit a reply in place, or a user's message as a new alternative."""
    content = service.check_content(edit.content, settings.limits.message_characters)
    return await service.edit_message(session, conversation_id, caller.owner, message_id, content)


@router.delete("/{conversation_id}/messages/{message_id}")
async def delete_message(
    session: WriteSession, caller: CallerDep, conversation_id: UUID, message_id: UUID
) -> ConversationOut:
    """Delete a message and all that follow it."""
    return await service.delete_message(session, conversation_id, caller.owner, message_id)


@router.post("/{conversation_id}/messages/{message_id}/activate")
async def activate_message(
    session: WriteSession, caller: CallerDep, conversation_id: UUID, message_id: UUID
) -> ConversationOut:
    """Show the branch through this message."""
    return await service.activate_message(session, conversation_id, caller.owner, message_id)

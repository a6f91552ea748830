"""Serve ``/api/conversations``, but for the turns, which ``app.turns`` serves."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Response

from app.access.audit import Target
from app.conversations import presentation, service
from app.conversations.allowance import check_quota, forget_oldest_deleted
from app.conversations.answering import answer_conversation, answer_messages
from app.conversations.dependencies import ChangeDep
from app.conversations.lookup import check_content, get_acquainted, get_conversation
from app.conversations.openers import find_openers
from app.conversations.repository import ConversationRepository
from app.conversations.scene_opening import open_scene
from app.conversations.schemas import (
    ConversationCreate,
    ConversationOut,
    ConversationSummary,
    ConversationUpdate,
    MessageEdit,
    MessageOut,
    Openers,
)
from app.dependencies import (
    CallerDep,
    ReadSession,
    ServicesDep,
    SettingsDep,
    WriteSession,
    check_reads_scripts,
)
from app.http.guard import GuardedRoute
from app.http.refusal import TOO_MANY_CONVERSATIONS, TOO_MANY_MESSAGES, Refusal, declare
from app.paging import Cursor, Limit, parse_cursor
from app.schemas import Page
from app.text import Storable

router = APIRouter(prefix="/api/conversations", tags=["conversations"], route_class=GuardedRoute)

Before = Annotated[
    UUID | None,
    Query(description="The messages that led to this one, instead of the newest."),
]


@router.post(
    "",
    status_code=201,
    responses=declare(
        TOO_MANY_CONVERSATIONS,
        Refusal(403, "uploads_closed", "scripts are open to authors and admins only"),
        Refusal(404, "script_not_found", "no such script"),
        Refusal(404, "scene_not_found", "the script has no scene of this number"),
        Refusal(422, "unknown_part", "no one of this name speaks in the scene"),
        Refusal(422, "part_taken", "a wanted character plays the user's part"),
        Refusal(422, "script_without_characters", "no speaker of the script is a character yet"),
    ),
)
async def open_conversation(
    session: WriteSession, caller: CallerDep, settings: SettingsDep, wanted: ConversationCreate
) -> ConversationOut:
    """Open a conversation; the character's greeting, if any, is its first message.

    With ``scene``, the user steps into a scene of a script: its lines before the user's first are
    its first messages.
    """
    await check_quota(session, caller, settings, conversations=1)
    if wanted.scene is not None:
        check_reads_scripts(caller, settings)
        opened = await open_scene(session, caller, wanted, wanted.scene)
        return await presentation.present(session, opened)
    return await service.open_conversation(session, caller.owner, wanted)


@router.get("")
async def list_conversations(
    session: ReadSession,
    caller: CallerDep,
    character: Annotated[str | None, Query(description="Only with this character.")] = None,
    q: Annotated[
        str,
        Query(max_length=200, description="In titles, characters' names, or what was said."),
        Storable,
    ] = "",
    cursor: Cursor = None,
    limit: Limit = 50,
) -> Page[ConversationSummary]:
    """Return the caller's conversations, last used first.

    ``q`` searches titles, names of characters and messages, of the last 200 conversations.
    """
    character_id = None
    if character is not None:
        character_id = (await get_acquainted(session, character, caller)).id
    found = await ConversationRepository(session).page(
        caller.owner,
        character_id=character_id,
        after=service.parse_list_cursor(cursor),
        limit=limit + 1,
        search=q.strip(),
    )
    shown = found[:limit]
    more = len(found) > limit
    return Page(
        items=await presentation.summarize_all(session, shown, sought=q.strip()),
        next_cursor=service.format_cursor(shown[-1]) if more else None,
    )


@router.get("/{conversation_id}", response_model=ConversationOut)
async def read_conversation(
    session: ReadSession,
    caller: CallerDep,
    response: Response,
    conversation_id: UUID,
    before: Before = None,
    limit: Limit = presentation.PAGE,
) -> Response:
    """Return a conversation with the newest messages of its visible branch, or earlier ones."""
    conversation = await get_conversation(session, conversation_id, caller.owner)
    shown = await presentation.present(session, conversation, before=before, limit=limit)
    return await answer_conversation(shown, response)


@router.get("/{conversation_id}/messages", response_model=Page[MessageOut])
async def list_messages(
    session: ReadSession,
    caller: CallerDep,
    response: Response,
    conversation_id: UUID,
    before: Before = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> Response:
    """Return the visible branch page by page, the newest page first; in a page, oldest first.

    ``next_cursor`` is the first message's id, which may also be sent as ``before``.
    """
    conversation = await get_conversation(session, conversation_id, caller.owner)
    items, earlier = await presentation.present_page(
        session, conversation, before=before or parse_cursor(cursor), limit=limit
    )
    page = Page[MessageOut](items=items, next_cursor=str(items[0].id) if earlier else None)
    return await answer_messages(page, response)


@router.get("/{conversation_id}/openers")
async def list_openers(session: ReadSession, caller: CallerDep, conversation_id: UUID) -> Openers:
    """Return up to three lines to begin with: said to the character in its script, and answered.

    They are of scenes before the conversation's point in time in which the character speaks, and
    always the same. Where the user plays a speaker of the script, that one's lines come first.
    """
    conversation = await get_conversation(session, conversation_id, caller.owner)
    return Openers(items=await find_openers(session, conversation))


@router.patch("/{conversation_id}", response_model=ConversationOut)
async def change_conversation(change: ChangeDep, changes: ConversationUpdate) -> Response:
    """Change a conversation's title, user name, point in time or memory."""
    return await change.answer(
        await service.change_conversation(
            change.session, change.conversation_id, change.owner, changes
        )
    )


@router.delete("/{conversation_id}", status_code=204)
async def delete_conversation(
    session: WriteSession,
    services: ServicesDep,
    caller: CallerDep,
    settings: SettingsDep,
    conversation_id: UUID,
) -> None:
    """Delete a conversation; it can be restored for thirty days.

    Of a visitor's deleted conversations, only the newest few can.
    """
    await service.delete_conversation(session, conversation_id, caller.owner)
    await forget_oldest_deleted(session, caller, settings)
    target = Target("conversation", str(conversation_id))
    services.access.audit.note(caller.actor, "conversation_deleted", target)


@router.post("/{conversation_id}/restore", response_model=ConversationOut)
async def restore_conversation(services: ServicesDep, change: ChangeDep) -> Response:
    """Restore a deleted conversation."""
    id = change.conversation_id
    restored = await service.restore_conversation(change.session, id, change.owner)
    target = Target("conversation", str(id))
    services.access.audit.note(change.caller.actor, "conversation_restored", target)
    return await change.answer(restored)


@router.patch(
    "/{conversation_id}/messages/{message_id}",
    responses=declare(TOO_MANY_MESSAGES),
    response_model=ConversationOut,
)
async def edit_message(change: ChangeDep, message_id: UUID, edit: MessageEdit) -> Response:
    """Edit a reply in place, or a user's message as a new alternative."""
    content = check_content(edit.content, change.settings.limits.message_characters)
    await change.allow_message()
    return await change.answer(
        await service.edit_message(
            change.session,
            change.conversation_id,
            change.owner,
            message_id,
            content,
            change.settings.learning.signals,
        )
    )


@router.delete("/{conversation_id}/messages/{message_id}", response_model=ConversationOut)
async def delete_message(change: ChangeDep, message_id: UUID) -> Response:
    """Delete a message and all messages that follow it."""
    return await change.answer(
        await service.delete_message(
            change.session, change.conversation_id, change.owner, message_id
        )
    )


@router.post("/{conversation_id}/messages/{message_id}/activate", response_model=ConversationOut)
async def activate_message(change: ChangeDep, message_id: UUID) -> Response:
    """Show the branch through this message."""
    return await change.answer(
        await service.activate_message(
            change.session, change.conversation_id, change.owner, message_id
        )
    )

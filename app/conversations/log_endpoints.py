"""Serve imports of other programs' chat logs, and exports of conversations as files."""

import asyncio
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Form, Query, Response, UploadFile
from fastapi.responses import StreamingResponse
from pydantic import Json

from app.access.audit import Target
from app.catalog.schemas import Name
from app.conversations.answering import answer_import
from app.conversations.archive import LOG_FILES, file_stem_of, stream_archive
from app.conversations.dependencies import ImporterDep
from app.conversations.importer import ImportWish
from app.conversations.logs import to_log
from app.conversations.lookup import get_acquainted, get_conversation
from app.conversations.presentation import present
from app.conversations.prompt_export import stream_prompt_archive, stream_prompts
from app.conversations.repository import ConversationRepository
from app.conversations.schemas import ExportFormat, LogImport
from app.dependencies import CallerDep, DisconnectDep, ReadSession, ServicesDep, require_admin
from app.http.attachments import attachment, attachment_headers, file_responses
from app.http.guard import GuardedRoute
from app.http.refusal import TOO_MANY_CONVERSATIONS, TOO_MANY_MESSAGES, Refusal, declare
from app.quotas.dependencies import PayerDep, QuotasDep
from app.scripts.schemas import RejectionOut
from characters.chat_logs.groups import GROUP_CHARACTERS

_PROMPTS_REFUSED = declare(
    Refusal(401, "admin_key_needed", "only operators may export prompts (format `prompts`)")
)
_PROMPTS_TYPE = "application/x-ndjson"

router = APIRouter(prefix="/api/conversations", tags=["conversations"], route_class=GuardedRoute)


@router.post(
    "/import",
    status_code=201,
    responses=declare(
        TOO_MANY_CONVERSATIONS,
        TOO_MANY_MESSAGES,
        Refusal(429, "import_running", "another chat of the caller's is being imported"),
        Refusal(429, "too_many_imports", "as many chats are being imported as may be"),
        Refusal(422, "unmatched_names", "no character, or several, have a name of the chat"),
        Refusal(422, "stage_full", "a stage has room for eight characters"),
    ),
    response_model=LogImport,
)
async def import_log(
    services: ServicesDep,
    importer: ImporterDep,
    caller: CallerDep,
    payer: PayerDep,
    quotas: QuotasDep,
    response: Response,
    disconnect: DisconnectDep,
    file: UploadFile,
    character: Annotated[
        str | None,
        Form(max_length=200, description="The slug of the one character that answers in the chat."),
    ] = None,
    user_name: Annotated[Name | None, Form()] = None,
    cast: Annotated[
        Json[dict[Name, str | None]] | None,
        Form(description="Who plays whom: a JSON object of slugs by the names in the chat."),
    ] = None,
    group: Annotated[
        str | None,
        Form(max_length=GROUP_CHARACTERS, description="The definition of a SillyTavern group."),
    ] = None,
) -> Response:
    """Import a SillyTavern chat: its messages and swipes become a conversation.

    Without ``character``, a group's chat or that of a stage becomes a stage: the caller's
    characters are found by the names in it, or named in ``cast``; null keeps the lines of a name
    without a character. Rows that are no messages are listed and left out. The response has the
    newest messages.
    """
    wanted = ImportWish(character, user_name, cast or {}, group)
    wanted.check()
    async with quotas.upload(payer):
        id, rejected = await importer.import_log(caller, file, wanted, disconnect)
    async with services.database.read() as session:
        conversation = await get_conversation(session, id, caller.owner)
        shown = await present(session, conversation)
    imported = LogImport(
        conversation=shown,
        rejected=[RejectionOut.model_validate(rejection) for rejection in rejected],
    )
    return await answer_import(imported, response)


@router.get(
    "/export",
    responses=file_responses("application/zip") | _PROMPTS_REFUSED,
    response_class=StreamingResponse,
)
async def export_conversations(
    services: ServicesDep,
    session: ReadSession,
    caller: CallerDep,
    format: ExportFormat = "sillytavern",
    character: Annotated[str | None, Query(description="Only with this character.")] = None,
) -> StreamingResponse:
    """Return all branches of the caller's conversations in a ZIP.

    The format ``prompts`` has the exact prompts of their replies instead, for operators only.
    """
    if format == "prompts":
        require_admin(caller)
    character_id = None
    if character is not None:
        character_id = (await get_acquainted(session, character, caller)).id
    if format == "prompts":
        archive = stream_prompt_archive(services.database, caller.owner, character_id)
    else:
        archive = stream_archive(services.database, caller.owner, character_id, format)
    services.access.audit.note(caller.actor, "conversations_exported", format=format)
    headers = attachment_headers(f"{character or 'offbook'}-{_content(format)}.zip")
    return StreamingResponse(archive, media_type="application/zip", headers=headers)


@router.get(
    "/{conversation_id}/export",
    responses=file_responses(*(file.media_type for file in LOG_FILES.values())) | _PROMPTS_REFUSED,
    response_class=Response,
)
async def export_conversation(
    services: ServicesDep,
    session: ReadSession,
    caller: CallerDep,
    conversation_id: UUID,
    format: ExportFormat = "sillytavern",
) -> Response:
    """Return the visible branch as a file, with alternative replies as swipes.

    The format ``prompts`` has the exact prompts of all replies instead, for operators only.
    """
    target = Target("conversation", str(conversation_id))
    if format == "prompts":
        require_admin(caller)
        conversation = await get_conversation(session, conversation_id, caller.owner)
        services.access.audit.note(caller.actor, "conversation_exported", target, format=format)
        return StreamingResponse(
            stream_prompts(services.database, conversation),
            media_type=_PROMPTS_TYPE,
            headers=attachment_headers(f"{file_stem_of(conversation)}.prompts.jsonl"),
        )
    conversation = await get_conversation(session, conversation_id, caller.owner, whole=True)
    tree = await ConversationRepository(session).tree(conversation)
    services.access.audit.note(caller.actor, "conversation_exported", target, format=format)
    file = LOG_FILES[format]

    def write() -> bytes:
        return file.write(to_log(conversation, tree, tree.branch(conversation.active_leaf_id)))

    content = await asyncio.to_thread(write)
    return attachment(content, file.media_type, f"{file_stem_of(conversation)}.{file.extension}")


def _content(format: ExportFormat) -> str:
    return "prompts" if format == "prompts" else "conversations"

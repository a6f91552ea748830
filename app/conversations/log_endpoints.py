"""``/api/conversations``: chat logs of other programs in, and conversations out as files."""

import asyncio
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Form, Query, Response, UploadFile
from fastapi.responses import StreamingResponse

from app.attachments import attachment, attachment_headers
from app.catalog.schemas import Name
from app.catalog.service import get_character
from app.conversations import service
from app.conversations.archive import LOG_FILES, file_stem_of, stream_archive
from app.conversations.importing import conversation_of
from app.conversations.logs import to_log
from app.conversations.repository import ConversationRepository
from app.conversations.schemas import LogFormat, LogImport
from app.dependencies import (
    CallerDep,
    LeftDep,
    ReadersDep,
    ReadSession,
    ServicesDep,
    SettingsDep,
    WriteSession,
)
from app.readers.chat_logs import read_log
from app.scripts.schemas import RejectionOut
from characters.chat_logs.model import ChatLog
from characters.chat_logs.reader import ChatLogLimits

router = APIRouter(prefix="/api/conversations", tags=["conversations"])


async def read_uploaded_log(
    _: CallerDep, readers: ReadersDep, settings: SettingsDep, left: LeftDep, file: UploadFile
) -> ChatLog:
    """The chat log in a form's file."""
    limits = ChatLogLimits(settings.limits.chat_log_bytes, settings.limits.chat_log_messages)
    return await read_log(readers, file.file, limits, left)


@router.post("/import", status_code=201)
async def import_log(
    caller: CallerDep,
    log: Annotated[ChatLog, Depends(read_uploaded_log)],
    session: WriteSession,  # behind the log: nobody else can write while it is open
    character: Annotated[str, Form(max_length=200)],
    user_name: Annotated[Name | None, Form()] = None,
) -> LogImport:
    """Go on with a SillyTavern chat: its messages and swipes become a conversation.

    Rows that are no messages are told and left out.
    """
    partner = await get_character(session, character)
    service.check_published(partner)
    conversation, messages = conversation_of(log, partner, caller.owner, user_name)
    repository = ConversationRepository(session)
    repository.add(conversation)
    await session.flush()
    repository.add(*messages)
    await session.flush()
    return LogImport(
        conversation=await service.present(session, conversation),
        rejected=[RejectionOut.model_validate(rejection) for rejection in log.rejected],
    )


@router.get("/export", response_class=StreamingResponse)
async def export_conversations(
    services: ServicesDep,
    session: ReadSession,
    caller: CallerDep,
    format: LogFormat = "sillytavern",
    character: Annotated[str | None, Query(description="Only with this character.")] = None,
) -> StreamingResponse:
    """The caller's conversations, every branch of each, in a ZIP."""
    character_id = None if character is None else (await get_character(session, character)).id
    archive = stream_archive(services.database, caller.owner, character_id, format)
    headers = attachment_headers(f"{character or 'offbook'}-conversations.zip")
    return StreamingResponse(archive, media_type="application/zip", headers=headers)


@router.get("/{conversation_id}/export", response_class=Response)
async def export_conversation(
    session: ReadSession,
    caller: CallerDep,
    conversation_id: UUID,
    format: LogFormat = "sillytavern",
) -> Response:
    """The visible branch, with the other replies as swipes, as a file."""
    conversation = await service.get_conversation(session, conversation_id, caller.owner)
    tree = await ConversationRepository(session).tree(conversation_id)
    log = to_log(conversation, tree, tree.branch(conversation.active_leaf_id))
    file = LOG_FILES[format]
    content = await asyncio.to_thread(file.write, log)
    return attachment(content, file.media_type, f"{file_stem_of(conversation)}.{file.extension}")

"""Provide requests to conversations with what they need: services, and their conversation."""

from dataclasses import dataclass
from typing import Annotated, cast
from uuid import UUID

from fastapi import Depends, Request, Response
from sqlalchemy.ext.asyncio import AsyncSession

from app.access import Caller
from app.conversations.allowance import check_quota
from app.conversations.answering import answer_conversation
from app.conversations.importer import LogImporter
from app.conversations.schemas import ConversationOut
from app.dependencies import CallerDep, SettingsDep, WriteSession
from app.settings import Settings


async def get_importer(request: Request) -> LogImporter:
    """Return the importer of chat logs."""
    return cast(LogImporter, request.app.state.services.imports)


@dataclass(frozen=True, slots=True)
class Change:
    """Hold a request that changes one conversation, and is answered with it."""

    session: AsyncSession
    caller: Caller
    settings: Settings
    conversation_id: UUID
    response: Response

    @property
    def owner(self) -> str:
        """Whose the conversation has to be."""
        return self.caller.owner

    async def allow_message(self) -> None:
        """Raise :class:`~app.errors.ConflictError` where a visitor may add no message."""
        await check_quota(self.session, self.caller, self.settings, messages=1)

    async def answer(self, shown: ConversationOut) -> Response:
        """Return the conversation as it is now."""
        return await answer_conversation(shown, self.response)


async def get_change(
    session: WriteSession,
    caller: CallerDep,
    settings: SettingsDep,
    conversation_id: UUID,
    response: Response,
) -> Change:
    """Return the request as a change of a conversation."""
    return Change(session, caller, settings, conversation_id, response)


ImporterDep = Annotated[LogImporter, Depends(get_importer)]
ChangeDep = Annotated[Change, Depends(get_change)]

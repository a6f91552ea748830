"""Serve the exact prompts of replies to operators."""

from uuid import UUID

from fastapi import APIRouter

from app.conversations.prompt_records import read_prompt
from app.conversations.prompt_schemas import ReplyPrompt
from app.dependencies import AdminDep, ReadSession
from app.http.guard import GuardedRoute
from app.http.refusal import Refusal, declare

_NOT_READ = Refusal(409, "not_read_yet", "the caller's own bookmark stands before it")

router = APIRouter(prefix="/api/admin/replies", tags=["admin"], route_class=GuardedRoute)


@router.get("/{message_id}/prompt", responses=declare(_NOT_READ))
async def read_reply_prompt(
    caller: AdminDep, session: ReadSession, message_id: UUID
) -> ReplyPrompt:
    """Return the exact prompt of a reply, part by part, and what was left out of it.

    Of a continued reply it is the prompt of its last part. 404 for a reply stored by an older
    version.
    """
    return await read_prompt(session, message_id, reader=caller.owner)

"""Serve ``/api/conversations/{conversation_id}/messages/{message_id}/rating``."""

from uuid import UUID

from fastapi import APIRouter

from app.conversations.ratings import rate_reply, unrate_reply
from app.dependencies import CallerDep, WriteSession
from app.http.guard import GuardedRoute
from app.http.refusal import Refusal, declare
from app.signals.dependencies import OpenSignalRuleDep
from app.signals.schemas import NewRating, RatedReply

router = APIRouter(
    prefix="/api/conversations/{conversation_id}/messages/{message_id}/rating",
    tags=["conversations"],
    route_class=GuardedRoute,
)

_REFUSALS = declare(
    Refusal(403, "ratings_off", "replies cannot be rated in this Offbook"),
    Refusal(422, "not_a_reply", "the message is the caller's own"),
)


@router.put("", responses=_REFUSALS)
async def rate_message(
    session: WriteSession,
    rule: OpenSignalRuleDep,
    caller: CallerDep,
    conversation_id: UUID,
    message_id: UUID,
    rating: NewRating,
) -> RatedReply:
    """Say that a reply is good or bad, and why.

    It replaces what the caller said about the reply before. It is kept to learn from only where
    the caller agreed, and the reply's exact prompt is recorded.
    """
    return await rate_reply(session, rule, conversation_id, caller.owner, message_id, rating)


@router.delete("", status_code=204, responses=_REFUSALS)
async def unrate_message(
    session: WriteSession,
    _: OpenSignalRuleDep,
    caller: CallerDep,
    conversation_id: UUID,
    message_id: UUID,
) -> None:
    """Take a rating back, also where there is none."""
    await unrate_reply(session, conversation_id, caller.owner, message_id)

"""Read how far a turn is from the database, where another process runs it or it is over."""

from typing import NamedTuple
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import defer, load_only

from app.conversations.bounds import is_read_message, latest_point, read_sources
from app.conversations.branch_repository import BranchRepository
from app.conversations.participants import ParticipantRepository
from app.conversations.presentation import present_message
from app.conversations.schemas import MessageOut, PromptSource
from app.conversations.stage_presentation import stage_line_of
from app.db.models import Conversation, FollowedTurn, Message, StageLine
from app.schemas import ErrorDetail
from app.turns.events import DoneEvent, ErrorEvent
from app.turns.followed_repository import FollowedRepository
from app.turns.progress import ReplyProgress

_CONVERSATION = load_only(
    Conversation.turn_id,
    Conversation.turn_lease_left,
    Conversation.deleted_at,
    Conversation.active_leaf_id,
    Conversation.owner,
    Conversation.owner_reads,
    Conversation.is_stage,
    Conversation.character_id,
    raiseload=True,
)
_LOST = ErrorDetail(
    code="turn_lost",
    message="The process that wrote this reply has died. What had arrived is kept.",
)
_DELETED = ErrorDetail(
    code="conversation_not_found", message="The conversation was deleted meanwhile."
)


class StoredTurn(NamedTuple):
    """Hold what the database knows of a turn."""

    progress: ReplyProgress | None
    """None where nothing is known (yet)."""
    runs: bool


async def read_turn(session: AsyncSession, conversation_id: UUID, turn_id: UUID) -> StoredTurn:
    """Return how far the turn is.

    It ends with an error where its process has died or its conversation was deleted.
    """
    conversation = await session.scalar(
        select(Conversation).where(Conversation.id == conversation_id).options(_CONVERSATION)
    )
    if conversation is None or conversation.deleted_at is not None:
        gone = ReplyProgress(turn_id=turn_id, reply_id=turn_id, parent_id=turn_id)
        gone.finish(ErrorEvent(_DELETED, 404))
        return StoredTurn(gone, runs=False)
    followed = await FollowedRepository(session).get(conversation_id, turn_id)
    reply = await _reply(session, conversation_id, turn_id, followed)
    claimed = conversation.turn_id == turn_id
    runs = claimed and conversation.is_busy
    progress = _progress(turn_id, conversation, followed, reply, known=claimed and not runs)
    latest = await latest_point(session, conversation)
    if progress is not None and reply is not None and not is_read_message(reply, latest):
        progress.examples = read_sources(progress.examples, latest)
    if progress is not None and not runs:
        shown = None if reply is None else await _present(session, reply, latest)
        progress.finish(_end(followed, shown, lost=claimed))
    return StoredTurn(progress, runs)


def _progress(
    turn_id: UUID,
    conversation: Conversation,
    followed: FollowedTurn | None,
    reply: Message | None,
    *,
    known: bool,
) -> ReplyProgress | None:
    """Return the progress without its end; None where nothing is stored and none is ``known``."""
    reported = followed is not None and followed.reply_id is not None
    if reply is None and not reported and not known:
        return None
    continued = followed.continued if followed is not None else 0
    text = reply.content if reply is not None else ""
    parent = followed.parent_id if followed is not None else None
    progress = ReplyProgress(
        turn_id=turn_id,
        reply_id=turn_id if reply is None else reply.id,
        parent_id=parent or (reply and reply.parent_id) or conversation.active_leaf_id or turn_id,
        continued=text[:continued],
    )
    progress.text = text[continued:]
    if followed is not None and reported:
        progress.position, progress.prompts = followed.position, followed.prompts
        progress.examples = [PromptSource.model_validate(each) for each in followed.examples]
    elif reply is not None:
        progress.show([PromptSource.model_validate(each) for each in reply.examples])
    return progress


async def _reply(
    session: AsyncSession, conversation_id: UUID, turn_id: UUID, followed: FollowedTurn | None
) -> Message | None:
    """Return the reply that the turn adds or continues, as far as it is stored."""
    id = followed.reply_id if followed is not None else None
    found: Message | None = await session.scalar(
        select(Message)
        .where(
            Message.id == (id or turn_id),
            Message.conversation_id == conversation_id,
            Message.role == "assistant",
        )
        .options(defer(Message.source, raiseload=True))
    )
    return found


async def _present(session: AsyncSession, reply: Message, latest: int | None) -> MessageOut:
    branches = BranchRepository(session, reply.conversation_id)
    siblings = await branches.siblings([reply.parent_id])
    line = await session.get(StageLine, reply.id)
    stage = None
    if line is not None:
        cast = await ParticipantRepository(session, reply.conversation_id).cast()
        stage = stage_line_of(line, cast)
    return present_message(reply, siblings[reply.parent_id], stage, latest=latest)


def _end(
    followed: FollowedTurn | None, reply: MessageOut | None, *, lost: bool
) -> DoneEvent | ErrorEvent:
    """Return how a turn ended; ``lost``: without its process having said so."""
    failure = None if followed is None else followed.failure
    if failure is not None:
        error = ErrorDetail.model_validate(failure["error"])
        return ErrorEvent(error, failure["status"], failure["retry_after"], reply)
    if lost or reply is None or (reply.state == "partial" and reply.finish_reason is None):
        return ErrorEvent(_LOST, 503, reply=reply)
    return DoneEvent(reply)

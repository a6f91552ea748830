"""Claim conversations for turns, and store their replies: while they stream, and at their end.

The reply that a turn adds has the turn's id, so that every save of it finds the same row.
"""

import asyncio
from dataclasses import asdict, dataclass
from uuid import UUID

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from app.conversations.branch_repository import BranchRepository
from app.conversations.history import later
from app.conversations.lookup import check_talkable, get_conversation, turn_in_progress
from app.conversations.presentation import present_message
from app.conversations.prompt_records import PromptRecordRepository, pack
from app.conversations.repository import ConversationRepository, begin_turn
from app.conversations.schemas import MessageOut
from app.conversations.stage_presentation import stage_line_of
from app.db.errors import DATABASE_ERRORS, reason_of
from app.db.ids import new_id
from app.db.models import Conversation, Message, StageLine
from app.db.session import Database
from app.db.signals import Topic, announce
from app.errors import NotFoundError
from app.quotas.service import QuotaService
from app.turns.events import ErrorEvent
from app.turns.findings import store_findings
from app.turns.followed_repository import FollowedRepository
from app.turns.prepared_prompt import PreparedPrompt
from app.turns.prompt_record import record_of
from app.turns.prompt_sources import outline_of, prompt_sources_of
from app.turns.turn import Turn

log = structlog.get_logger(__name__)

_STORE_PAUSES = (0.5, 2.0)
"""Seconds before a reply that could not be stored is stored again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """Hold a conversation claimed for one turn."""

    turn_id: UUID
    message_id: UUID
    """For a message that the turn adds: it sorts before the reply, which has the turn's id."""
    conversation: Conversation
    branches: BranchRepository


class OnStageError(Exception):
    """Report that a conversation is a stage, whose turns are begun by its participants."""


async def claim_conversation(
    session: AsyncSession, conversation_id: UUID, owner: str, *, stage: bool = False
) -> Claim:
    """Claim the conversation for one turn, until the turn ends or its lease runs out.

    Raises :class:`~app.errors.NotFoundError` where the owner has no conversation with this id,
    :class:`~app.errors.ConflictError` while another turn has it or its character is not published,
    and :class:`OnStageError` where it is a stage, unless one is wanted.
    """
    # Locked as it is read: the turn before may end while this one waits for it.
    conversation = await get_conversation(session, conversation_id, owner, locked=True)
    if conversation.is_stage and not stage:
        raise OnStageError
    message_id, turn_id = new_id(), new_id()
    if not begin_turn(conversation, turn_id):
        raise turn_in_progress(conversation)
    if not stage:
        await check_talkable(session, conversation.character, owner)
    return Claim(
        turn_id=turn_id,
        message_id=message_id,
        conversation=conversation,
        branches=BranchRepository(session, conversation_id),
    )


class TurnStore:
    """Renew turns' leases, and store their replies."""

    def __init__(self, database: Database, quotas: QuotaService) -> None:
        self._database = database
        self._quotas = quotas

    async def store(self, turn: Turn, failure: ErrorEvent | None) -> MessageOut | None:
        """Store the reply, end the turn and return the reply; None where it has no text.

        ``failure`` is kept for listeners who come later, or listen in another process. Tries again
        while the database is locked: the newest text exists nowhere else.
        """
        await _pack_record(turn)
        for pause in _STORE_PAUSES:
            try:
                return await self._store(turn, failure)
            except DATABASE_ERRORS as error:
                log.warning("storing_reply_again", reason=reason_of(error))
                await asyncio.sleep(pause)
        return await self._store(turn, failure)

    async def release(self, turn: Turn) -> None:
        """End a turn without a reply."""
        async with self._database.write() as session:
            await ConversationRepository(session).end_turn(turn.conversation_id, turn.id)
            await self._settle(session, turn)
        self._note_settled(turn)

    async def settle(self, turn: Turn) -> None:
        """Count what a turn used whose reply could not be stored."""
        if turn.reservation is not None:
            turn.reservation.bill.turns = 1 if turn.text else 0
            await self._quotas.settle_alone(turn.reservation)

    def settle_soon(self, turn: Turn) -> None:
        """Settle a turn that ended without having been stored."""
        if turn.reservation is not None:
            self._quotas.settle_soon(turn.reservation)

    async def renew(self, turn: Turn) -> None:
        """Renew the turn's lease, and save its text so far; a failure is left to the next time.

        While other processes follow the turn, they find there how far it is.
        """
        await _pack_record(turn)
        try:
            async with self._database.write() as session:
                repository = ConversationRepository(session)
                if not await repository.renew_turn(turn.conversation_id, turn.id):
                    return
                if turn.text:
                    await _save(session, turn, over=False)
                if turn.followed:
                    await FollowedRepository(session).report(turn)
                    await announce(session, Topic.REPLIES, turn.id)
        except DATABASE_ERRORS as error:
            log.info("reply_saved_later", reason=reason_of(error))

    async def _store(self, turn: Turn, failure: ErrorEvent | None) -> MessageOut | None:
        shown: MessageOut | None = None
        async with self._database.write() as session:
            had = await ConversationRepository(session).end_turn(turn.conversation_id, turn.id)
            if had and (turn.followed or turn.continues or failure is not None):
                await FollowedRepository(session).report(turn, failure)
            if turn.followed:
                await announce(session, Topic.REPLIES, turn.id)
            if turn.text:
                message = await _save(session, turn, over=True)
                await store_findings(session, turn, message)
                branches = BranchRepository(session, turn.conversation_id)
                siblings = await branches.siblings([message.parent_id])
                part = turn.part
                line = None if part is None else await session.get(StageLine, message.id)
                shown = present_message(
                    message,
                    siblings[message.parent_id],
                    stage_line_of(line, part.stage.cast) if part and line else None,
                    latest=None,  # made of what its reader has read
                )
            elif not had and await session.get(Conversation, turn.conversation_id) is None:
                raise _gone(turn)
            else:
                await store_findings(session, turn, None)
            await self._settle(session, turn)
        self._note_settled(turn)
        return shown

    async def _settle(self, session: AsyncSession, turn: Turn) -> None:
        if (reservation := turn.reservation) is not None and not reservation.settled:
            reservation.bill.turns = 1 if turn.text else 0
            await self._quotas.settle(session, reservation)

    def _note_settled(self, turn: Turn) -> None:
        if turn.reservation is not None:
            self._quotas.note_settled(turn.reservation)


async def _save(session: AsyncSession, turn: Turn, *, over: bool) -> Message:
    """Store the text so far, and make it the visible branch."""
    repository = ConversationRepository(session)
    id = turn.continues or turn.id
    if not await repository.show(turn.conversation_id, id):
        raise _gone(turn)
    message = await session.get(Message, id)
    if message is None:
        message = Message(
            id=id,
            conversation_id=turn.conversation_id,
            parent_id=turn.parent_id,
            role="assistant",
            until_scene=turn.dialogue.until_scene,
        )
        repository.add(message)
    _fill(message, turn, over=over)
    await session.flush()
    if turn.part is not None and await session.get(StageLine, id) is None:
        session.add(turn.part.line_of(id))
        await session.flush()
    packed = turn.packed_record[1] if turn.packed_record else None
    await PromptRecordRepository(session).put(id, packed)
    return message


async def _pack_record(turn: Turn) -> None:
    """Pack the record of the turn's prompt, outside of any transaction.

    A record that cannot be made is logged, without any of the prompt: no reply is lost for it.
    """
    prepared = turn.prepared
    known = turn.packed_record
    if prepared is None or not turn.text or (known and known[0] is prepared):
        return
    turn.packed_record = None
    if prepared.composition.is_recorded:
        try:
            turn.packed_record = prepared, await asyncio.to_thread(_packed, prepared)
        except Exception as error:
            log.error("prompt_not_recorded", turn=str(turn.id), error=type(error).__name__)


def _packed(prepared: PreparedPrompt) -> bytes:
    return pack(record_of(prepared))


def _fill(message: Message, turn: Turn, *, over: bool) -> None:
    """Set the columns of a stored reply from its turn."""
    message.content = turn.content
    kept = message.moderation if turn.continues else None
    message.moderation = turn.moderation.outcome or kept
    message.hidden = message.hidden or turn.moderation.outcome == "hidden"
    message.until_scene = later(message.until_scene, turn.dialogue.until_scene)
    ended = over and turn.finish_reason in {"stop", "length", "content_filter"}
    message.state = "complete" if ended else "partial"
    message.finish_reason = turn.finish_reason if over else None
    message.error = turn.error
    if turn.prepared is not None:  # else no prompt was sent: the message was withheld from it
        _fill_origin(message, turn, turn.prepared, over=over)


def _fill_origin(message: Message, turn: Turn, prepared: PreparedPrompt, *, over: bool) -> None:
    """Set the columns that say what a reply was made of."""
    message.prompt = outline_of(prepared).model_dump()
    message.examples = [example.model_dump() for example in prompt_sources_of(prepared)]
    message.retrieval = prepared.mode
    message.model = prepared.model
    message.usage = asdict(turn.usage) if turn.usage else None
    chosen = asdict(prepared.sampling).items()
    message.sampling = {name: value for name, value in chosen if value not in (None, {}, ())}
    if screening := turn.screening.as_json():
        message.sampling["screening"] = screening
    message.timings = {
        "embed": round(prepared.embed_ms, 3),
        "search": round(prepared.search_ms, 3),
        "prepare": turn.times.prepare_ms,
        "first_token": turn.times.first_token_ms,
        "total": turn.times.total_ms() if over else None,
    }


def _gone(turn: Turn) -> NotFoundError:
    """Return the error of a turn whose conversation was deleted while it ran."""
    return NotFoundError(
        "conversation_not_found", f"The conversation {turn.conversation_id} was deleted meanwhile."
    )

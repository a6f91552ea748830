"""Begin turns of stages: what the user says is answered by one participant, or the scene goes on.

Who speaks is chosen before the transaction that claims the conversation, for choosing embeds.
"""

import time
from collections.abc import Sequence
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.conversations.branch_path import BranchMessage
from app.conversations.branch_repository import BranchRepository
from app.conversations.lookup import check_talkable, get_conversation
from app.conversations.participants import CastMember
from app.conversations.presentation import present_message
from app.conversations.stage_presentation import stage_line_of
from app.conversations.stage_view import StageBranch, load_stage
from app.db.models import Conversation, StageLine
from app.db.session import Database
from app.errors import ConflictError, InvalidError
from app.quotas.payer import Payer
from app.settings import LimitSettings
from app.stage.director import Chosen, Director, able_to_speak
from app.stage.service import get_member
from app.turns.cue import StagePart
from app.turns.path_ahead import path_now, read_path
from app.turns.planning import (
    TurnPlanner,
    branch_message,
    check_shown,
    judged_anew,
    required,
)
from app.turns.runner import RunningTurn, TurnRunner
from app.turns.stage_said import Said, drafted, read_said, store_said, uuids
from app.turns.store import claim_conversation
from characters.stage.commands import Typed

MOST_AHEAD = 10
"""Most turns that run ahead."""


class StageTurns:
    """Begin turns of stages."""

    def __init__(
        self,
        database: Database,
        planner: TurnPlanner,
        runner: TurnRunner,
        director: Director,
        limits: LimitSettings,
    ) -> None:
        self._database = database
        self._planner = planner
        self._runner = runner
        self._director = director
        self._message_characters = limits.message_characters

    async def send(
        self, conversation_id: UUID, owner: str, said: Said, payer: Payer | None = None
    ) -> RunningTurn:
        """Store what the user says, and begin one participant's answer.

        A whisper is answered in a whisper. Raises what :meth:`TurnService.send` raises, and
        :class:`~app.errors.InvalidError` for a name that is not on stage, or a user who watches.
        """
        started = time.perf_counter()
        self._planner.check(payer)  # the director takes longer than a refusal
        async with self._database.read() as session:
            conversation = await get_conversation(session, conversation_id, owner)
            stage = await load_stage(session, conversation, conversation.active_leaf_id)
            typed = self.read(stage, said)
            read = await read_path(session, conversation, conversation.active_leaf_id)
            newest = drafted(stage, typed)
            among = await able_to_speak(session, stage, owner, stage.circle_of_answer(newest.id))
        asked = said.speaker or (typed.asked if isinstance(typed.asked, UUID) else None)
        chosen = await self._chosen(stage, [*read.path.messages, newest], among, asked)
        async with self._planner.enter(owner, payer) as queued:
            async with self._database.write() as session:
                claim = await claim_conversation(session, conversation_id, owner, stage=True)
                path = await path_now(claim, read, claim.conversation.active_leaf_id)
                stage, message = await store_said(session, claim, typed, path, said.reason)
                if not path.messages or path.messages[-1].id != message.id:
                    path = path.followed_by(branch_message(message))
                part = await _part(session, stage, chosen, owner, message.id)
                turn = await self._planner.plan(claim, path, started, part=part)
                await self._planner.reserve(session, queued, turn, part.character)
                siblings = await claim.branches.siblings([message.parent_id])
                line = await session.get_one(StageLine, message.id)
                shown = present_message(
                    message,
                    siblings[message.parent_id],
                    stage_line_of(line, stage.cast),
                    latest=None,
                )
            return await self._runner.begin(turn, queued.slot, shown)

    async def advance(
        self,
        conversation_id: UUID,
        owner: str,
        *,
        speaker: str | None = None,
        ahead: int | None = None,
        payer: Payer | None = None,
    ) -> RunningTurn | None:
        """Begin the turn of the next participant.

        ``ahead``: how many turns follow this one, at first; None: this is a following one,
        and None is returned where there are none left, or they were stopped.
        """
        started = time.perf_counter()
        self._planner.check(payer)  # the director takes longer than a refusal
        async with self._database.read() as session:
            conversation = await get_conversation(session, conversation_id, owner)
            _check_stage(conversation)
            leaf = _begun(conversation)
            stage = await load_stage(session, conversation, leaf)
            read = await read_path(session, conversation, leaf)
            among = await able_to_speak(session, stage, owner, stage.circle_of_answer(leaf))
        chosen = await self._chosen(stage, read.path.messages, among, speaker)
        async with self._planner.enter(owner, payer) as queued:
            async with self._database.write() as session:
                claim = await claim_conversation(session, conversation_id, owner, stage=True)
                conversation = claim.conversation
                if ahead is None and conversation.turns_ahead < 1:
                    conversation.turn_id = conversation.turn_lease_until = None
                    queued.slot.leave()  # no turn begins that would
                    return None
                conversation.turns_ahead = conversation.turns_ahead - 1 if ahead is None else ahead
                leaf = _begun(conversation)
                stage = await load_stage(session, conversation, leaf)
                path = await path_now(claim, read, leaf)
                part = await _part(session, stage, chosen, owner, leaf)
                turn = await self._planner.plan(claim, path, started, part=part)
                await self._planner.reserve(session, queued, turn, part.character)
            return await self._runner.begin(turn, queued.slot)

    async def regenerate(
        self,
        conversation_id: UUID,
        owner: str,
        message_id: UUID,
        speaker: str | None = None,
        payer: Payer | None = None,
    ) -> RunningTurn:
        """Answer a message again, as the same participant or another; it is one more alternative.

        ``message_id`` names a line of the user's or a direction, or a reply to it.
        """
        started = time.perf_counter()
        self._planner.check(payer)  # the director takes longer than a refusal
        async with self._database.read() as session:
            conversation = await get_conversation(session, conversation_id, owner)
            stage, answered, reply = await _answered(session, conversation, message_id)
            read = await read_path(session, conversation, answered.id)
            circle = stage.circle_of_answer(answered.id)
            among = await able_to_speak(session, stage, owner, circle)
        who = speaker if speaker is not None or reply is None else str(reply)
        chosen = await self._chosen(stage, read.path.messages, among, who)
        async with self._planner.enter(owner, payer) as queued:
            async with self._database.write() as session:
                claim = await claim_conversation(session, conversation_id, owner, stage=True)
                claim.conversation.turns_ahead = 0
                message = await required(claim.branches, answered.id)
                path = await path_now(claim, read, message.id)
                if message.hidden:
                    message = await judged_anew(session, message)
                    path = await claim.branches.path(message.id, None)
                stage = await load_stage(session, claim.conversation, message.id)
                part = await _part(session, stage, chosen, owner, message.id)
                turn = await self._planner.plan(claim, path, started, part=part)
                await self._planner.reserve(session, queued, turn, part.character)
            return await self._runner.begin(turn, queued.slot)

    async def continue_reply(
        self, conversation_id: UUID, owner: str, message_id: UUID, payer: Payer | None = None
    ) -> RunningTurn:
        """Continue a reply where it ended, as the participant who says it."""
        started = time.perf_counter()
        async with self._planner.enter(owner, payer) as queued:
            async with self._database.write() as session:
                claim = await claim_conversation(session, conversation_id, owner, stage=True)
                claim.conversation.turns_ahead = 0
                reply = await required(claim.branches, message_id)
                stage, answered, who = await _answered(session, claim.conversation, message_id)
                if who is None:
                    raise _no_reply()
                if reply.hidden:
                    await check_shown(session, reply)
                chosen = Chosen(get_member(stage, who), {})
                part = await _part(session, stage, chosen, owner, answered.id)
                path = await claim.branches.path(answered.id, None)
                turn = await self._planner.plan(claim, path, started, reply, part)
                await self._planner.reserve(session, queued, turn, part.character)
            return await self._runner.begin(turn, queued.slot)

    def read(self, stage: StageBranch, said: Said) -> Typed:
        """Return what the user says, checked against the part that they play."""
        return read_said(stage, said, self._message_characters)

    async def _chosen(
        self,
        stage: StageBranch,
        messages: Sequence[BranchMessage],
        among: Sequence[CastMember],
        asked: str | UUID | None,
    ) -> Chosen:
        """Return who speaks: who is asked, or whom the director finds."""
        if asked is None:
            seed = f"{stage.conversation.id} {messages[-1].parent_id} {len(messages)}"
            return await self._director.choose(stage, messages, among, seed=seed)
        member = get_member(stage, asked)
        _check_hears(stage, member, messages[-1].id)
        return Chosen(member, {"by": "user", "why": "asked"})


async def _part(
    session: AsyncSession,
    stage: StageBranch,
    chosen: Chosen,
    owner: str,
    answered: UUID | None,
) -> StagePart:
    """Return the part of the chosen participant in the answer to a message, as the stage is now."""
    member = stage.member(chosen.member.participant.id)
    if member is None or member.character is None or member.character.deleted_at is not None:
        raise ConflictError(
            "character_unpublished",
            f"{chosen.member.participant.name} is no character here, and cannot answer.",
        )
    await check_talkable(session, member.character, owner)
    _check_hears(stage, member, answered)  # the stage may have changed since it was chosen
    return StagePart(
        stage=stage,
        member=member,
        character=member.character,
        circle=uuids(stage.circle_of_answer(answered)),
        reason=chosen.reason,
    )


def _check_hears(stage: StageBranch, member: CastMember, answered: UUID | None) -> None:
    """Raise :class:`~app.errors.InvalidError` where a participant could not answer a message."""
    name = member.participant.name
    if member not in stage.on_stage:
        raise InvalidError("not_on_stage", f"{name} is not on stage.")
    circle = stage.circle_of_answer(answered)
    if circle is not None and member.participant.id not in circle:
        raise InvalidError(
            "not_whispered_to", f"{name} does not hear this whisper, and cannot answer it."
        )


async def _answered(
    session: AsyncSession, conversation: Conversation, message_id: UUID
) -> tuple[StageBranch, BranchMessage, UUID | None]:
    """Return the stage at the message that is answered, that message, and who answered it."""
    _check_stage(conversation)
    branches = BranchRepository(session, conversation.id)
    message = await required(branches, message_id)
    speaker: UUID | None = None
    if message.role == "assistant":
        line = await session.get(StageLine, message.id)
        speaker = line.speaker_id if line is not None else None
        if message.parent_id is None or speaker is None:
            raise _no_reply()
        message = await required(branches, message.parent_id)
    return await load_stage(session, conversation, message.id), message, speaker


def _no_reply() -> InvalidError:
    return InvalidError("not_a_reply", "Only a reply to a message can be written again.")


def _check_stage(conversation: Conversation) -> None:
    if not conversation.is_stage:
        raise InvalidError(
            "not_a_stage", "This conversation has one character. Let another enter first."
        )


def _begun(conversation: Conversation) -> UUID:
    """Return the end of the visible branch; raises where all was deleted."""
    if conversation.active_leaf_id is None:
        raise InvalidError(
            "empty_stage", "Nothing has happened on this stage yet. Say something, or direct."
        )
    return conversation.active_leaf_id

"""Begin turns: send a message, regenerate a reply, continue one.

Each claims its conversation and plans the turn in one short transaction, which also stores the
user's message: it is kept even where the reply fails. Then :mod:`app.turns.runner` takes over.
"""

import contextlib
import time
from collections.abc import Sequence
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.conversations.branch_path import BranchMessage, BranchPath
from app.conversations.branch_repository import BranchRepository
from app.conversations.lookup import check_content
from app.conversations.presentation import present_message
from app.db.base import utc_now
from app.db.models import Message
from app.db.session import Database
from app.engines.port import ChatEngine
from app.errors import InvalidError
from app.moderation.service import Moderation
from app.observability import Metrics
from app.quotas.payer import Payer
from app.quotas.service import QuotaService
from app.settings import LimitSettings, SignalRule
from app.stage.director import Director
from app.turns.admission import Admission
from app.turns.attaching import TurnAttaching
from app.turns.choices import Choices
from app.turns.memory import Memory
from app.turns.planning import (
    TurnPlanner,
    branch_message,
    check_shown,
    judged_anew,
    required,
)
from app.turns.played_lines import PlayedLines
from app.turns.prompt_builder import PromptBuilder
from app.turns.runner import RunningTurn, TurnRunner
from app.turns.scene_matcher import SceneMatcher
from app.turns.scene_turns import SceneTurns
from app.turns.screening import ReplyScreening
from app.turns.stage_said import Said
from app.turns.stage_turns import StageTurns
from app.turns.store import Claim, OnStageError, TurnStore, claim_conversation
from app.turns.summaries import Summarizer
from app.turns.turn import Turn
from app.turns.watch import TurnWatch


class TurnService:
    """Begin turns of conversations."""

    def __init__(
        self,
        database: Database,
        engine: ChatEngine,
        prompt_builder: PromptBuilder,
        metrics: Metrics,
        admission: Admission,
        memory: Memory,
        summarizer: Summarizer,
        limits: LimitSettings,
        screening: ReplyScreening,
        quotas: QuotaService,
        moderation: Moderation,
        director: Director,
        matcher: SceneMatcher,
        signals: SignalRule,
    ) -> None:
        self._database = database
        self._message_characters = limits.message_characters
        watch = TurnWatch(database, unheard_seconds=limits.unheard_seconds)
        self._runner = TurnRunner(
            TurnStore(database, quotas),
            engine,
            prompt_builder,
            metrics,
            memory,
            summarizer,
            screening,
            watch,
            moderation,
            Choices(database, signals),
        )
        self._planner = TurnPlanner(
            engine, prompt_builder, metrics, admission, quotas, self._runner.example_orders
        )
        self.attaching = TurnAttaching(database, self._runner)
        self.stages = StageTurns(database, self._planner, self._runner, director, limits)
        self.scenes = SceneTurns(database, matcher, self.stages)

    async def send(
        self,
        conversation_id: UUID,
        owner: str,
        content: str,
        payer: Payer | None = None,
        *,
        speaker: str | None = None,
        whisper_to: Sequence[str] | None = None,
    ) -> RunningTurn | PlayedLines:
        """Store the user's message and begin to answer it.

        In a scene of a script, lines near it are answered by its true lines, without a turn.

        ``speaker`` and ``whisper_to`` are for stages; see :class:`Said`.

        A message that still waits for its answer is not stored twice when it is sent again. The
        ``payer``'s quotas are taken in the transaction that stores the message. Raises what
        :func:`~app.turns.store.claim_conversation` and :meth:`TurnRunner.begin` raise,
        :class:`~app.quotas.errors.QuotaExceededError`, and
        :class:`~app.errors.TooManyTurnsError`; so do the other methods.
        """
        said = Said(content=content, speaker=speaker, whisper_to=whisper_to)
        with contextlib.suppress(OnStageError):
            return await self._send(conversation_id, owner, said, payer)
        played = await self.scenes.say(conversation_id, owner, said)
        if isinstance(played, PlayedLines):
            return played
        return await self.stages.send(conversation_id, owner, played, payer)

    async def _send(
        self, conversation_id: UUID, owner: str, said: Said, payer: Payer | None
    ) -> RunningTurn:
        started = time.perf_counter()
        text = check_content(said.content, self._message_characters)
        async with self._planner.enter(owner, payer) as queued:
            async with self._database.write() as session:
                claim = await claim_conversation(session, conversation_id, owner)
                _check_alone(said.speaker, said.whisper_to)
                conversation = claim.conversation
                # One flush stores the claim and what the turn adds.
                with session.no_autoflush:
                    path = await claim.branches.path(
                        conversation.active_leaf_id, conversation.summary_upto
                    )
                    message = await _unanswered(session, path, text)
                    if message is None:
                        message = _new_message(claim, text)
                        session.add(message)
                        path = path.followed_by(branch_message(message))
                    conversation.active_leaf_id = message.id
                    conversation.updated_at = utc_now()
                    conversation.title = conversation.title or " ".join(text.split())[:60]
                    turn = await self._planner.plan(claim, path, started)
                    await self._planner.reserve(session, queued, turn, conversation.character)
                if queued.slot.admitted.is_set():  # else other turns go first
                    await self._runner.prepare_ahead(turn)
                await session.flush()
                followed = path.messages[-2:-1]  # empty where a summary stands for it
                parents = [message.parent_id, *(each.parent_id for each in followed)]
                siblings = await claim.branches.siblings(parents)
                if followed:
                    turn.follows_choice = len(siblings[followed[0].parent_id]) > 1
                shown = present_message(message, siblings[message.parent_id], latest=None)
            return await self._runner.begin(turn, queued.slot, shown)

    async def regenerate(
        self,
        conversation_id: UUID,
        owner: str,
        message_id: UUID,
        payer: Payer | None = None,
        speaker: str | None = None,
    ) -> RunningTurn | PlayedLines:
        """Answer a user's message again; the reply becomes one more alternative.

        ``message_id`` names the message, or a reply to it; ``speaker``, on a stage, who answers.
        """
        with contextlib.suppress(OnStageError):
            return await self._regenerate(conversation_id, owner, message_id, payer, speaker)
        played = None if speaker else await self.scenes.answer(conversation_id, owner, message_id)
        if played is not None:
            return played
        return await self.stages.regenerate(conversation_id, owner, message_id, speaker, payer)

    async def _regenerate(
        self,
        conversation_id: UUID,
        owner: str,
        message_id: UUID,
        payer: Payer | None,
        speaker: str | None,
    ) -> RunningTurn:
        started = time.perf_counter()
        async with self._planner.enter(owner, payer) as queued:
            async with self._database.write() as session:
                claim = await claim_conversation(session, conversation_id, owner)
                _check_alone(speaker, None)
                message = await required(claim.branches, message_id)
                if message.role == "assistant":
                    message = await _answered(claim.branches, message)
                if message.hidden:
                    message = await judged_anew(session, message)
                turn = await self._plan_answer(claim, message, started)
                await self._planner.reserve(session, queued, turn, claim.conversation.character)
            return await self._runner.begin(turn, queued.slot)

    async def continue_reply(
        self, conversation_id: UUID, owner: str, message_id: UUID, payer: Payer | None = None
    ) -> RunningTurn:
        """Continue a reply where it ended; the reply itself grows."""
        with contextlib.suppress(OnStageError):
            return await self._continue(conversation_id, owner, message_id, payer)
        return await self.stages.continue_reply(conversation_id, owner, message_id, payer)

    async def _continue(
        self, conversation_id: UUID, owner: str, message_id: UUID, payer: Payer | None
    ) -> RunningTurn:
        started = time.perf_counter()
        async with self._planner.enter(owner, payer) as queued:
            async with self._database.write() as session:
                claim = await claim_conversation(session, conversation_id, owner)
                reply = await required(claim.branches, message_id)
                answered = await _answered(claim.branches, reply)
                if reply.hidden:
                    await check_shown(session, reply)
                turn = await self._plan_answer(claim, answered, started, continued=reply)
                await self._planner.reserve(session, queued, turn, claim.conversation.character)
            return await self._runner.begin(turn, queued.slot)

    async def aclose(self) -> None:
        """Stop all turns and wait until their text is stored."""
        await self.attaching.aclose()
        await self._runner.aclose()

    async def _plan_answer(
        self,
        claim: Claim,
        message: BranchMessage,
        started: float,
        continued: BranchMessage | None = None,
    ) -> Turn:
        """Return the turn that answers a message of any branch, or continues a reply to it."""
        path = await claim.branches.path(message.id, claim.conversation.summary_upto)
        return await self._planner.plan(claim, path, started, continued)


def _check_alone(speaker: str | None, whisper_to: Sequence[str] | None) -> None:
    """Raise :class:`~app.errors.InvalidError` where a conversation of one is taken for a stage."""
    if speaker is not None or whisper_to is not None:
        raise InvalidError(
            "not_a_stage", "This conversation has one character. Let another enter first."
        )


async def _unanswered(session: AsyncSession, path: BranchPath, text: str) -> Message | None:
    """Return the last message if it is the user's and says the same: it was sent again."""
    leaf = path.messages[-1] if path.messages else None
    if leaf is None or leaf.role != "user" or leaf.content != text:
        return None
    return await session.get_one(Message, leaf.id)


def _new_message(claim: Claim, text: str) -> Message:
    conversation = claim.conversation
    return Message(
        id=claim.message_id,
        conversation_id=conversation.id,
        parent_id=conversation.active_leaf_id,
        role="user",
        content=text,
        hidden=False,
        until_scene=conversation.until_scene,
    )


async def _answered(branches: BranchRepository, reply: BranchMessage) -> BranchMessage:
    """Return the user's message that ``reply`` answers.

    Raises :class:`~app.errors.InvalidError` (``not_a_reply``) for a greeting, which answers none.
    """
    message = await branches.message(reply.parent_id) if reply.parent_id else None
    if message is None or message.role != "user" or reply.role != "assistant":
        raise InvalidError("not_a_reply", "Only a reply to a message can be written again.")
    return message

"""Begin turns: send a message, regenerate a reply, continue one.

Each claims its conversation and plans the turn in one short transaction, which also stores the
user's message: it is kept even where the reply fails. Then :mod:`app.turns.runner` takes over.
"""

import contextlib
import time
from contextlib import AbstractContextManager
from itertools import takewhile
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.conversations.branch_path import BranchMessage, BranchPath
from app.conversations.branch_repository import BranchRepository
from app.conversations.lookup import check_content, no_message
from app.conversations.presentation import present_message
from app.db.base import utc_now
from app.db.models import Character, Message
from app.db.session import Database
from app.engines.port import ChatEngine, EngineError
from app.errors import InvalidError
from app.moderation.service import Moderation
from app.observability import Metrics
from app.quotas.payer import Payer
from app.quotas.service import QuotaService
from app.settings import LimitSettings
from app.turns.admission import Admission, Slot
from app.turns.attaching import TurnAttaching
from app.turns.dialogue_loader import load_dialogue
from app.turns.memory import Memory
from app.turns.pending_prompt import PendingPrompt
from app.turns.prompt_builder import PromptBuilder
from app.turns.reply_times import ReplyTimes
from app.turns.runner import RunningTurn, TurnRunner
from app.turns.screening import ReplyScreening
from app.turns.store import Claim, TurnStore, claim_conversation
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
    ) -> None:
        self._database = database
        self._engine = engine
        self._quotas = quotas
        self._prompt_builder = prompt_builder
        self._metrics = metrics
        self._admission = admission
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
        )
        self.attaching = TurnAttaching(database, self._runner)

    async def send(
        self, conversation_id: UUID, owner: str, content: str, payer: Payer | None = None
    ) -> RunningTurn:
        """Store the user's message and begin to answer it.

        A message that still waits for its answer is not stored twice when it is sent again. The
        ``payer``'s quotas are taken in the transaction that stores the message. Raises what
        :func:`~app.turns.store.claim_conversation` and :meth:`TurnRunner.begin` raise,
        :class:`~app.quotas.errors.QuotaExceededError`, and
        :class:`~app.errors.TooManyTurnsError`; so do the other methods.
        """
        started = time.perf_counter()
        text = check_content(content, self._message_characters)
        with self._enter(owner, payer) as slot:
            async with self._database.write() as session:
                claim = await claim_conversation(session, conversation_id, owner)
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
                        path = path.followed_by(_branch_message(message))
                    conversation.active_leaf_id = message.id
                    conversation.updated_at = utc_now()
                    conversation.title = conversation.title or " ".join(text.split())[:60]
                    turn = await self._plan(claim, path, started)
                    await self._reserve(session, payer, turn, conversation.character)
                if slot.admitted.is_set():  # else other turns go first
                    await self._runner.prepare_ahead(turn)
                await session.flush()
                siblings = await claim.branches.siblings([message.parent_id])
                shown = present_message(message, siblings[message.parent_id])
            return await self._runner.begin(turn, slot, shown)

    async def regenerate(
        self, conversation_id: UUID, owner: str, message_id: UUID, payer: Payer | None = None
    ) -> RunningTurn:
        """Answer a user's message again; the reply becomes one more alternative.

        ``message_id`` names the message, or a reply to it.
        """
        started = time.perf_counter()
        with self._enter(owner, payer) as slot:
            async with self._database.write() as session:
                claim = await claim_conversation(session, conversation_id, owner)
                message = await _required(claim.branches, message_id)
                if message.role == "assistant":
                    message = await _answered(claim.branches, message)
                if message.hidden:
                    message = await _judged_anew(session, message)
                turn = await self._plan_answer(claim, message, started)
                await self._reserve(session, payer, turn, claim.conversation.character)
            return await self._runner.begin(turn, slot)

    async def continue_reply(
        self, conversation_id: UUID, owner: str, message_id: UUID, payer: Payer | None = None
    ) -> RunningTurn:
        """Continue a reply where it ended; the reply itself grows."""
        started = time.perf_counter()
        with self._enter(owner, payer) as slot:
            async with self._database.write() as session:
                claim = await claim_conversation(session, conversation_id, owner)
                reply = await _required(claim.branches, message_id)
                answered = await _answered(claim.branches, reply)
                if reply.hidden:
                    await _check_shown(session, reply)
                turn = await self._plan_answer(claim, answered, started, continued=reply)
                await self._reserve(session, payer, turn, claim.conversation.character)
            return await self._runner.begin(turn, slot)

    async def aclose(self) -> None:
        """Stop all turns and wait until their text is stored."""
        await self.attaching.aclose()
        await self._runner.aclose()

    def _enter(self, owner: str, payer: Payer | None) -> AbstractContextManager[Slot]:
        """Enter the queue; what a payer asks for waits behind what others wait for longer.

        A payer whose requests are used up is refused first, which takes no slot and no database.
        """
        if payer is None:
            return self._admission.enter(owner)
        self._quotas.check_requests(payer)
        return self._admission.enter(payer.queue)

    async def _reserve(
        self, session: AsyncSession, payer: Payer | None, turn: Turn, character: Character
    ) -> None:
        """Reserve what the turn may take, in the transaction that claims its conversation."""
        if payer is None:
            return
        tokens = 0
        if payer.subjects:
            with contextlib.suppress(EngineError):  # while it is away, no turn takes anything
                limits = await self._engine.limits()
                tokens = self._prompt_builder.most_tokens(character, turn.dialogue, limits)
        turn.reservation = await self._quotas.reserve(
            session, payer, tokens, character=character.id
        )

    async def _plan_answer(
        self,
        claim: Claim,
        message: BranchMessage,
        started: float,
        continued: BranchMessage | None = None,
    ) -> Turn:
        """Return the turn that answers a message of any branch, or continues a reply to it."""
        path = await claim.branches.path(message.id, claim.conversation.summary_upto)
        return await self._plan(claim, path, started, continued)

    async def _plan(
        self, claim: Claim, path: BranchPath, started: float, continued: BranchMessage | None = None
    ) -> Turn:
        """Return the turn that answers the last message of ``path``, or continues a reply to it."""
        character = claim.conversation.character
        dialogue = await load_dialogue(claim, path, self._runner.example_orders, continued)
        return Turn(
            id=claim.turn_id,
            conversation_id=claim.conversation.id,
            dialogue=dialogue,
            pending=PendingPrompt(self._prompt_builder, character, dialogue),
            parent_id=path.messages[-1].id,
            asked=_asked(path),
            times=ReplyTimes(self._metrics, started),
            continues=continued.id if continued else None,
        )


def _asked(path: BranchPath) -> str:
    """Return the text that is answered: messages without a reply of any kind are one line."""
    messages = takewhile(lambda message: message.role == "user", reversed(path.messages))
    return "\n".join([message.content for message in messages if not message.hidden][::-1])


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


def _branch_message(message: Message) -> BranchMessage:
    return BranchMessage(*(getattr(message, name) for name in BranchMessage._fields))


async def _required(branches: BranchRepository, id: UUID) -> BranchMessage:
    """Return the message.

    Raises :class:`~app.errors.NotFoundError` where the conversation has none with this id.
    """
    message = await branches.message(id)
    if message is None:
        raise no_message(id)
    return message


async def _answered(branches: BranchRepository, reply: BranchMessage) -> BranchMessage:
    """Return the user's message that ``reply`` answers.

    Raises :class:`~app.errors.InvalidError` (``not_a_reply``) for a greeting, which answers none.
    """
    message = await branches.message(reply.parent_id) if reply.parent_id else None
    if message is None or message.role != "user" or reply.role != "assistant":
        raise InvalidError("not_a_reply", "Only a reply to a message can be written again.")
    return message


async def _judged_anew(session: AsyncSession, message: BranchMessage) -> BranchMessage:
    """Return a message that moderation keeps out of prompts as one that is answered again.

    It is judged again, perhaps by another policy. One that an imported log hides stays hidden.
    """
    stored = await session.get_one(Message, message.id)
    if stored.moderation is None:
        return message
    stored.hidden, stored.moderation = False, None
    await session.flush()
    return message._replace(hidden=False)


async def _check_shown(session: AsyncSession, reply: BranchMessage) -> None:
    """Raise :class:`~app.errors.InvalidError` where the reply is withheld: it has no beginning."""
    if (await session.get_one(Message, reply.id)).moderation == "hidden":
        raise InvalidError(
            "reply_withheld", "This reply is withheld and cannot be continued. Ask for another."
        )

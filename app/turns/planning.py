"""Plan turns: enter the queue, reserve what the turn may take, load its dialogue."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from itertools import takewhile
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.conversations.branch_path import BranchMessage, BranchPath
from app.conversations.branch_repository import BranchRepository
from app.conversations.lookup import no_message
from app.db.models import Character, Message
from app.engines.port import ChatEngine, EngineError, Limits
from app.errors import InvalidError
from app.observability import Metrics
from app.quotas.payer import Payer
from app.quotas.service import QuotaService
from app.turns.admission import Admission, Slot
from app.turns.cue import StagePart
from app.turns.dialogue_loader import load_dialogue
from app.turns.pending_prompt import PendingPrompt
from app.turns.prefix_layouts import ExampleOrders
from app.turns.prompt_builder import PromptBuilder
from app.turns.reply_times import ReplyTimes
from app.turns.stage_dialogue import load_stage_dialogue
from app.turns.store import Claim
from app.turns.turn import Turn


@dataclass(frozen=True, slots=True, kw_only=True)
class QueuedTurn:
    """Hold a turn's slot, and what its reservation is made of."""

    slot: Slot
    payer: Payer | None
    limits: Limits | None
    """The engine's; None where nothing is reserved, or it is away."""


class TurnPlanner:
    """Plan turns, of conversations with one character and of stages."""

    def __init__(
        self,
        engine: ChatEngine,
        prompt_builder: PromptBuilder,
        metrics: Metrics,
        admission: Admission,
        quotas: QuotaService,
        example_orders: ExampleOrders,
    ) -> None:
        self._engine = engine
        self._quotas = quotas
        self._prompt_builder = prompt_builder
        self._metrics = metrics
        self._admission = admission
        self._example_orders = example_orders

    def check(self, payer: Payer | None) -> None:
        """Raise :class:`~app.quotas.errors.QuotaExceededError` where the requests are used up."""
        if payer is not None:
            self._quotas.check_requests(payer)

    @asynccontextmanager
    async def enter(self, owner: str, payer: Payer | None) -> AsyncIterator[QueuedTurn]:
        """Enter the queue; what a payer asks for waits behind what others wait for longer.

        A payer whose requests are used up is refused first, which takes no slot and no database.
        The engine is asked here, before the turn's transaction begins: while its model is
        exchanged, the answer takes a minute, and no one could write meanwhile.
        """
        self.check(payer)
        with self._admission.enter(owner if payer is None else payer.queue) as slot:
            yield QueuedTurn(slot=slot, payer=payer, limits=await self._limits(payer))

    async def reserve(
        self, session: AsyncSession, queued: QueuedTurn, turn: Turn, character: Character
    ) -> None:
        """Reserve what the turn may take, in the transaction that claims its conversation."""
        if queued.payer is None:
            return
        tokens = 0
        if queued.limits is not None:
            tokens = self._prompt_builder.most_tokens(character, turn.dialogue, queued.limits)
        turn.reservation = await self._quotas.reserve(
            session, queued.payer, tokens, character=character.id
        )

    async def plan(
        self,
        claim: Claim,
        path: BranchPath,
        started: float,
        continued: BranchMessage | None = None,
        part: StagePart | None = None,
    ) -> Turn:
        """Return the turn that answers the last message of ``path``, or continues a reply to it.

        On a stage ``part`` says who speaks.
        """
        orders = self._example_orders
        if part is None:
            character = claim.conversation.character
            dialogue = await load_dialogue(claim, path, orders, continued)
        else:
            character = part.character
            dialogue = await load_stage_dialogue(claim, path, orders, continued, part)
        return Turn(
            id=claim.turn_id,
            conversation_id=claim.conversation.id,
            dialogue=dialogue,
            pending=PendingPrompt(self._prompt_builder, character, dialogue),
            parent_id=path.messages[-1].id,
            asked=_asked(path),
            times=ReplyTimes(self._metrics, started),
            continues=continued.id if continued else None,
            part=part,
        )

    async def _limits(self, payer: Payer | None) -> Limits | None:
        if payer is None or not payer.subjects:
            return None
        try:
            return await self._engine.limits()
        except EngineError:  # while it is away, no turn takes anything
            return None


def _asked(path: BranchPath) -> str:
    """Return the text that is answered: messages without a reply of any kind are one line."""
    messages = takewhile(lambda message: message.role != "assistant", reversed(path.messages))
    return "\n".join([message.content for message in messages if not message.hidden][::-1])


def branch_message(message: Message) -> BranchMessage:
    """Return a message that is not stored yet as a branch has it."""
    return BranchMessage(*(getattr(message, name) for name in BranchMessage._fields))


async def required(branches: BranchRepository, id: UUID) -> BranchMessage:
    """Return the message.

    Raises :class:`~app.errors.NotFoundError` where the conversation has none with this id.
    """
    message = await branches.message(id)
    if message is None:
        raise no_message(id)
    return message


async def judged_anew(session: AsyncSession, message: BranchMessage) -> BranchMessage:
    """Return a message that moderation keeps out of prompts as one that is answered again.

    It is judged again, perhaps by another policy. One that an imported log hides stays hidden.
    """
    stored = await session.get_one(Message, message.id)
    if stored.moderation is None:
        return message
    stored.hidden, stored.moderation = False, None
    await session.flush()
    return message._replace(hidden=False)


async def check_shown(session: AsyncSession, reply: BranchMessage) -> None:
    """Raise :class:`~app.errors.InvalidError` where the reply is withheld: it has no beginning."""
    if (await session.get_one(Message, reply.id)).moderation == "hidden":
        raise InvalidError(
            "reply_withheld", "This reply is withheld and cannot be continued. Ask for another."
        )

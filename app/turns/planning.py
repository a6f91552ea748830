"""Plan turns: enter the queue, reserve what the turn may take, load its dialogue."""

import contextlib
from contextlib import AbstractContextManager
from itertools import takewhile
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.conversations.branch_path import BranchMessage, BranchPath
from app.conversations.branch_repository import BranchRepository
from app.conversations.lookup import no_message
from app.db.models import Character, Message
from app.engines.port import ChatEngine, EngineError
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

    def enter(self, owner: str, payer: Payer | None) -> AbstractContextManager[Slot]:
        """Enter the queue; what a payer asks for waits behind what others wait for longer.

        A payer whose requests are used up is refused first, which takes no slot and no database.
        """
        if payer is None:
            return self._admission.enter(owner)
        self._quotas.check_requests(payer)
        return self._admission.enter(payer.queue)

    async def reserve(
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

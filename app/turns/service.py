"""One turn: store the message, retrieve, compose, stream, store the reply.

A turn runs in a task of its own. Who listens may leave at any moment: then the task is cancelled,
the engine stops, and what had arrived is stored as a partial reply. No database connection is
held while tokens stream; what was said is saved now and then (:mod:`app.turns.store`).
"""

import asyncio
import time
from collections.abc import AsyncIterator, Coroutine
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any, TypeVar
from uuid import UUID

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from app.conversations.branch_repository import BranchRepository
from app.conversations.history import ends_before, split_at_summary
from app.conversations.repository import begin_turn
from app.conversations.schemas import MessageOut
from app.conversations.service import (
    check_content,
    check_published,
    get_conversation,
    no_message,
    present_message,
)
from app.conversations.way import BranchMessage, Way
from app.db.base import utc_now
from app.db.ids import new_id
from app.db.models import Conversation, Message
from app.db.session import Database
from app.engines.port import (
    ChatEngine,
    Delta,
    EngineError,
    EngineUnavailableError,
)
from app.errors import (
    AppError,
    ConflictError,
    InvalidError,
    describe_engine_error,
    retry_after_of,
)
from app.observability import Metrics
from app.schemas import ErrorDetail
from app.turns.admission import Admission, Slot
from app.turns.dialogue_context import DialogueContext, persona_of
from app.turns.events import DoneEvent, ErrorEvent, ExamplesEvent, TurnEvent, failure_of
from app.turns.memory import ConversationPast, Memory
from app.turns.prefix_layouts import new_example_orders, previous_example_order
from app.turns.prompt_builder import PendingPrompt, PreparedPrompt, PromptBuilder, timed_ms
from app.turns.prompt_sources import used_in
from app.turns.reply_stream import stream_reply
from app.turns.store import ReplyStore
from app.turns.summaries import Summarizer
from app.turns.turn import TEXT, Turn

log = structlog.get_logger(__name__)

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class _Claim:
    """A conversation reserved for one turn."""

    turn_id: UUID
    message_id: UUID
    """For a message that the turn adds: it comes before the reply, which has the turn's id."""
    conversation: Conversation
    branches: BranchRepository


class RunningTurn:
    """A turn as its listener sees it."""

    def __init__(self, turn: Turn, message: MessageOut | None, task: asyncio.Task[None]) -> None:
        self.message = message
        """The user's message as stored; absent where a reply is made again."""
        self._turn = turn
        self._task = task

    async def events(self) -> AsyncIterator[TurnEvent]:
        """What happens, until the turn is over. Leaving early cancels it."""
        try:
            while (event := await self._turn.events.get()) is not None:
                yield self._turn.cut_overheard() if event is TEXT else event
        finally:
            self.cancel()

    def cancel(self) -> None:
        """Stop the engine; what has arrived is stored as a partial reply."""
        if self._turn.generating:
            self._turn.generating = False
            self._task.cancel()


class TurnService:
    """Begins turns and sees them through."""

    def __init__(
        self,
        database: Database,
        engine: ChatEngine,
        prompt_builder: PromptBuilder,
        metrics: Metrics,
        admission: Admission,
        memory: Memory,
        summarizer: Summarizer,
        message_characters: int,
    ) -> None:
        self._database = database
        self._store = ReplyStore(database)
        self._engine = engine
        self._prompt_builder = prompt_builder
        self._metrics = metrics
        self._admission = admission
        self._memory = memory
        self._summarizer = summarizer
        self._message_characters = message_characters
        self._example_orders = new_example_orders()
        self._running: dict[asyncio.Task[None], RunningTurn] = {}
        self._aside: set[asyncio.Task[Any]] = set()

    async def send(self, conversation_id: UUID, owner: str, content: str) -> RunningTurn:
        """Store the user's message and begin to answer it."""
        started = time.perf_counter()
        text = check_content(content, self._message_characters)
        with self._admission.enter(owner) as slot:
            async with self._database.write() as session:
                claim = await self._claim(session, conversation_id, owner)
                conversation = claim.conversation
                # What claims it is stored with what the turn adds.
                with session.no_autoflush:
                    way = await claim.branches.way(
                        conversation.active_leaf_id, conversation.summary_upto
                    )
                    message = await self._sent_again(session, way, text)
                    if message is None:
                        message = _new_message(claim, text)
                        session.add(message)
                        way = way.followed_by(_said(message))
                    conversation.active_leaf_id = message.id
                    conversation.updated_at = utc_now()
                    conversation.title = conversation.title or " ".join(text.split())[:60]
                    turn = await self._plan(claim, way, started)
                if slot.admitted.is_set():  # else others go first
                    await self._look_ahead(turn)
                await session.flush()
                siblings = await claim.branches.siblings([message.parent_id])
                shown = present_message(message, siblings[message.parent_id])
            return await self._begin(turn, slot, shown)

    async def regenerate(self, conversation_id: UUID, owner: str, message_id: UUID) -> RunningTurn:
        """Answer a user's message (again): the reply becomes one more alternative."""
        started = time.perf_counter()
        with self._admission.enter(owner) as slot:
            async with self._database.write() as session:
                claim = await self._claim(session, conversation_id, owner)
                message = await _required(claim.branches, message_id)
                if message.role == "assistant":
                    message = await _asked(claim.branches, message)
                turn = await self._plan_again(claim, message, started)
            return await self._begin(turn, slot)

    async def continue_reply(
        self, conversation_id: UUID, owner: str, message_id: UUID
    ) -> RunningTurn:
        """Go on with a reply where it ended; the reply itself grows."""
        started = time.perf_counter()
        with self._admission.enter(owner) as slot:
            async with self._database.write() as session:
                claim = await self._claim(session, conversation_id, owner)
                reply = await _required(claim.branches, message_id)
                asked = await _asked(claim.branches, reply)
                turn = await self._plan_again(claim, asked, started, continued=reply)
            return await self._begin(turn, slot)

    async def aclose(self) -> None:
        """Stop all turns and wait until what they had is stored."""
        for turn in self._running.values():
            turn.cancel()
        await asyncio.gather(*self._running, *self._aside, return_exceptions=True)

    async def _claim(self, session: AsyncSession, conversation_id: UUID, owner: str) -> _Claim:
        """The conversation, reserved for one turn until it ends."""
        # Locked as it is read: the turn before may end while this one waits for it.
        conversation = await get_conversation(session, conversation_id, owner, locked=True)
        message_id, turn_id = new_id(), new_id()
        if not begin_turn(conversation, turn_id):
            raise ConflictError(
                "turn_in_progress",
                "A reply is being written in this conversation. Stop it or wait for its end.",
                retry_after=1,
            )
        check_published(conversation.character)
        branches = BranchRepository(session, conversation_id)
        return _Claim(turn_id, message_id, conversation, branches)

    async def _sent_again(self, session: AsyncSession, way: Way, text: str) -> Message | None:
        """The message that waits for its answer, if it says the same."""
        id = _unanswered(way, text)
        return None if id is None else await session.get_one(Message, id)

    async def _plan_again(
        self,
        claim: _Claim,
        message: BranchMessage,
        started: float,
        continued: BranchMessage | None = None,
    ) -> Turn:
        """The turn that answers a message of any branch, or goes on with a reply to it."""
        way = await claim.branches.way(message.id, claim.conversation.summary_upto)
        return await self._plan(claim, way, started, continued)

    async def _plan(
        self,
        claim: _Claim,
        way: Way,
        started: float,
        continued: BranchMessage | None = None,
    ) -> Turn:
        """The turn that answers the last message of a way, or goes on with a reply to it."""
        conversation = claim.conversation
        covered, rest = split_at_summary(conversation, way.messages)
        summarized = bool(covered) or ends_before(conversation, way)
        lines = [*covered, *rest]
        seed = str(conversation.id)
        persona = persona_of(
            conversation.character, conversation.user_name, seed, conversation.until_scene
        )
        dialogue = DialogueContext(
            persona,
            [line.utterance for line in lines],
            continued.content if continued else "",
            await previous_example_order(way.messages, self._example_orders, claim.branches),
            seed,
            await _greeting(claim, way),
            conversation.until_scene,
            ConversationPast(conversation, lines),
            conversation.summary if summarized else "",
            len(covered),
        )
        return Turn(
            id=claim.turn_id,
            conversation_id=conversation.id,
            dialogue=dialogue,
            preparation=PendingPrompt(self._prompt_builder, conversation.character, dialogue),
            parent_id=way.messages[-1].id,
            started=started,
            continues=continued.id if continued else None,
        )

    async def _look_ahead(self, turn: Turn) -> None:
        """Begin to prepare the prompt while the message is stored."""
        turn.ahead = self._begin_aside(turn.preparation.prepare())
        await asyncio.sleep(0)  # so that it is embedded before this one needs Python's lock again

    def _begin_aside(self, work: Coroutine[Any, Any, _T]) -> asyncio.Task[_T]:
        """Work that somebody may wait for, or nobody."""
        task = asyncio.create_task(work)
        self._aside.add(task)
        task.add_done_callback(self._ended_aside)
        return task

    def _ended_aside(self, task: asyncio.Task[Any]) -> None:
        self._aside.discard(task)
        if not task.cancelled():
            task.exception()  # whoever waits for it is told

    async def _begin(
        self, turn: Turn, slot: Slot, message: MessageOut | None = None
    ) -> RunningTurn:
        """Start the task; an engine that is away is told at once, while a status can be."""
        try:
            if not await self._engine.ready():
                await self._engine.limits()
                raise EngineUnavailableError(
                    "The model does not answer. Your message is kept.", retry_after=5
                )
        except BaseException as error:
            await asyncio.shield(self._store.release(turn))
            if isinstance(error, EngineError):
                raise _with_message(error, message) from error
            raise
        task = asyncio.create_task(self._run(turn, slot), name=f"turn-{turn.id}")
        running = RunningTurn(turn, message, task)
        self._running[task] = running
        task.add_done_callback(self._running.pop)
        task.add_done_callback(lambda _: slot.leave())
        try:
            await asyncio.sleep(0)  # the engine is asked before the listener's response begins
        except asyncio.CancelledError:  # the listener has left already
            running.cancel()
            raise
        return running

    async def _run(self, turn: Turn, slot: Slot) -> None:
        keeping = asyncio.create_task(self._store.keep(turn))
        failure: ErrorEvent | None = None
        try:
            async with slot.running(turn.wait_at):
                await self._stream(turn)
        except asyncio.CancelledError:
            turn.finish_reason = "cancelled"
        except Exception as error:
            failure = failure_of(error)
            turn.finish_reason, turn.error = "error", failure.error.message
        finally:
            turn.end()
        # Not cancelled: a save that is being written ends before the last one begins.
        await asyncio.gather(keeping, return_exceptions=True)
        self._metrics.turns.labels(turn.finish_reason).inc()
        await self._end(turn, failure)
        if turn.prepared is not None:
            self._remember(turn, turn.prepared)

    def _remember(self, turn: Turn, prepared: PreparedPrompt) -> None:
        """See to what fell out of the prompt, now that nobody waits any more."""
        self._memory.keep(prepared.unknown, turn.conversation_id)
        self._begin_aside(self._prompt_builder.count_said(turn.dialogue, turn.text))
        past, fallen = turn.dialogue.past, prepared.shown_from - turn.dialogue.covered
        if past is not None and past.conversation.summarize and fallen > 0:
            self._summarizer.begin_aside(turn.conversation_id, past.conversation.owner, fallen)

    async def _stream(self, turn: Turn) -> None:
        async def prepare(share: float) -> PreparedPrompt:
            ahead, turn.ahead = turn.ahead, None
            return await (ahead or turn.preparation.prepare(share))

        reply = stream_reply(
            self._engine,
            prepare,
            name=turn.dialogue.persona.name,
            continuing=bool(turn.dialogue.continued),
            affinity=str(turn.conversation_id),
        )
        async with aclosing(reply):
            async for event in reply:
                if isinstance(event, PreparedPrompt):
                    self._sent(turn, event)
                else:
                    self._said(turn, event)

    def _sent(self, turn: Turn, prepared: PreparedPrompt) -> None:
        """The engine gets its prompt now."""
        turn.prepared = prepared
        turn.events.put_nowait(ExamplesEvent(used_in(prepared)))
        turn.prepare_ms = timed_ms(turn.started)
        self._metrics.prepare_seconds.observe(turn.prepare_ms / 1_000)
        turn.sent = time.perf_counter()

    def _said(self, turn: Turn, delta: Delta) -> None:
        if turn.first_token_ms is None and delta.finish_reason is None:
            turn.first_token_ms = timed_ms(turn.sent)
            self._metrics.first_token_seconds.observe(turn.first_token_ms / 1_000)
        turn.say(delta.text)
        turn.usage = delta.usage
        self._metrics.count_prompt(delta.usage)
        turn.finish_reason = delta.finish_reason or turn.finish_reason

    async def _end(self, turn: Turn, failure: ErrorEvent | None) -> None:
        """Store what there is and tell the listener that it is over."""
        reply: MessageOut | None = None
        try:
            reply = await self._store.store(turn)
            if reply is not None and turn.prepared is not None:
                self._example_orders[reply.id] = turn.prepared.example_order
        except Exception as error:
            log.error("reply_not_stored", conversation=str(turn.conversation_id))
            failure = failure_of(error)
        if failure is None and reply is None:
            failure = _nothing_said(turn)
        if failure is not None:
            event: TurnEvent = ErrorEvent(failure.error, failure.status, failure.retry_after, reply)
        else:
            assert reply is not None  # noqa: S101 (else it is a failure)
            event = DoneEvent(reply)
        turn.events.put_nowait(event)
        turn.events.put_nowait(None)


def _new_message(claim: _Claim, text: str) -> Message:
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


def _said(message: Message) -> BranchMessage:
    return BranchMessage(*(getattr(message, name) for name in BranchMessage._fields))


async def _greeting(claim: _Claim, way: Way) -> int:
    """Which of the greetings a branch begins with: only lore depends on it. 0 where on none."""
    first = way.root
    if first is None or first.role != "assistant" or not claim.conversation.character.has_lore:
        return 0
    return (await claim.branches.siblings([None]))[None].index(first.id)


async def _required(branches: BranchRepository, id: UUID) -> BranchMessage:
    """The message, or the 404 that says that the conversation has none."""
    message = await branches.said(id)
    if message is None:
        raise no_message(id)
    return message


def _unanswered(way: Way, text: str) -> UUID | None:
    """The message the conversation ends with, if it is this very one: it was sent again."""
    leaf = way.messages[-1] if way.messages else None
    same = leaf is not None and leaf.role == "user" and leaf.content == text
    return leaf.id if leaf is not None and same else None


async def _asked(branches: BranchRepository, reply: BranchMessage) -> BranchMessage:
    """The message a reply answers. A greeting answers none."""
    asked = await branches.said(reply.parent_id) if reply.parent_id else None
    if asked is None or asked.role != "user" or reply.role != "assistant":
        raise InvalidError("not_a_reply", "Only a reply to a message can be written again.")
    return asked


def _nothing_said(turn: Turn) -> ErrorEvent:
    """There is no reply, though nothing failed."""
    if turn.finish_reason == "cancelled":
        message = "The turn was stopped before the model said anything."
        return ErrorEvent(ErrorDetail(code="cancelled", message=message), 503, retry_after=5)
    message = "The model said nothing. Try again."
    return ErrorEvent(ErrorDetail(code="empty_reply", message=message), 502)


def _with_message(error: EngineError, message: MessageOut | None) -> AppError:
    """The engine's error as an answer that says what was stored all the same."""
    status, detail = describe_engine_error(error)
    stored = {} if message is None else {"message": message.model_dump(mode="json")}
    failure = AppError(
        detail.code, detail.message, retry_after=retry_after_of(error, status), **stored
    )
    failure.status = status
    return failure

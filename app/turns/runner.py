"""Run turns: prepare the prompt, stream the reply, store it.

A turn runs in a task of its own, with or without listeners. When it is stopped, the task is
cancelled, the engine stops, and the text so far is stored as a partial reply. No database
connection is held while tokens stream; the lease is renewed and the text saved now and then.
"""

import asyncio
from collections.abc import Coroutine
from contextlib import aclosing
from functools import partial
from typing import Any, TypeVar
from uuid import UUID

import structlog
from opentelemetry import trace

from app.conversations.schemas import MessageOut
from app.engines.port import ChatEngine, Delta, EngineError, EngineUnavailableError
from app.errors import AppError, describe_engine_error, retry_after_of
from app.moderation.service import Moderation
from app.observability import Metrics
from app.quotas.bill import billing
from app.schemas import ErrorDetail
from app.turns.admission import Slot
from app.turns.choices import Choices
from app.turns.events import DoneEvent, ErrorEvent, failure_of
from app.turns.lease import keep_lease
from app.turns.memory import Memory
from app.turns.moderated_reply import Checked, ReplyEvents, moderated_reply
from app.turns.prefix_layouts import new_example_orders
from app.turns.prepared_prompt import PreparedPrompt
from app.turns.progress import Listener
from app.turns.prompt_builder import PromptBuilder
from app.turns.prompt_sources import outline_of, prompt_sources_of
from app.turns.reply_stream import stream_reply
from app.turns.screening import ReplyScreening
from app.turns.store import TurnStore
from app.turns.summaries import Summarizer
from app.turns.turn import Turn
from app.turns.watch import TurnWatch
from app.turns.writer import Order

log = structlog.get_logger(__name__)
_tracer = trace.get_tracer("offbook")

_T = TypeVar("_T")


class RunningTurn:
    """Let listeners follow a turn, or stop it. It goes on without them, but not for long."""

    def __init__(self, turn: Turn, message: MessageOut | None, task: asyncio.Task[None]) -> None:
        self.turn = turn
        self.message = message
        """The user's message as stored; None where a reply is regenerated or continued."""
        self._task = task

    def listen(self) -> Listener:
        """Return a listener who follows the turn from its beginning.

        Raises what :meth:`~app.turns.progress.ReplyProgress.listen` raises.
        """
        return self.turn.progress.listen(after=0)

    def cancel(self) -> None:
        """Stop the engine; the text so far is stored as a partial reply."""
        if self.turn.generating:
            self.turn.generating = False
            self._task.cancel()


class TurnRunner:
    """Run turns from their plan to the stored reply."""

    def __init__(
        self,
        store: TurnStore,
        engine: ChatEngine,
        prompt_builder: PromptBuilder,
        metrics: Metrics,
        memory: Memory,
        summarizer: Summarizer,
        screening: ReplyScreening,
        watch: TurnWatch,
        moderation: Moderation,
        choices: Choices,
    ) -> None:
        self._moderation = moderation
        self._choices = choices
        self._store = store
        self._watch = watch
        self._engine = engine
        self._prompt_builder = prompt_builder
        self._metrics = metrics
        self._memory = memory
        self._summarizer = summarizer
        self._screening = screening
        self.example_orders = new_example_orders()
        """Ids of the examples that a reply's prompt showed, by the reply's id."""
        self._running: dict[UUID, RunningTurn] = {}
        """By the turn's id."""
        self._tasks: set[asyncio.Task[None]] = set()
        self._watching: asyncio.Task[None] | None = None
        self._background: set[asyncio.Task[Any]] = set()

    async def prepare_ahead(self, turn: Turn) -> None:
        """Begin to prepare the prompt while the message is stored."""
        turn.preparation = self._start_background(turn.pending.prepare())
        await asyncio.sleep(0)  # the query is embedded before this task needs the GIL again

    async def begin(self, turn: Turn, slot: Slot, message: MessageOut | None = None) -> RunningTurn:
        """Start the turn's task.

        Raises :class:`~app.errors.AppError` with the engine's error where it is unavailable, as
        long as a response can still have a status; it shows the stored ``message``.
        """
        try:
            if not await self._engine.ready():
                await self._engine.limits()
                raise EngineUnavailableError(
                    "The model does not answer. Nothing said is lost.", retry_after=5
                )
        except BaseException as error:
            await asyncio.shield(self._store.release(turn))
            if isinstance(error, EngineError):
                raise _with_message(error, message) from error
            raise
        running = self._start(turn, slot, message)
        await asyncio.sleep(0)  # the engine is asked before the listener's response begins
        return running

    def running(self, turn_id: UUID) -> RunningTurn | None:
        """Return a turn that runs in this process; None where none has this id."""
        return self._running.get(turn_id)

    async def aclose(self) -> None:
        """Stop all turns and wait until their text is stored."""
        for turn in self._running.values():
            turn.cancel()
        await asyncio.gather(*self._tasks, *self._background, return_exceptions=True)
        if self._watching is not None:
            await asyncio.gather(self._watching, return_exceptions=True)

    def _start(self, turn: Turn, slot: Slot, message: MessageOut | None) -> RunningTurn:
        task = asyncio.create_task(self._run(turn, slot), name=f"turn-{turn.id}")
        running = self._running[turn.id] = RunningTurn(turn, message, task)
        self._tasks.add(task)
        if self._watching is None or self._watching.done():
            self._watching = asyncio.create_task(
                self._watch.run(lambda: [*self._running.values()]), name="watching-turns"
            )

        def ended(task: asyncio.Task[None]) -> None:
            self._tasks.discard(task)
            self._running.pop(turn.id)
            if not self._running:
                self._watch.turn_ended()
            slot.leave()
            self._store.settle_soon(turn)

        task.add_done_callback(ended)
        return running

    async def _run(self, turn: Turn, slot: Slot) -> None:
        attributes = {
            "offbook.turn": str(turn.id),
            "offbook.conversation": str(turn.conversation_id),
        }
        with _tracer.start_as_current_span("turn", attributes=attributes) as span:
            await self._run_traced(turn, slot)
            span.set_attribute("offbook.finish_reason", turn.finish_reason)

    async def _run_traced(self, turn: Turn, slot: Slot) -> None:
        keeping = asyncio.create_task(keep_lease(self._store, turn))
        failure: ErrorEvent | None = None
        try:
            with billing(turn.reservation.bill if turn.reservation else None):
                async with slot.running(turn.progress.wait_at):
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
        await self._finish(turn, failure)
        if turn.prepared is not None:
            self._follow_up(turn, turn.prepared)

    async def _stream(self, turn: Turn) -> None:
        async with aclosing(self._reply(turn)) as reply:
            async for event in reply:
                if isinstance(event, Delta):
                    turn.append(event.text)
                    turn.usage = event.usage
                    turn.finish_reason = event.finish_reason or turn.finish_reason
                else:
                    turn.prepared = event
                    turn.progress.show(prompt_sources_of(event), outline_of(event))

    def _reply(self, turn: Turn) -> ReplyEvents:
        if not self._moderation.enabled:
            return self._generate(turn)

        def begin(*, declines: bool) -> ReplyEvents:
            if declines:
                turn.decline()
            return self._generate(turn)

        dialogue = turn.dialogue
        checked = Checked(
            message=turn.asked,
            continued=dialogue.continued,
            language=dialogue.persona.language,
        )
        return moderated_reply(self._moderation, checked, begin, turn.moderation)

    def _generate(self, turn: Turn) -> ReplyEvents:
        async def prepare(share: float) -> PreparedPrompt:
            preparation, turn.preparation = turn.preparation, None
            return await (preparation or turn.pending.prepare(share))

        return stream_reply(
            self._engine,
            prepare,
            turn.times,
            name=turn.dialogue.persona.name,
            continuing=bool(turn.dialogue.continued),
            affinity=_affinity(turn),
            open_screen=partial(self._screening.open, turn.dialogue, turn.screening),
        )

    async def _finish(self, turn: Turn, failure: ErrorEvent | None) -> None:
        """Store the reply, and report the end to the listeners."""
        reply: MessageOut | None = None
        if failure is None and not turn.text:
            failure = _empty_reply(turn)
        try:
            reply = await self._store.store(turn, failure)
            if reply is not None and turn.prepared is not None:
                self.example_orders[reply.id] = turn.prepared.example_order
        except Exception as error:
            log.error("reply_not_stored", conversation=str(turn.conversation_id))
            failure = failure_of(error)
            await self._store.settle(turn)
        if failure is not None:
            turn.progress.finish(
                ErrorEvent(failure.error, failure.status, failure.retry_after, reply)
            )
        else:
            assert reply is not None  # noqa: S101 (else it is a failure)
            turn.progress.finish(DoneEvent(reply))

    def _follow_up(self, turn: Turn, prepared: PreparedPrompt) -> None:
        """Embed, count, summarise and keep choices, now that no listener waits."""
        self._memory.keep(prepared.unknown, turn.conversation_id)
        self._start_background(self._choices.notice(turn))
        self._start_background(self._prompt_builder.count_turn(turn.dialogue, turn.text))
        past, dropped = turn.dialogue.past, prepared.shown_from - turn.dialogue.covered
        summarize = past is not None and past.conversation.summarize and turn.part is None
        if past is not None and summarize and dropped > 0:
            held = turn.reservation
            order = Order(held.payer, held.character) if held is not None else None
            self._summarizer.begin_in_background(
                turn.conversation_id, past.conversation.owner, dropped, order
            )

    def _start_background(self, work: Coroutine[Any, Any, _T]) -> asyncio.Task[_T]:
        """Start work whose result may never be awaited."""
        task = asyncio.create_task(work)
        self._background.add(task)
        task.add_done_callback(self._background_ended)
        return task

    def _background_ended(self, task: asyncio.Task[Any]) -> None:
        self._background.discard(task)
        if not task.cancelled():
            task.exception()  # marked as retrieved: it is raised where the task is awaited


def _affinity(turn: Turn) -> str:
    """Return what turns have in common whose prompts begin alike: on a stage, also the speaker."""
    conversation = str(turn.conversation_id)
    return conversation if turn.part is None else f"{conversation} {turn.part.speaker.id}"


def _empty_reply(turn: Turn) -> ErrorEvent:
    """Return the error of a turn that ended without any text, though nothing failed."""
    if turn.finish_reason == "cancelled":
        message = "The turn was stopped before the model said anything."
        return ErrorEvent(ErrorDetail(code="cancelled", message=message), 503, retry_after=5)
    message = "The model said nothing. Try again."
    return ErrorEvent(ErrorDetail(code="empty_reply", message=message), 502)


def _with_message(error: EngineError, message: MessageOut | None) -> AppError:
    """Return the engine's error as a response that shows the message stored all the same."""
    status, detail = describe_engine_error(error)
    stored = {} if message is None else {"message": message.model_dump(mode="json")}
    failure = AppError(
        detail.code, detail.message, retry_after=retry_after_of(error, status), **stored
    )
    failure.status = status
    return failure

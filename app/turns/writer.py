"""Write texts with the engine beside the turns: drafts of profiles, summaries, scene memories.

Each takes a slot among the turns, runs in a task of its own, and ends when its listener leaves.
"""

import asyncio
import contextlib
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Coroutine, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from functools import partial
from typing import Any
from uuid import UUID

import structlog

from app.engines.port import (
    ChatEngine,
    ChatMessage,
    EnginePrompt,
    EngineUnavailableError,
    FinishReason,
    Sampling,
)
from app.errors import StoppingError
from app.observability import Metrics
from app.quotas.bill import billing
from app.quotas.payer import SERVICE, Payer
from app.quotas.service import QuotaService, Reservation
from app.turns.admission import Admission, Slot
from app.turns.events import WaitingEvent, WritingEvent, failure_of
from characters.profiles import ProfileTrimmer
from characters.prompting import PromptMessage

log = structlog.get_logger(__name__)

Emit = Callable[[WritingEvent], None]


class Writing:
    """Let a listener follow a text while it is written, or stop it."""

    def __init__(self) -> None:
        self._events: asyncio.Queue[WritingEvent | None] = asyncio.Queue()
        self.task: asyncio.Task[None] | None = None

    def emit(self, event: WritingEvent | None) -> None:
        """Report an event to the listener; None is the end."""
        self._events.put_nowait(event)

    async def events(self) -> AsyncIterator[WritingEvent]:
        """Yield the events until the text is done. Leaving early cancels it."""
        try:
            while (event := await self._events.get()) is not None:
                yield event
        finally:
            self.cancel()

    def cancel(self) -> None:
        """Stop the engine."""
        if self.task is not None:
            self.task.cancel()


@dataclass(frozen=True, slots=True)
class Order:
    """Hold who pays for a text, and which character it is about."""

    payer: Payer
    character: UUID | None = None


@dataclass(frozen=True, slots=True)
class WholeText:
    """Hold what the engine wrote, and whether it was cut off at its longest."""

    text: str
    cut_off: bool


class EngineWriter:
    """Write texts with the engine."""

    def __init__(
        self,
        engine: ChatEngine,
        admission: Admission,
        metrics: Metrics,
        quotas: QuotaService | None = None,
    ) -> None:
        """Bound and count what is written with ``quotas``; None neither bounds nor counts it."""
        self.engine = engine
        self._quotas = quotas
        self._admission = admission
        self._metrics = metrics
        self._running: set[asyncio.Task[None]] = set()

    async def begin(
        self, owner: str, write: Callable[[Emit], Awaitable[None]], order: Order | None = None
    ) -> Writing:
        """Start ``write``, which gets a function to report events with.

        Raises :class:`~app.errors.TooManyTurnsError`,
        :class:`~app.quotas.errors.QuotaExceededError`, and
        :class:`~app.engines.port.EngineUnavailableError`, while a response can still have a
        status.
        """
        if order is not None and self._quotas is not None:
            self._quotas.check_requests(order.payer)
        with self._admission.enter(owner if order is None else order.payer.queue) as slot:
            if not await self.engine.ready():
                await self.engine.limits()
                raise EngineUnavailableError("The model does not answer.", retry_after=5)
            reservation = await self._reserve(order)
            writing: Writing = Writing()
            writing.task = self._start(self._run(writing, write, slot, reservation), slot)
            if reservation is not None and self._quotas is not None:
                settle = partial(self._quotas.settle_soon, reservation)
                writing.task.add_done_callback(lambda _: settle())
            return writing

    def begin_if_idle(
        self, owner: str, write: Callable[[], Awaitable[None]], order: Order | None = None
    ) -> None:
        """Start ``write`` where no turn wants its slot, and stop it as soon as one does.

        It does not begin where the order's quotas are used up.
        """

        def wait_for_turns() -> None:
            task.cancel()

        slot = self._admission.try_background_slot(owner, wait_for_turns)
        if slot is not None:
            task = self._start(self._run_in_background(write, slot, order), slot)

    async def run_if_idle(
        self, owner: str, write: Callable[[], Awaitable[None]], character: UUID | None = None
    ) -> bool:
        """Run ``write`` where no turn wants its slot; raise what it raises.

        Returns False where a turn has the slot already, or came meanwhile: then ``write`` was
        cancelled. What it takes is the service's own use, for a ``character``.
        """

        def wait_for_turns() -> None:
            task.cancel()

        slot = self._admission.try_background_slot(owner, wait_for_turns)
        if slot is None:
            return False

        reservation = Reservation(Payer(owner=SERVICE, queue=owner), character=character)

        async def run() -> None:
            async with slot.running(), self._billed(reservation):
                await write()

        task = self._start(run(), slot)
        try:
            await asyncio.wait({task})
        finally:
            task.cancel()
        if task.cancelled():
            return False
        task.result()
        return True

    async def write_whole(
        self, content: str | list[PromptMessage], sampling: Sampling, stops: Sequence[str]
    ) -> WholeText:
        """Return the engine's whole continuation, as it comes. Raises the engine's errors."""
        text, finish = "", "length"
        stream = self.engine.stream(_to_engine(content), sampling, stops)
        async with aclosing(stream) as deltas:
            async for delta in deltas:
                finish = delta.finish_reason or finish
                self._metrics.count_prompt(delta.usage)
                text += delta.text
        return WholeText(text, cut_off=finish == "length")

    async def settled(self) -> None:
        """Wait until all texts are done."""
        await asyncio.gather(*self._running, return_exceptions=True)

    async def aclose(self) -> None:
        """Stop all texts."""
        for task in self._running:
            task.cancel()
        await self.settled()

    async def continue_text(
        self,
        content: str | list[PromptMessage],
        sampling: Sampling,
        stops: Sequence[str],
        trimmer: ProfileTrimmer,
        *,
        one_sentence: bool = False,
    ) -> AsyncGenerator[str, None]:
        """Yield the engine's continuation, sentence by sentence, as ``trimmer`` passes them."""
        finish: FinishReason = "length"
        stream = self.engine.stream(_to_engine(content), sampling, stops)
        async with aclosing(stream) as deltas:
            async for delta in deltas:
                finish = delta.finish_reason or finish
                self._metrics.count_prompt(delta.usage)
                if text := trimmer.feed(delta.text.replace("\x00", "")):
                    yield text
                if trimmer.ended or (text and one_sentence):
                    return
        if text := trimmer.finish(cut_off=finish == "length"):
            yield text

    def _start(self, work: Coroutine[Any, Any, None], slot: Slot) -> asyncio.Task[None]:
        task = asyncio.create_task(work, name="writing")
        self._running.add(task)
        task.add_done_callback(self._running.discard)
        task.add_done_callback(lambda _: slot.leave())
        return task

    async def _run(
        self,
        writing: Writing,
        write: Callable[[Emit], Awaitable[None]],
        slot: Slot,
        reservation: Reservation | None,
    ) -> None:
        try:
            async with (
                self._billed(reservation),
                slot.running(lambda position: writing.emit(WaitingEvent(position))),
            ):
                await write(writing.emit)
        except asyncio.CancelledError:
            # Only a listener that is still there receives this: the service is stopping.
            writing.emit(failure_of(StoppingError()))
            raise
        except Exception as error:
            writing.emit(failure_of(error))
        finally:
            writing.emit(None)

    async def _run_in_background(
        self, write: Callable[[], Awaitable[None]], slot: Slot, order: Order | None
    ) -> None:
        try:
            async with slot.running():
                reservation = await self._reserve(order, asked=False)
                async with self._billed(reservation):
                    await write()
        except Exception as error:
            log.info("writing_failed", reason=failure_of(error).error.message)

    async def _reserve(self, order: Order | None, *, asked: bool = True) -> Reservation | None:
        """Reserve what an order may take.

        What its person did not ask for is no request, and no turn that another one waits for.
        """
        if order is None or self._quotas is None:
            return None
        context = (await self.engine.limits()).context_length if order.payer.subjects else 0
        once = 1 if asked else 0
        return await self._quotas.reserve_alone(
            order.payer, context, turns=once, requests=once, character=order.character
        )

    @contextlib.asynccontextmanager
    async def _billed(self, reservation: Reservation | None) -> AsyncIterator[None]:
        """Put what the block asks of the engine on the reservation's bill, and settle it."""
        if reservation is None or self._quotas is None:
            yield
            return
        try:
            with billing(reservation.bill):
                yield
        finally:
            await asyncio.shield(self._quotas.settle_alone(reservation))


def _to_engine(content: str | list[PromptMessage]) -> EnginePrompt:
    if isinstance(content, str):
        return content
    return [ChatMessage(message.role, message.content) for message in content]

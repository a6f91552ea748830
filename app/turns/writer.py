"""Write texts with the engine beside the turns: drafts of profiles, summaries.

Each takes a slot among the turns, runs in a task of its own, and ends when its listener leaves.
"""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Coroutine, Sequence
from contextlib import aclosing
from typing import Any

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


class EngineWriter:
    """Write texts with the engine."""

    def __init__(self, engine: ChatEngine, admission: Admission, metrics: Metrics) -> None:
        self.engine = engine
        self._admission = admission
        self._metrics = metrics
        self._running: set[asyncio.Task[None]] = set()

    async def begin(self, owner: str, write: Callable[[Emit], Awaitable[None]]) -> Writing:
        """Start ``write``, which gets a function to report events with.

        Raises :class:`~app.errors.TooManyTurnsError`, and
        :class:`~app.engines.port.EngineUnavailableError`, while a response can still have a
        status.
        """
        with self._admission.enter(owner) as slot:
            if not await self.engine.ready():
                await self.engine.limits()
                raise EngineUnavailableError("The model does not answer.", retry_after=5)
            writing: Writing = Writing()
            writing.task = self._start(self._run(writing, write, slot), slot)
            return writing

    def begin_if_idle(self, owner: str, write: Callable[[], Awaitable[None]]) -> None:
        """Start ``write`` where no turn wants its slot, and stop it as soon as one does."""

        def wait_for_turns() -> None:
            task.cancel()

        slot = self._admission.try_background_slot(owner, wait_for_turns)
        if slot is not None:
            task = self._start(self._run_in_background(write, slot), slot)

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
    ) -> None:
        try:
            async with slot.running(lambda position: writing.emit(WaitingEvent(position))):
                await write(writing.emit)
        except asyncio.CancelledError:
            # Only a listener that is still there receives this: the service is stopping.
            writing.emit(failure_of(StoppingError()))
            raise
        except Exception as error:
            writing.emit(failure_of(error))
        finally:
            writing.emit(None)

    async def _run_in_background(self, write: Callable[[], Awaitable[None]], slot: Slot) -> None:
        try:
            async with slot.running():
                await write()
        except Exception as error:
            log.info("writing_failed", reason=failure_of(error).error.message)


def _to_engine(content: str | list[PromptMessage]) -> EnginePrompt:
    if isinstance(content, str):
        return content
    return [ChatMessage(message.role, message.content) for message in content]

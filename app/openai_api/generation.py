"""Generate the choices of one request side by side, in a task of its own."""

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Awaitable, Callable
from dataclasses import dataclass

from app.engines.port import Delta
from app.errors import StoppingError
from app.openai_api.structured import ToolCall
from app.turns.prepared_prompt import PreparedPrompt


@dataclass(frozen=True, slots=True)
class ChoiceDelta:
    """Hold a piece of one choice; the last has a finish reason."""

    choice: int
    delta: Delta
    call: ToolCall | None = None
    """A function that the character wants called."""


Event = PreparedPrompt | ChoiceDelta
"""A character's prepared prompt, then the pieces of the choices."""
Emit = Callable[[Event], None]


class Generation:
    """Run a generation until its end, its failure, or until its listener leaves."""

    def __init__(self, work: Callable[[Emit], Awaitable[None]]) -> None:
        """Start ``work``, which generates and emits; it is cancelled when the listener leaves."""
        self._events: asyncio.Queue[Event | None] = asyncio.Queue()
        self._begun = asyncio.Event()
        self._any_text = False
        self._failure: Exception | None = None
        self.patience = 0.0
        """Seconds that it goes on for without a listener."""
        self.speaker: str | None = None
        """Who speaks on a stage, where the text does not say so."""
        self._task = asyncio.create_task(self._run(work), name="openai-generation")

    def on_end(self, callback: Callable[[], None]) -> None:
        """Call back at the end, also after a failure or cancellation."""
        self._task.add_done_callback(lambda _: callback())

    def cancel(self) -> None:
        """Stop the engine."""
        self._task.cancel()

    def leave(self) -> None:
        """Note that the listener has left: the engine is stopped, at once or before long."""
        if self.patience and not self._task.done():
            asyncio.get_running_loop().call_later(self.patience, self.cancel)
        else:
            self.cancel()

    async def stop(self) -> None:
        """Stop because the service is stopping; the listener gets that as an error."""
        if not self._task.done():
            self._failure = StoppingError()
            self._task.cancel()
            await asyncio.wait([self._task])

    async def begin(self, at_most: float) -> None:
        """Wait for the first text, ``at_most`` this many seconds.

        Raises the error of a generation that failed before any text, while the response can still
        have a status.
        """
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(at_most):
                await self._begun.wait()
        if self._failure is not None and not self._any_text:
            raise self._failure

    async def events(self, silence: float | None = None) -> AsyncGenerator[Event | None, None]:
        """Yield the events to the end, and None after every ``silence`` seconds without any.

        Leaving early is :meth:`leave`. Raises the error that made it fail.
        """
        try:
            while True:
                try:
                    async with asyncio.timeout(silence):
                        event = await self._events.get()
                except TimeoutError:
                    yield None
                    continue
                if event is None:
                    break
                yield event
            if self._failure is not None:
                raise self._failure
        finally:
            self.leave()

    def _emit(self, event: Event) -> None:
        self._events.put_nowait(event)
        if isinstance(event, ChoiceDelta):
            self._any_text = True
            self._begun.set()

    async def _run(self, work: Callable[[Emit], Awaitable[None]]) -> None:
        try:
            await work(self._emit)
        except Exception as error:
            self._failure = _first(error)
        finally:
            self._begun.set()
            self._events.put_nowait(None)


def _first(error: Exception) -> Exception:
    """Return the first failure of several choices, which a task group raises together."""
    while isinstance(error, ExceptionGroup):
        error = error.exceptions[0]
    return error

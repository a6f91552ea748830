"""The choices of one request, generated side by side in a task of its own."""

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Awaitable, Callable
from dataclasses import dataclass

from app.engines.port import Delta
from app.errors import StoppingError
from app.turns.prompt_builder import PreparedPrompt


@dataclass(frozen=True, slots=True)
class ChoiceDelta:
    """A piece of one choice; its last has a finish reason."""

    choice: int
    delta: Delta


Event = PreparedPrompt | ChoiceDelta
"""What a prompt shows, where a character answers; then what is said."""
Emit = Callable[[Event], None]


class Generation:
    """Runs until its end, its failure, or until nobody listens any more."""

    def __init__(self, work: Callable[[Emit], Awaitable[None]]) -> None:
        """``work`` generates and emits; it is cancelled when the listener leaves."""
        self._events: asyncio.Queue[Event | None] = asyncio.Queue()
        self._begun = asyncio.Event()
        self._said = False
        self._failure: Exception | None = None
        self._task = asyncio.create_task(self._run(work), name="openai-generation")

    def when_over(self, callback: Callable[[], None]) -> None:
        """Call it at the end, however that comes about."""
        self._task.add_done_callback(lambda _: callback())

    def cancel(self) -> None:
        """Stop the engine."""
        self._task.cancel()

    async def stop(self) -> None:
        """End it because the service is being stopped: its listener gets that as an error."""
        if not self._task.done():
            self._failure = StoppingError()
            self._task.cancel()
            await asyncio.wait([self._task])

    async def begin(self, at_most: float) -> None:
        """Wait until something is said, ``at_most`` so many seconds.

        Raises what made the generation fail before that: a status can still say so.
        """
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(at_most):
                await self._begun.wait()
        if self._failure is not None and not self._said:
            raise self._failure

    async def events(self, silence: float | None = None) -> AsyncGenerator[Event | None, None]:
        """What happens, to the end; raises what made it fail. Leaving early cancels it.

        ``None`` after every ``silence`` seconds, if given, in which nothing happened.
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
            self.cancel()

    def _emit(self, event: Event) -> None:
        self._events.put_nowait(event)
        if isinstance(event, ChoiceDelta):
            self._said = True
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
    """The first of the failures of several choices: a task group raises them together."""
    while isinstance(error, ExceptionGroup):
        error = error.exceptions[0]
    return error

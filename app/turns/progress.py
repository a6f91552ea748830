"""Hold how far a reply has come, for listeners who come and go at any time.

Every event has a number, which never falls: 0 until a prompt is prepared, then that of the prompt,
1 to 9, then 10 and the characters of text so far, and one more for the end. It says all about where
a listener is, so that any process that knows the reply can go on from there without repeating or
losing a character, and nothing has to be kept but the reply.
"""

import asyncio
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from uuid import UUID

from app.conversations.schemas import PromptOutline, PromptSource
from app.conversations.stage_schemas import StageSpeaker
from app.errors import TooManyRequestsError
from app.turns.events import (
    BeginEvent,
    DeltaEvent,
    DoneEvent,
    ErrorEvent,
    ExamplesEvent,
    TurnEvent,
    WaitingEvent,
)

LISTENERS = 16
"""Most listeners of one turn in one process; a person has a few tabs."""
_LAST_PROMPT = 9
_TEXT = _LAST_PROMPT + 1
"""The number of a listener who has every prompt's examples, and no text."""


@dataclass(frozen=True, slots=True)
class Speaking:
    """Hold who speaks on a stage, and why."""

    speaker: StageSpeaker
    reason: dict[str, object] | None = None


@dataclass(frozen=True, slots=True)
class NumberedEvent:
    """Hold an event, and the number of a listener who has it."""

    number: int
    event: TurnEvent


class ReplyProgress:
    """Hold the state of one reply, and wake its listeners when it changes."""

    def __init__(
        self,
        *,
        turn_id: UUID,
        reply_id: UUID,
        parent_id: UUID,
        continued: str = "",
        speaker: Speaking | None = None,
    ) -> None:
        """Begin a reply to the message ``parent_id``; ``continued`` is the text it starts with.

        ``speaker``: who says it, on a stage.
        """
        self.turn_id = turn_id
        self.speaker = speaker
        self.begin = BeginEvent(reply_id, parent_id, continued)
        self.position = 0
        """In the queue; 0 once the turn may run."""
        self.prompts = 0
        """How many prompts were prepared for it: a second where the engine found one too long."""
        self.examples: list[PromptSource] = []
        """Of the newest prompt."""
        self.outline: PromptOutline | None = None
        """What else the newest prompt contains; known to the process that runs the turn."""
        self.text = ""
        """What the turn has added to the reply so far."""
        self.end: DoneEvent | ErrorEvent | None = None
        self._listeners: set[Listener] = set()

    @property
    def number(self) -> int:
        """Return the number of a listener who has all events up to now."""
        if self.end is not None:
            return _TEXT + len(self.text) + 1
        return _TEXT + len(self.text) if self.text else self.prompts

    @property
    def heard(self) -> bool:
        """Return whether the reply has a listener in this process."""
        return bool(self._listeners)

    def wait_at(self, position: int) -> None:
        """Note the turn's position in the queue."""
        self.position = position
        self._wake()

    def show(self, examples: list[PromptSource], outline: PromptOutline | None = None) -> None:
        """Note what a newly prepared prompt shows."""
        self.outline = outline
        self.examples, self.prompts = examples, min(self.prompts + 1, _LAST_PROMPT)
        self._wake()

    def append(self, text: str) -> None:
        """Add text."""
        self.text += text
        self._wake()

    def finish(self, end: DoneEvent | ErrorEvent) -> None:
        """Note the end, which every listener gets last."""
        self.end = end
        self._wake()

    def take(self, other: "ReplyProgress") -> None:
        """Take over what ``other`` knows of the same reply, unless this knows more."""
        if self.end is not None or (other.end is None and len(other.text) < len(self.text)):
            return
        self.begin, self.position, self.prompts = other.begin, other.position, other.prompts
        self.examples, self.text, self.end = other.examples, other.text, other.end
        self._wake()

    def listen(self, after: int | None = None) -> "Listener":
        """Return a listener who has the events up to the number ``after``; None: not one.

        Raises :class:`~app.errors.TooManyRequestsError` where the turn has too many listeners.
        """
        if len(self._listeners) >= LISTENERS:
            raise TooManyRequestsError(
                "too_many_listeners",
                f"{LISTENERS} pages listen to this reply already. Close one of them.",
                retry_after=5,
            )
        listener = Listener(self, after)
        self._listeners.add(listener)
        return listener

    def dismiss(self) -> None:
        """Let all listeners go; they may come back, here or to another process."""
        for listener in [*self._listeners]:
            listener.cancel()

    def leave(self, listener: "Listener") -> None:
        """Take a listener out; a second call does nothing."""
        self._listeners.discard(listener)

    def _wake(self) -> None:
        for listener in self._listeners:
            listener.wake()


class Listener:
    """Follow one reply from some place on, at a pace of its own.

    A slow one gets all text that came meanwhile in one piece, so that a busy service does not
    write every token on its own.
    """

    def __init__(self, progress: ReplyProgress, after: int | None) -> None:
        self.turn_id = progress.turn_id
        self._progress = progress
        self._number = after or 0
        self._begun = after is not None
        self._position = 0
        self._left = False
        self._news = asyncio.Event()

    @property
    def speaker(self) -> Speaking | None:
        """Who says the reply, on a stage."""
        return self._progress.speaker

    def wake(self) -> None:
        """Look for news."""
        self._news.set()

    def cancel(self) -> None:
        """Leave: the events end. A second call does nothing."""
        self._left = True
        self._progress.leave(self)
        self.wake()

    async def events(
        self, silence: float | None = None
    ) -> AsyncGenerator[NumberedEvent | None, None]:
        """Yield the events to the end, and None after every ``silence`` seconds without any."""
        try:
            while not self._left:
                self._news.clear()
                while (event := self._next()) is not None:
                    yield NumberedEvent(self._number, event)
                    if isinstance(event, DoneEvent | ErrorEvent):
                        return
                try:
                    async with asyncio.timeout(silence):
                        await self._news.wait()
                except TimeoutError:
                    yield None
        finally:
            self.cancel()

    def _next(self) -> TurnEvent | None:
        """Return the next event, and count it as had; None where there is no news."""
        known = self._progress
        if self._left:
            return None
        if not self._begun:
            self._begun = True
            return known.begin
        if known.position != self._position and not known.prompts:
            self._position = known.position
            if known.position:
                return WaitingEvent(known.position)
        if self._number < known.prompts:
            self._number = known.prompts
            return ExamplesEvent(known.examples, known.outline)
        text = known.text[max(0, self._number - _TEXT) :]
        if text:
            self._number = _TEXT + len(known.text)
            return DeltaEvent(text)
        if known.end is not None:
            self._number = known.number
        return known.end

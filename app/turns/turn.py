"""A turn's way through, and what it has come to so far."""

import asyncio
from dataclasses import dataclass, field
from uuid import UUID

from app.engines.port import Usage
from app.turns.dialogue_context import DialogueContext
from app.turns.events import DeltaEvent, TurnEvent, WaitingEvent
from app.turns.prompt_builder import PendingPrompt, PreparedPrompt, timed_ms

TEXT = DeltaEvent("")
"""In a queue: there is text that was not heard yet. A listener that is slow gets it in one piece,
so that a busy service does not write every token on its own."""


@dataclass(slots=True)
class Turn:
    """A turn's way through, and what it has come to so far."""

    id: UUID
    """Also the id of the reply that it adds."""
    conversation_id: UUID
    dialogue: DialogueContext
    preparation: PendingPrompt
    parent_id: UUID
    started: float
    continues: UUID | None = None
    """The reply that it goes on with, instead of adding one."""
    ahead: asyncio.Task[PreparedPrompt] | None = None
    """The prompt, where it is being prepared already."""
    events: asyncio.Queue[TurnEvent | None] = field(default_factory=asyncio.Queue)
    prepared: PreparedPrompt | None = None
    pieces: list[str] = field(default_factory=list)
    heard: int = 0
    """How many of the pieces the listener has."""
    finish_reason: str = "stop"
    error: str | None = None
    usage: Usage | None = None
    generating: bool = True
    """Until the reply begins to be stored: from then on nothing interrupts the turn."""
    speaking: asyncio.Event = field(default_factory=asyncio.Event)
    """The first word was said, or there will be none."""
    over: asyncio.Event = field(default_factory=asyncio.Event)
    """Nothing more will be said."""
    prepare_ms: float = 0.0
    sent: float = 0.0
    first_token_ms: float | None = None

    @property
    def text(self) -> str:
        """What was said so far."""
        return "".join(self.pieces)

    def end(self) -> None:
        """Note that nothing more will be said."""
        self.generating = False
        self.speaking.set()
        self.over.set()

    def total_ms(self) -> float:
        """Return the milliseconds since the request came."""
        return timed_ms(self.started)

    def wait_at(self, place: int) -> None:
        self.events.put_nowait(WaitingEvent(place))

    def say(self, text: str) -> None:
        if not text:
            return
        self.pieces.append(text)
        self.speaking.set()
        if len(self.pieces) == self.heard + 1:  # else the piece before waits there for this one
            self.events.put_nowait(TEXT)

    def cut_overheard(self) -> DeltaEvent:
        """What was said since the listener last looked, in one piece."""
        text = "".join(self.pieces[self.heard :])
        self.heard = len(self.pieces)
        return DeltaEvent(text)

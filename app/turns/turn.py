"""Hold the state of a turn while it runs."""

import asyncio
from dataclasses import dataclass, field
from uuid import UUID

from app.engines.port import Usage
from app.turns.dialogue_context import DialogueContext
from app.turns.events import DeltaEvent, TurnEvent, WaitingEvent
from app.turns.pending_prompt import PendingPrompt
from app.turns.prepared_prompt import PreparedPrompt
from app.turns.reply_times import ReplyTimes
from app.turns.screening import ScreeningRecord

TEXT_READY = DeltaEvent("")
"""In a queue: text waits for the listener. A slow one gets all of it in one piece, so that a busy
service does not write every token on its own."""


@dataclass(slots=True, kw_only=True)
class Turn:
    """Hold a turn's plan, and what has come of it so far."""

    id: UUID
    """Also the id of the reply that it adds."""
    conversation_id: UUID
    dialogue: DialogueContext
    pending: PendingPrompt
    parent_id: UUID
    times: ReplyTimes
    screening: ScreeningRecord = field(default_factory=ScreeningRecord)
    """What the screen of the reply found."""
    continues: UUID | None = None
    """The reply that it continues, instead of adding one."""
    preparation: asyncio.Task[PreparedPrompt] | None = None
    """The prompt, where it is being prepared already."""
    events: asyncio.Queue[TurnEvent | None] = field(default_factory=asyncio.Queue)
    """For the listener; None is the end."""
    prepared: PreparedPrompt | None = None
    packed_record: tuple[PreparedPrompt, bytes] | None = None
    """The packed record of a prompt, once it was made for a save."""
    pieces: list[str] = field(default_factory=list)
    delivered: int = 0
    """How many of the pieces the listener has."""
    finish_reason: str = "stop"
    error: str | None = None
    usage: Usage | None = None
    generating: bool = True
    """Until the reply begins to be stored: from then on nothing interrupts the turn."""
    started: asyncio.Event = field(default_factory=asyncio.Event)
    """The reply's first text came, or none will."""
    ended: asyncio.Event = field(default_factory=asyncio.Event)
    """No more text will come."""

    @property
    def text(self) -> str:
        """The text generated so far."""
        return "".join(self.pieces)

    def end(self) -> None:
        """Note that no more text will come."""
        self.generating = False
        self.started.set()
        self.ended.set()

    def wait_at(self, position: int) -> None:
        """Report the turn's position in the queue to the listener."""
        self.events.put_nowait(WaitingEvent(position))

    def append(self, text: str) -> None:
        """Add text to the reply, and have the listener fetch it."""
        if not text:
            return
        self.pieces.append(text)
        self.started.set()
        if len(self.pieces) == self.delivered + 1:  # else TEXT_READY is in the queue already
            self.events.put_nowait(TEXT_READY)

    def take_text(self) -> DeltaEvent:
        """Return all text that the listener does not have yet, in one piece."""
        text = "".join(self.pieces[self.delivered :])
        self.delivered = len(self.pieces)
        return DeltaEvent(text)

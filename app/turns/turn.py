"""Hold the state of a turn while it runs."""

import asyncio
from dataclasses import dataclass, field
from uuid import UUID

from app.engines.port import Usage
from app.moderation.record import ModerationRecord
from app.quotas.service import Reservation
from app.turns.cue import StagePart
from app.turns.dialogue_context import DialogueContext
from app.turns.moderated_reply import declined_dialogue
from app.turns.pending_prompt import PendingPrompt
from app.turns.prepared_prompt import PreparedPrompt
from app.turns.progress import ReplyProgress, Speaking
from app.turns.reply_times import ReplyTimes
from app.turns.screening import ScreeningRecord


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
    asked: str = ""
    """The message that it answers, with unanswered ones directly before it."""
    screening: ScreeningRecord = field(default_factory=ScreeningRecord)
    """What the screen of the reply found."""
    part: StagePart | None = None
    """Who speaks, on a stage."""
    reservation: Reservation | None = None
    """What it holds of its payer's quotas; None where no payer is known."""
    moderation: ModerationRecord = field(default_factory=ModerationRecord)
    """What moderation found in the message and in the reply."""
    continues: UUID | None = None
    """The reply that it continues, instead of adding one."""
    follows_choice: bool | None = None
    """Whether its message follows a reply with alternatives; None where that was not read."""
    preparation: asyncio.Task[PreparedPrompt] | None = None
    """The prompt, where it is being prepared already."""
    prepared: PreparedPrompt | None = None
    packed_record: tuple[PreparedPrompt, bytes] | None = None
    """The packed record of a prompt, once it was made for a save."""
    progress: ReplyProgress = field(init=False)
    """What its listeners follow."""
    finish_reason: str = "stop"
    error: str | None = None
    usage: Usage | None = None
    generating: bool = True
    """Until the reply begins to be stored: from then on nothing interrupts the turn."""
    followed: bool = False
    """Whether another process follows it, by what is stored of it."""
    over: bool = False
    """No more text will come."""
    news: asyncio.Event = field(default_factory=asyncio.Event)
    """The first text came, none will come any more, or the turn began to be followed."""

    def __post_init__(self) -> None:
        """Prepare for listeners."""
        part = self.part
        self.progress = ReplyProgress(
            turn_id=self.id,
            reply_id=self.reply_id,
            parent_id=self.parent_id,
            continued=self.dialogue.continued,
            speaker=None if part is None else Speaking(part.speaker, part.reason or None),
        )

    @property
    def reply_id(self) -> UUID:
        """Return the id of the reply that it adds or continues."""
        return self.continues or self.id

    @property
    def text(self) -> str:
        """Return the text generated so far."""
        return self.progress.text

    @property
    def content(self) -> str:
        """Return the reply as it is stored: with the part that it continues, or the notice."""
        if self.moderation.outcome == "hidden":
            return self.moderation.notice
        return self.dialogue.continued + self.text

    def decline(self) -> None:
        """Let the character decline what was asked, in the prompts that are still to be made."""
        self.dialogue = declined_dialogue(self.dialogue)
        self.pending.ask_for(self.dialogue)

    def end(self) -> None:
        """Note that no more text will come."""
        self.generating = False
        self.over = True
        self.news.set()

    def follow(self, *, followed: bool) -> None:
        """Note whether another process follows the turn."""
        if followed and not self.followed:
            self.news.set()
        self.followed = followed

    def append(self, text: str) -> None:
        """Add text to the reply."""
        if not text:
            return
        if not self.text:
            self.news.set()
        self.progress.append(text)

"""Write what happens on a stage: messages, each with its row in the witness ledger."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.conversations.branch_repository import BranchRepository
from app.conversations.history import later
from app.conversations.participants import ParticipantRepository, circle_column
from app.conversations.presentation import present_message
from app.conversations.schemas import MessageOut
from app.conversations.stage_presentation import stage_line_of
from app.db.base import utc_now
from app.db.ids import new_id
from app.db.models import Conversation, Message, StageLine
from characters.stage.ledger import EventKind, StageEvent

Reason = dict[str, object]


@dataclass(slots=True)
class StageWriter:
    """Add messages to a branch of a stage, each after the one before."""

    session: AsyncSession
    conversation: Conversation
    leaf: UUID | None
    """The message that the next one follows."""
    written: list[tuple[Message, StageLine]] = field(default_factory=list)

    async def write(
        self,
        role: str,
        text: str,
        kind: EventKind = "direction",
        *,
        speaker: UUID | None = None,
        circle: Sequence[UUID] | None = None,
        about: Message | None = None,
        reason: Reason | None = None,
        id: UUID | None = None,
    ) -> StageEvent:
        """Add a message to the end of the branch; return it as the ledger takes it.

        What is passed on, ``about`` an earlier message, keeps that one's point in time.
        """
        until_scene = self.conversation.until_scene
        message = Message(
            id=id or new_id(),
            conversation_id=self.conversation.id,
            parent_id=self.leaf,
            role=role,
            content=text,
            hidden=False,
            until_scene=until_scene if about is None else later(until_scene, about.until_scene),
            finish_reason="stop" if role == "assistant" else None,
        )
        self.session.add(message)
        await self.session.flush()
        line = StageLine(
            message_id=message.id,
            kind=kind,
            speaker_id=speaker,
            circle=circle_column(circle),
            about=None if about is None else about.id,
            reason=reason,
        )
        self.session.add(line)
        await self.session.flush()
        self.written.append((message, line))
        self.leaf = message.id
        return StageEvent(
            id=message.id,
            kind=kind,
            speaker=speaker,
            circle=None if circle is None else frozenset(circle),
            about=None if about is None else about.id,
        )

    async def end(self) -> None:
        """Make what was written the visible branch."""
        self.conversation.active_leaf_id = self.leaf
        self.conversation.updated_at = utc_now()
        self.conversation.turns_ahead = 0
        await self.session.flush()

    async def present(self) -> Sequence[MessageOut]:
        """Return what was written as the API shows it."""
        cast = await ParticipantRepository(self.session, self.conversation.id).cast()
        branches = BranchRepository(self.session, self.conversation.id)
        siblings = await branches.siblings({message.parent_id for message, _ in self.written})
        return [
            present_message(
                message, siblings[message.parent_id], stage_line_of(line, cast), latest=None
            )
            for message, line in self.written
        ]

"""Store lines of a script as messages: said at once, and without a model."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.conversations.participants import ParticipantRepository
from app.conversations.presentation import present_message
from app.conversations.scene_view import ScenePlay
from app.conversations.schemas import MessageOut
from app.conversations.stage_presentation import stage_line_of
from app.db.base import utc_now
from app.db.ids import new_id
from app.db.models import Conversation, Message, StageLine
from characters.stage.ledger import EventKind


@dataclass(slots=True)
class SceneWriter:
    """Write what happens in a scene, each message after the one before."""

    session: AsyncSession
    conversation: Conversation
    leaf: UUID | None
    """The message that the next one follows."""
    written: list[tuple[Message, StageLine]] = field(default_factory=list)

    async def say(
        self,
        role: str,
        text: str,
        reason: dict[str, object] | None,
        *,
        kind: EventKind = "line",
        speaker: UUID | None = None,
    ) -> Message:
        """Add a message to the end of the branch."""
        message = Message(
            id=new_id(),
            conversation_id=self.conversation.id,
            parent_id=self.leaf,
            role=role,
            content=text,
            until_scene=self.conversation.until_scene,
            finish_reason="stop" if role == "assistant" else None,
        )
        self.session.add(message)
        await self.session.flush()
        line = StageLine(message_id=message.id, kind=kind, speaker_id=speaker, reason=reason)
        self.session.add(line)
        self.written.append((message, line))
        self.leaf = message.id
        return message

    async def play(self, play: ScenePlay, start: int) -> None:
        """Add the true lines from ``start`` to the user's next, and what happens between them."""
        coming = play.scene.until_own(start)
        for at in [*coming, *([coming.stop] if coming.stop < len(play.scene.lines) else [])]:
            line = play.scene.lines[at]
            for text in line.before:
                await self.say("direction", text, {"kind": "script"}, kind="direction")
            if at != coming.stop:
                reason: dict[str, object] = {"kind": "script", "line": at}
                await self.say("assistant", line.text, reason, speaker=play.speakers[at])

    async def end(self) -> None:
        """Make what was written the visible branch."""
        self.conversation.active_leaf_id = self.leaf
        self.conversation.updated_at = utc_now()
        self.conversation.turns_ahead = 0
        await self.session.flush()

    async def present(self) -> Sequence[MessageOut]:
        """Return what was written as the API shows it."""
        cast = await ParticipantRepository(self.session, self.conversation.id).cast()
        return [
            present_message(message, [message.id], stage_line_of(line, cast), latest=None)
            for message, line in self.written
        ]

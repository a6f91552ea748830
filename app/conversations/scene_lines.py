"""Store lines of a script as messages: said at once, and without a model."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.conversations.branch_repository import BranchRepository
from app.conversations.participants import ParticipantRepository, event_of
from app.conversations.presentation import present_message
from app.conversations.scene_view import ScenePlay
from app.conversations.schemas import MessageOut
from app.conversations.stage_presentation import stage_line_of
from app.conversations.stage_view import StageBranch, load_stage
from app.db.base import utc_now
from app.db.ids import new_id
from app.db.models import Conversation, Message, StageLine
from characters.language import Language
from characters.scenes.moves import Move, moves
from characters.stage import texts
from characters.stage.ledger import EventKind

_SCRIPT: dict[str, object] = {"kind": "script"}
"""Why a direction of the script is there."""


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
        """Add the true lines from ``start`` to the user's next, and what happens between them.

        Who comes or goes by a direction does so on the stage; who speaks is there.
        """
        await self.session.flush()
        stage = await load_stage(self.session, self.conversation, self.leaf)
        coming = play.scene.until_own(start)
        for at in [*coming, *([coming.stop] if coming.stop < len(play.scene.lines) else [])]:
            line = play.scene.lines[at]
            for text in line.before:
                await self._happen(stage, text)
            if at != coming.stop:
                reason: dict[str, object] = {"kind": "script", "line": at}
                message = await self.say("assistant", line.text, reason, speaker=play.speakers[at])
                stage.followed_by(event_of(message.id, "line", play.speakers[at], None, None))

    async def _happen(self, stage: StageBranch, text: str) -> None:
        """Add a direction of the script; who comes or goes beside the first has one of its own."""
        names = {each.participant.id: each.names for each in stage.cast}
        found = await asyncio.to_thread(lambda: [*moves(text, names, stage.ledger.on_stage)])
        if not found:
            await self.say("direction", text, _SCRIPT, kind="direction")
        for at, move in enumerate(found):
            said = text if at == 0 else self._worded(stage, move)
            message = await self.say("direction", said, _SCRIPT, kind=move.kind, speaker=move.who)
            stage.followed_by(event_of(message.id, move.kind, move.who, None, None))

    def _worded(self, stage: StageBranch, move: Move[UUID]) -> str:
        language: Language = "zh" if self.conversation.character.language == "zh" else "en"
        worded = texts.enters if move.kind == "enters" else texts.leaves
        return worded(stage.name_of(move.who), language)

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

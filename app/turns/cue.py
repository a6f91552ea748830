"""Hold whose turn it is on a stage, and why."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from uuid import UUID

from app.conversations.participants import CastMember, circle_column
from app.conversations.stage_schemas import StageSpeaker
from app.conversations.stage_view import StageBranch
from app.db.models import Character, StageLine


@dataclass(frozen=True, slots=True)
class Cue:
    """Hold who is to speak, and why."""

    participant_id: UUID
    reason: dict[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class StagePart:
    """Hold the part of one participant in the turn that it speaks."""

    stage: StageBranch
    """Up to the message that it answers."""
    member: CastMember
    character: Character
    circle: Sequence[UUID] | None = None
    """Who alone hears the reply; None: all on stage."""
    reason: dict[str, object] = field(default_factory=dict)

    @property
    def speaker(self) -> StageSpeaker:
        """The speaker, as events and messages name it."""
        participant = self.member.participant
        return StageSpeaker(id=participant.id, slug=self.character.slug, name=participant.name)

    def line_of(self, message_id: UUID) -> StageLine:
        """Return what the ledger knows of the reply, as a row."""
        return StageLine(
            message_id=message_id,
            kind="line",
            speaker_id=self.member.participant.id,
            circle=circle_column(self.circle),
            reason=self.reason or None,
        )

"""Present a stage as the API shows it: its cast, and who says and hears each message."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.catalog.service import avatar_address
from app.conversations.participants import CastMember, ParticipantRepository
from app.conversations.stage_schemas import ParticipantOut, StageLineOut, StageSpeaker
from app.conversations.stage_view import load_stage
from app.db.models import Conversation, StageLine


async def present_participants(
    session: AsyncSession, conversation: Conversation
) -> list[ParticipantOut]:
    """Return the cast of a conversation, and who is on stage at the end of the visible branch."""
    if not conversation.is_stage:
        lead = conversation.character
        return [
            ParticipantOut(
                id=None,
                slug=lead.slug,
                name=lead.name,
                avatar=avatar_address(lead),
                on_stage=True,
                note="",
            )
        ]
    stage = await load_stage(session, conversation, conversation.active_leaf_id)
    present = stage.on_stage
    return [
        ParticipantOut(
            id=each.participant.id,
            slug=each.character.slug if each.character else None,
            name=each.participant.name,
            avatar=avatar_address(each.character) if each.character else None,
            on_stage=each in present,
            note=each.participant.note,
        )
        for each in stage.cast
    ]


async def present_stage_lines(
    session: AsyncSession, conversation: Conversation, messages: Sequence[UUID]
) -> Mapping[UUID, StageLineOut]:
    """Return what the ledger knows of messages, by their ids."""
    repository = ParticipantRepository(session, conversation.id)
    cast = await repository.cast()
    lines = await repository.lines(messages)
    return {id: stage_line_of(line, cast) for id, line in lines.items()}


def stage_line_of(line: StageLine, cast: Sequence[CastMember]) -> StageLineOut:
    """Return what the ledger knows of a message."""
    return StageLineOut.model_validate(
        {
            "kind": line.kind,
            "speaker": speaker_of(cast, line.speaker_id),
            "circle": line.circle,
            "about": line.about,
            "reason": line.reason,
        }
    )


def speaker_of(cast: Sequence[CastMember], id: object) -> StageSpeaker | None:
    """Return the participant with this id; None where the cast has none."""
    found = next((each for each in cast if each.participant.id == id), None)
    if found is None:
        return None
    slug = found.character.slug if found.character else None
    return StageSpeaker(id=found.participant.id, slug=slug, name=found.participant.name)

"""Keep stages whose first character is deleted: another participant's character takes its place."""

from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.db.models import Character, Conversation, Participant


async def hand_on_stages(session: AsyncSession, character_id: UUID) -> None:
    """Give the stages that begin with a character to the next of their participants.

    A stage without another character stays as it is, and goes with this one.
    """
    others = (
        select(Participant.character_id)
        .join(Character, Character.id == Participant.character_id)
        .where(
            Participant.conversation_id == Conversation.id,
            Participant.character_id != character_id,
            Character.deleted_at.is_(None),
        )
        .correlate(Conversation)
    )
    following = others.order_by(Participant.position, Participant.id).limit(1)
    await session.execute(
        update(Conversation)
        .where(
            Conversation.character_id == character_id,
            Conversation.is_stage,
            others.exists(),
        )
        .values(character_id=following.scalar_subquery())
        .execution_options(synchronize_session=False)
    )

"""Hand what a guest has to an account."""

from sqlalchemy import delete, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.db.models import Conversation, UserPersona


async def hand_over(session: AsyncSession, before: str, after: str) -> int:
    """Give the conversations and the persona of one owner to another; return how many.

    A persona that the new owner has already stays.
    """
    moved = update(Conversation).where(Conversation.owner == before).values(owner=after)
    given = (await session.scalars(moved.returning(Conversation.id))).all()
    persona = await session.get(UserPersona, before)
    if persona is not None and await session.get(UserPersona, after) is None:
        session.add(UserPersona(owner=after, name=persona.name, description=persona.description))
    await session.execute(delete(UserPersona).where(UserPersona.owner == before))
    return len(given)

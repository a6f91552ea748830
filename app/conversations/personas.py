"""Read and store who a user is: the name and description that new conversations begin with."""

from sqlalchemy.ext.asyncio import AsyncSession

from app.conversations.schemas import PersonaOut, PersonaUpdate
from app.db.models import UserPersona


async def read_persona(session: AsyncSession, owner: str) -> PersonaOut:
    """Return the owner's persona; without one, both fields are empty."""
    stored = await session.get(UserPersona, owner)
    if stored is None:
        return PersonaOut(name="", description="")
    return PersonaOut(name=stored.name, description=stored.description)


async def store_persona(session: AsyncSession, owner: str, wanted: PersonaUpdate) -> PersonaOut:
    """Store the owner's persona in place of the one before; two empty fields delete it.

    Conversations that exist keep their own name and description.
    """
    stored = await session.get(UserPersona, owner)
    if not (wanted.name or wanted.description):
        if stored is not None:
            await session.delete(stored)
    else:
        await session.merge(
            UserPersona(owner=owner, name=wanted.name, description=wanted.description)
        )
    await session.flush()
    return PersonaOut(name=wanted.name, description=wanted.description)

"""Count what an owner has."""

from uuid import UUID

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.access import Caller
from app.db.kept_counts import read_counts, read_messages
from app.db.models import (
    ApiKey,
    Character,
    Conversation,
    Favourite,
    Person,
    RehearsedLine,
    Script,
    Signal,
    UserPersona,
)
from app.own_data.schemas import Confirmation, OwnCharacter, OwnData
from app.settings import ConversationSettings

_MOST_CHARACTERS = 1_000


async def describe_own_data(
    session: AsyncSession, caller: Caller, settings: ConversationSettings
) -> OwnData:
    """Return how much the caller has, and whom erasing it concerns."""
    owner, person = caller.owner, caller.person
    own = Conversation.owner == owner
    conversations = select(Conversation.id).where(own)
    return OwnData(
        conversations=await _count(session, own),
        messages=await read_messages(session, conversations),
        favourites=await _count(session, Favourite.owner == owner),
        persona=await session.get(UserPersona, owner) is not None,
        keys=0 if person is None else await _count(session, ApiKey.person_id == person),
        scripts=await _count(session, Script.owner == owner),
        rehearsed_lines=await _count(session, RehearsedLine.owner == owner),
        signals=await _count(session, Signal.owner == owner),
        characters=await _characters(session, owner),
        conversations_kept_days=settings.days_for(guest=caller.role == "guest"),
        confirmation=await confirmation_of(session, person),
    )


async def _count(session: AsyncSession, condition: ColumnElement[bool]) -> int:
    return await session.scalar(select(func.count()).where(condition)) or 0


async def confirmation_of(session: AsyncSession, person: UUID | None) -> Confirmation:
    """Return what a person types before everything is erased; a guest types nothing."""
    if person is None:
        return "nothing"
    stored = await session.scalar(select(Person.password_hash).where(Person.id == person))
    return "login" if stored is None else "password"


async def _characters(session: AsyncSession, owner: str) -> list[OwnCharacter]:
    """Return the owner's characters, the most talked to first."""
    ids = select(Character.id).where(Character.owner == owner)
    talks = await read_counts(session, "owned_conversations", ids)
    own = (
        select(Conversation.character_id, func.count())
        .where(Conversation.owner == owner, Conversation.character_id.in_(ids))
        .group_by(Conversation.character_id)
    )
    for character_id, conversations in await session.execute(own):
        talks[character_id] -= conversations
    found = await session.execute(
        select(Character.id, Character.slug, Character.name, Character.published)
        .where(Character.owner == owner)
        .order_by(Character.id)
    )
    most_talked_to = sorted(found, key=lambda row: -talks[row.id])[:_MOST_CHARACTERS]
    return [
        OwnCharacter(slug=slug, name=name, published=published, conversations_of_others=talks[id])
        for id, slug, name, published in most_talked_to
    ]

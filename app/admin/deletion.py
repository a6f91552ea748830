"""Delete characters for good, or so that they can be restored for a while."""

from datetime import timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from app.access import Caller
from app.access.audit import record
from app.catalog.repository import CharacterRepository
from app.catalog.service import get_own_character, target_of
from app.catalog.visibility import check_own
from app.conversations.stage_leads import hand_on_stages
from app.db.base import utc_now
from app.db.models import Character
from app.db.session import Database
from app.db.signals import Topic, announce
from app.search.jobs import cancel_index
from app.search.repository import ExampleRepository, IndexedCharacterRepository
from app.text import is_storable

RESTORABLE = timedelta(days=30)
"""How long a deleted character can be restored."""


async def delete_character(session: AsyncSession, slug: str, caller: Caller) -> Character:
    """Delete a character, its examples and its conversations for good.

    Its scripts stay, and stages that others are on.
    """
    character = await _find(session, slug, caller)
    record(session, caller.actor, "character_deleted", target_of(character), restorable=False)
    await purge_character(session, character)
    return character


async def put_aside(session: AsyncSession, slug: str, caller: Caller) -> Character:
    """Delete a character so that it can be restored, and stop its turns.

    Until it is restored no request finds it.
    """
    character = await get_own_character(session, slug, caller)
    await IndexedCharacterRepository(session).lock(character.id)
    await cancel_index(session, character.id)
    await hand_on_stages(session, character.id)
    character.deleted_at = utc_now()
    await announce(session, Topic.TURNS)
    record(session, caller.actor, "character_deleted", target_of(character), restorable=True)
    return character


async def purge_characters(database: Database) -> int:
    """Delete for good what was deleted too long ago to be restored; return the number."""
    purged = 0
    while True:
        async with database.write() as session:
            before = utc_now() - RESTORABLE
            character = await CharacterRepository(session).deleted_before(before)
            if character is None:
                return purged
            await purge_character(session, character)
            purged += 1


async def _find(session: AsyncSession, slug: str, caller: Caller) -> Character:
    """Return a character of the caller's, a deleted one included."""
    if is_storable(slug):
        deleted = await CharacterRepository(session).by_slug(slug, deleted=True)
        if deleted is not None:
            check_own(deleted, caller)
            return deleted
    return await get_own_character(session, slug, caller)


async def purge_character(session: AsyncSession, character: Character) -> None:
    """Delete a character, its examples and its conversations, but stages that others are on."""
    await IndexedCharacterRepository(session).lock(character.id)
    await hand_on_stages(session, character.id)
    await ExampleRepository(session).delete_of(character.id)
    await CharacterRepository(session).delete(character)
    await announce(session, Topic.TURNS)

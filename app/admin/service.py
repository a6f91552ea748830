"""Count, describe and delete for operators."""

from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from app.access import Caller
from app.admin.deletion import RESTORABLE
from app.admin.ownership import present_owners
from app.admin.repository import AdminRepository
from app.admin.schemas import AdminCharacter, DeletedCharacter, DeletedScript, Deletion, Stats
from app.catalog.service import get_own_character, present_all
from app.catalog.visibility import count_guests
from app.db.models import Character, Conversation, Example, Message, Script
from app.db.session import Database
from app.settings import RetrievalMode


async def present_for_admin(
    session: AsyncSession, characters: Sequence[Character]
) -> list[AdminCharacter]:
    """Return characters with their owners, and the number of conversations and messages."""
    conversation_totals = await AdminRepository(session).conversation_totals(
        [character.id for character in characters]
    )
    shown = await present_all(session, characters, reader=None)
    owners = await present_owners(session, (character.owner for character in characters))
    guests = await count_guests(session, [character.id for character in characters])
    return [
        AdminCharacter(
            **character.model_dump(),
            owner=owners[stored.owner],
            guests=guests.get(character.id, 0),
            conversations=conversation_totals.get(character.id, (0, 0))[0],
            messages=conversation_totals.get(character.id, (0, 0))[1],
        )
        for stored, character in zip(characters, shown, strict=True)
    ]


async def describe_deletion(session: AsyncSession, slug: str, caller: Caller) -> Deletion:
    """Return what deleting a character would delete.

    Raises :class:`~app.errors.NotFoundError` for an unknown slug, and
    :class:`~app.errors.ForbiddenError` for another's character.
    """
    character = await get_own_character(session, slug, caller)
    repository = AdminRepository(session)
    conversations, messages = (await repository.conversation_totals([character.id])).get(
        character.id, (0, 0)
    )
    return Deletion(
        conversations=conversations,
        messages=messages,
        examples=await repository.examples(character),
        scripts_kept=[
            DeletedScript(id=script.id, title=script.title) for script in character.scripts
        ],
    )


async def present_deleted(
    session: AsyncSession, characters: Sequence[Character]
) -> list[DeletedCharacter]:
    """Return deleted characters with what can be restored of them."""
    totals = await AdminRepository(session).conversation_totals([one.id for one in characters])
    return [
        DeletedCharacter(
            slug=one.slug,
            name=one.name,
            conversations=totals.get(one.id, (0, 0))[0],
            messages=totals.get(one.id, (0, 0))[1],
            deleted_at=one.deleted_at,
            purged_at=one.deleted_at + RESTORABLE,
        )
        for one in characters
        if one.deleted_at is not None
    ]


async def count_all(
    session: AsyncSession, database: Database, cached_indexes: int, retrieval: RetrievalMode
) -> Stats:
    """Return the service in numbers, with its ``retrieval`` mode."""
    repository = AdminRepository(session)
    scenes, lines = await repository.script_totals()
    kept = Character.deleted_at.is_(None)
    return Stats(
        characters=await repository.count(Character, kept),
        published=await repository.count(Character, kept, Character.published),
        indexing=await repository.count(Character, kept, Character.status == "indexing"),
        failed=await repository.count(Character, kept, Character.status == "failed"),
        scripts=await repository.count(Script),
        scenes=scenes,
        lines=lines,
        examples=await repository.count(Example),
        vectors=await repository.vectors(),
        conversations=await repository.count(Conversation, Conversation.deleted_at.is_(None)),
        messages=await repository.count(Message),
        database=database.dialect,
        database_bytes=await repository.database_bytes(database.dialect),
        cached_indexes=cached_indexes,
        retrieval=retrieval,
    )

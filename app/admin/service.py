"""Describe the service, and what a deletion deletes, for operators."""

from collections.abc import Sequence
from typing import get_args

from sqlalchemy.ext.asyncio import AsyncSession

from app.access import Caller
from app.admin.deletion import RESTORABLE
from app.admin.ownership import present_owners
from app.admin.repository import database_bytes
from app.admin.schemas import AdminCharacter, DeletedCharacter, DeletedScript, Deletion, Stats
from app.catalog.service import get_own_character, present_all
from app.db.kept_counts import Total, read_counts, read_totals
from app.db.models import Character
from app.db.session import Database
from app.settings import RetrievalMode


async def present_for_admin(
    session: AsyncSession, characters: Sequence[Character]
) -> list[AdminCharacter]:
    """Return characters with their owners, and the number of conversations and messages."""
    ids = [character.id for character in characters]
    conversations = await read_counts(session, "conversations", ids)
    messages = await read_counts(session, "messages", ids)
    shown = await present_all(session, characters, reader=None)
    owners = await present_owners(session, (character.owner for character in characters))
    guests = await read_counts(session, "guests", ids)
    return [
        AdminCharacter(
            **character.model_dump(),
            owner=owners[stored.owner],
            guests=guests[character.id],
            conversations=conversations[character.id],
            messages=messages[character.id],
        )
        for stored, character in zip(characters, shown, strict=True)
    ]


async def describe_deletion(session: AsyncSession, slug: str, caller: Caller) -> Deletion:
    """Return what deleting a character would delete.

    Raises :class:`~app.errors.NotFoundError` for an unknown slug, and
    :class:`~app.errors.ForbiddenError` for another's character.
    """
    character = await get_own_character(session, slug, caller)
    id = character.id
    return Deletion(
        conversations=(await read_counts(session, "conversations", [id]))[id],
        messages=(await read_counts(session, "messages", [id]))[id],
        examples=(await read_counts(session, "examples", [id]))[id],
        scripts_kept=[
            DeletedScript(id=script.id, title=script.title) for script in character.scripts
        ],
    )


async def present_deleted(
    session: AsyncSession, characters: Sequence[Character]
) -> list[DeletedCharacter]:
    """Return deleted characters with what can be restored of them."""
    ids = [one.id for one in characters]
    conversations = await read_counts(session, "conversations", ids)
    messages = await read_counts(session, "messages", ids)
    return [
        DeletedCharacter(
            slug=one.slug,
            name=one.name,
            conversations=conversations[one.id],
            messages=messages[one.id],
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
    totals = await read_totals(session, get_args(Total))
    return Stats(
        characters=totals["characters"],
        published=totals["published"],
        indexing=totals["indexing"],
        failed=totals["failed"],
        scripts=totals["scripts"],
        scenes=totals["scenes"],
        lines=totals["lines"],
        examples=totals["examples"],
        vectors=totals["vectors"],
        conversations=totals["kept_conversations"],
        messages=totals["messages"],
        database=database.dialect,
        database_bytes=await database_bytes(session, database.dialect),
        cached_indexes=cached_indexes,
        retrieval=retrieval,
    )

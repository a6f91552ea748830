"""Write who an owner is into the archive: account, persona, favourites, keys, sessions."""

from collections.abc import AsyncIterator
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.access import Caller
from app.access.keys import list_keys, visible_prefix
from app.conversations.personas import read_persona
from app.db.base import utc_now
from app.db.models import (
    Bookmark,
    Character,
    CharacterGuest,
    Favourite,
    Invitation,
    Login,
    Person,
    Script,
)
from app.db.session import Database
from app.own_data.files import OwnFile, to_json


async def account_files(database: Database, caller: Caller) -> AsyncIterator[OwnFile]:
    """Yield ``account.json``."""
    async with database.read() as session:
        facts = {
            "made_at": utc_now(),
            "account": await _account(session, caller),
            "persona": (await read_persona(session, caller.owner)).model_dump(),
            "favourites": await _characters(session, Favourite, caller.owner),
            "bookmarks": await _bookmarks(session, caller.owner),
            "let_in_by_link": await _characters(session, CharacterGuest, caller.owner),
        }
    yield OwnFile("account.json", to_json(facts))


async def _characters(
    session: AsyncSession, table: type[Favourite] | type[CharacterGuest], owner: str
) -> list[dict[str, Any]]:
    """Return characters that a table links to the owner, with the time of each link."""
    statement = (
        select(Character.slug, Character.name, table.created_at)
        .join(table, table.character_id == Character.id)
        .where(table.owner == owner)
        .order_by(table.created_at)
    )
    return [dict(row._mapping) for row in await session.execute(statement)]


async def _bookmarks(session: AsyncSession, owner: str) -> list[dict[str, Any]]:
    """Return how far the owner is in which scripts."""
    statement = (
        select(Script.id, Script.title, Bookmark.scene, Bookmark.kind, Bookmark.value)
        .add_columns(Bookmark.updated_at)
        .join(Script, Script.id == Bookmark.script_id)
        .where(Bookmark.owner == owner)
        .order_by(Bookmark.updated_at)
    )
    return [dict(row._mapping) for row in await session.execute(statement)]


async def _account(session: AsyncSession, caller: Caller) -> dict[str, Any] | None:
    """Return a person's account; None for a guest, who has none."""
    person = None if caller.person is None else await session.get(Person, caller.person)
    if person is None:
        return None
    shown = ("id", "login", "name", "role", "language", "created_at", "seen_at")
    sessions = await session.execute(
        select(Login.created_at, Login.seen_at).where(Login.person_id == person.id)
    )
    invitations = await session.scalars(
        select(Invitation).where(Invitation.made_by == person.id).order_by(Invitation.id)
    )
    return {
        **{name: getattr(person, name) for name in shown},
        "keys": [
            {
                "prefix": visible_prefix(key),
                "label": key.label,
                "scopes": key.scopes,
                "created_at": key.created_at,
                "last_used_at": key.last_used_at,
                "revoked_at": key.revoked_at,
            }
            for key in await list_keys(session, person.id)
        ],
        "sessions": [dict(row._mapping) for row in sessions],
        "invitations": [
            {
                name: getattr(each, name)
                for name in ("role", "note", "uses_left", "created_at", "expires_at")
            }
            for each in invitations
        ],
    }

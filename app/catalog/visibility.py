"""Decide who sees a character, and who may change it.

A published character is everyone's to find. Another is its owner's, and admins'; who opens its link
is let in, and stays so until the link is taken back.
"""

import secrets
from typing import Literal

from sqlalchemy import ColumnElement, delete, exists, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import selectinload

from app.access import Caller
from app.db.base import utc_now
from app.db.models import Character, CharacterGuest, Script
from app.errors import ForbiddenError, NotFoundError
from app.text import is_storable

_LINK_BYTES = 32
Visibility = Literal["private", "link", "published"]


def talkable_by(owner: str) -> ColumnElement[bool]:
    """Select the characters that an owner of conversations may talk to."""
    return or_(Character.published, Character.owner == owner, _is_guest(owner))


def _is_guest(owner: str) -> ColumnElement[bool]:
    return exists().where(
        CharacterGuest.character_id == Character.id, CharacterGuest.owner == owner
    )


async def may_talk(session: AsyncSession, character: Character, owner: str) -> bool:
    """Return whether an owner of conversations may talk to a character."""
    if character.published or character.owner == owner:
        return True
    return await session.get(CharacterGuest, (owner, character.id)) is not None


async def may_see(session: AsyncSession, character: Character, caller: Caller) -> bool:
    """Return whether a caller may see a character."""
    return caller.admin or await may_talk(session, character, caller.owner)


def visibility_of(character: Character) -> Visibility:
    """Return who finds a character beside its owner."""
    if character.published:
        return "published"
    return "private" if character.link is None else "link"


def is_own(character: Character, caller: Caller) -> bool:
    """Return whether a character is the caller's to change, as all are an admin's."""
    return caller.admin or character.owner == caller.maker


def check_own(character: Character, caller: Caller) -> None:
    """Raise :class:`~app.errors.ForbiddenError` (``not_yours``) unless a caller may change it."""
    if not is_own(character, caller):
        raise ForbiddenError("not_yours", f"{character.name} belongs to another.")


async def share(session: AsyncSession, character: Character) -> str:
    """Return the random part of the character's link, which it gets if it has none."""
    if character.link is None:
        character.link = secrets.token_urlsafe(_LINK_BYTES)
        character.updated_at = utc_now()
    return character.link


async def unshare(session: AsyncSession, character: Character) -> None:
    """Take the character's link back, and with it the access of all who came by it."""
    character.link = None
    character.updated_at = utc_now()
    gone = delete(CharacterGuest).where(CharacterGuest.character_id == character.id)
    await session.execute(gone)


async def renew_link(session: AsyncSession, character: Character) -> str:
    """Return a new link for the character; the old one ends, with the access of all it let in."""
    await unshare(session, character)
    return await share(session, character)


async def set_visibility(session: AsyncSession, character: Character, wanted: Visibility) -> None:
    """Make a character private, open to its link's holders, or published.

    A private one loses its link. A published one keeps it, for when it is withdrawn again.
    """
    character.published = wanted == "published"
    character.updated_at = utc_now()
    if wanted == "link":
        await share(session, character)
    elif wanted == "private":
        await unshare(session, character)


async def let_in(session: AsyncSession, link: str, owner: str) -> Character:
    """Let an owner of conversations in to the character with this link.

    Raises :class:`~app.errors.NotFoundError` (``link_not_found``).
    """
    statement = (
        select(Character)
        .where(Character.link == link, Character.deleted_at.is_(None))
        .options(selectinload(Character.scripts))
    )
    character = await session.scalar(statement) if is_storable(link) else None
    if character is None:
        raise NotFoundError("link_not_found", "This link was taken back, or never existed.")
    build = postgresql.insert if _is_postgresql(session) else sqlite.insert
    row = {"owner": owner, "character_id": character.id, "created_at": utc_now()}
    await session.execute(build(CharacterGuest).on_conflict_do_nothing(), row)
    return character


async def hand_over(session: AsyncSession, before: str, after: str) -> None:
    """Give what one owner made, and was let in to, to another.

    A script stays where the new owner has one of the same title.
    """
    await session.execute(update(Character).where(Character.owner == before).values(owner=after))
    titles = select(Script.title).where(Script.owner == after).scalar_subquery()
    await session.execute(
        update(Script)
        .where(Script.owner == before, Script.title.not_in(titles))
        .values(owner=after)
        .execution_options(synchronize_session=False)
    )
    both = select(CharacterGuest.character_id).where(CharacterGuest.owner == after)
    await session.execute(
        update(CharacterGuest)
        .where(CharacterGuest.owner == before, CharacterGuest.character_id.not_in(both))
        .values(owner=after)
        .execution_options(synchronize_session=False)
    )
    await session.execute(delete(CharacterGuest).where(CharacterGuest.owner == before))


def _is_postgresql(session: AsyncSession) -> bool:
    return session.get_bind().dialect.name == "postgresql"

"""Say whose scripts and characters are, and give them to another owner."""

import re
from collections.abc import Iterable
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from app.access import Caller
from app.access.identity import owner_of, person_of
from app.admin.schemas import AdminScript, Owner, ScriptOwnerChange
from app.catalog.service import get_character
from app.db.models import Character, Person, Script
from app.errors import ConflictError, NotFoundError
from app.scripts.repository import ScriptRepository
from app.scripts.schemas import ScriptSummary
from app.scripts.service import get_script

HOUSE, ME = "house", "me"
_GUEST = re.compile(r"[0-9a-f]{64}", re.ASCII)
"""How guests' owners look: the hash of a cookie, which lets no one in."""


async def owner_named(session: AsyncSession, key: str, caller: Caller) -> str:
    """Return the owner that scripts and characters store, by its ``key`` in the admin API.

    Raises :class:`~app.errors.NotFoundError` (``owner_not_found``).
    """
    if key in (HOUSE, ME):
        return "" if key == HOUSE else caller.maker
    if _GUEST.fullmatch(key):
        return key
    try:
        person = await session.get(Person, UUID(key))
    except ValueError:
        person = None
    if person is None:
        raise NotFoundError("owner_not_found", "No owner has this key. Choose one of the list.")
    return owner_of(person.id)


async def present_owners(session: AsyncSession, owners: Iterable[str]) -> dict[str, Owner]:
    """Return each owner as admins see it, the people among them fetched in one query."""
    wanted = set(owners)
    ids = [id for id in map(person_of, wanted) if id is not None]
    found = await session.scalars(select(Person).where(Person.id.in_(ids)))
    people = {person.id: person for person in found}
    return {owner: _present(owner, people) for owner in wanted}


def _present(owner: str, people: dict[UUID, Person]) -> Owner:
    if not owner:
        return Owner(kind="house", key=HOUSE)
    id = person_of(owner)
    if id is None:
        return Owner(kind="guest", key=owner)
    person = people.get(id)
    return Owner(
        kind="person",
        key=str(id),
        name=person.name if person else "",
        login=person.login if person else "",
    )


async def present_scripts(session: AsyncSession, scripts: list[Script]) -> list[AdminScript]:
    """Return scripts with their owners, and how many characters play in each."""
    owners = await present_owners(session, (script.owner for script in scripts))
    playing = await ScriptRepository(session).playing([script.id for script in scripts])
    return [
        AdminScript(
            **ScriptSummary.model_validate(script).model_dump(),
            owner=owners[script.owner],
            characters=playing.get(script.id, 0),
        )
        for script in scripts
    ]


async def give_character(
    session: AsyncSession, slug: str, key: str, caller: Caller
) -> tuple[Character, str]:
    """Give a character to the owner with this key; return it, and its owner before.

    Raises :class:`~app.errors.NotFoundError` for an unknown character or owner.
    """
    character = await get_character(session, slug)
    before, character.owner = character.owner, await owner_named(session, key, caller)
    return character, before


async def give_script(
    session: AsyncSession, id: UUID, change: ScriptOwnerChange, caller: Caller
) -> tuple[Script, str]:
    """Give a script to another owner, under another title if one is given.

    Raises :class:`~app.errors.ConflictError` (``title_taken``) where the new owner has a script
    of the title, and :class:`~app.errors.NotFoundError` for an unknown script or owner.
    """
    script = await get_script(session, id)
    before, title = script.owner, change.title or script.title
    after = await owner_named(session, change.owner, caller)
    same = await ScriptRepository(session).by_title(title, after)
    if same is not None and same.id != script.id:
        raise _title_taken(title)
    script.owner, script.title = after, title
    try:
        await session.flush()
    except IntegrityError as error:  # the owner stored one of this title at the same moment
        raise _title_taken(title) from error
    return script, before


def _title_taken(title: str) -> ConflictError:
    return ConflictError(
        "title_taken",
        f"The new owner has a script called “{title}” already. Give this one another title.",
    )

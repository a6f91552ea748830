"""Find people by their accounts elsewhere: at an OpenID provider, or at a trusted proxy."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncSession

from app.access.identity import PersonIdentity
from app.access.people import identify_person
from app.db.base import utc_now
from app.db.models import Person, PersonLink
from app.db.session import Database

PROXY = "proxy"
"""The issuer of users whom a trusted proxy names; that of a provider is an address."""
_USED_EVERY = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Linked:
    """Hold the person that a link leads to; None for a disabled one."""

    person: PersonIdentity | None


async def find_link(
    session: AsyncSession, issuer: str, subject: str
) -> tuple[PersonLink, Person] | None:
    """Return the link of a user elsewhere, and its person; None where there is none."""
    statement = (
        select(PersonLink, Person)
        .join(Person, Person.id == PersonLink.person_id)
        .where(PersonLink.issuer == issuer, PersonLink.subject == subject)
    )
    found = (await session.execute(statement)).first()
    return None if found is None else (found[0], found[1])


class LinkStore:
    """Look links up, each time in a short session of its own."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def find(self, issuer: str, subject: str) -> Linked | None:
        """Return whom a user elsewhere is here; record that they were seen."""
        async with self._database.read() as session:
            found = await find_link(session, issuer, subject)
        if found is None:
            return None
        link, person = found
        identity = identify_person(person)
        if identity is not None:
            await self._note_use(link, utc_now())
        return Linked(identity)

    async def _note_use(self, link: PersonLink, now: datetime) -> None:
        if now - link.used_at < _USED_EVERY:
            return
        try:
            async with self._database.write() as session:
                used = update(PersonLink).where(PersonLink.id == link.id).values(used_at=now)
                await session.execute(used)
                seen = update(Person).where(Person.id == link.person_id).values(seen_at=now)
                await session.execute(seen)
        except SQLAlchemyError:
            return  # a busy database is no reason to shut a person out; the next request records it

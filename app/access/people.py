"""Find people who have an account, and check their passwords."""

from uuid import UUID

from sqlalchemy import select, update

from app.access.identity import PersonIdentity
from app.access.passwords import Passwords
from app.access.roles import PERSON_ROLES, Role
from app.db.models import Person
from app.db.session import Database


def identify_person(person: Person) -> PersonIdentity | None:
    """Return the identity of a person; None for a disabled one."""
    if person.disabled_at is not None:
        return None
    return PersonIdentity(person.id, person.login, person.name, role_of(person), person.language)


def role_of(person: Person) -> Role:
    """Return the role of a person. Raises :class:`ValueError` for one of a newer version."""
    for role in PERSON_ROLES:
        if person.role == role:
            return role
    raise ValueError(f"{person.role!r} is no role")


def login_of(text: str) -> str:
    """Return what a person signs in with as it is stored: without regard to case."""
    return text.strip().casefold()


class PeopleStore:
    """Look people up, each time in a short session of its own."""

    def __init__(self, database: Database, passwords: Passwords) -> None:
        self._database = database
        self._passwords = passwords

    async def has_admin(self, *, besides: UUID | None = None) -> bool:
        """Return whether an admin, another one than ``besides``, can sign in."""
        statement = select(Person.id).where(Person.role == "admin", Person.disabled_at.is_(None))
        if besides is not None:
            statement = statement.where(Person.id != besides)
        async with self._database.read() as session:
            return await session.scalar(statement.limit(1)) is not None

    async def check(self, login: str, password: str) -> PersonIdentity | None:
        """Return the person with this login and password; None where either is wrong."""
        async with self._database.read() as session:
            person = await session.scalar(select(Person).where(Person.login == login_of(login)))
        stored = None if person is None else person.password_hash
        if not await self._passwords.check(password, stored) or person is None or stored is None:
            return None
        if self._passwords.is_outdated(stored):
            await self._replace_hash(person.id, stored, await self._passwords.hash(password))
        return identify_person(person)

    async def _replace_hash(self, person: UUID, before: str, after: str) -> None:
        statement = update(Person).where(Person.id == person, Person.password_hash == before)
        async with self._database.write() as session:
            await session.execute(statement.values(password_hash=after))

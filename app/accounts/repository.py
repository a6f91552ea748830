"""Query people and invitations."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, and_, delete, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.db.models import ApiKey, Invitation, Login, OpenIDFlow, Person, PersonLink
from app.errors import NotFoundError


class PeopleRepository:
    """Query and change people within one session."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def get(self, id: UUID) -> Person:
        """Return a person. Raises :class:`~app.errors.NotFoundError` (``person_not_found``)."""
        person = await self._session.get(Person, id)
        if person is None:
            raise NotFoundError("person_not_found", "There is no such person.")
        return person

    async def by_login(self, login: str) -> Person | None:
        """Return the person with this login, as it is stored."""
        return await self._session.scalar(select(Person).where(Person.login == login))

    async def page(self, search: str, after: UUID | None, limit: int) -> Sequence[Person]:
        """Return people, newest first; ``search``: part of their login or name."""
        statement = select(Person).order_by(Person.id.desc()).limit(limit)
        if after is not None:
            statement = statement.where(Person.id < after)
        if search:
            named = Person.name.icontains(search, autoescape=True)
            login = Person.login.icontains(search.casefold(), autoescape=True)
            statement = statement.where(or_(named, login))
        return (await self._session.scalars(statement)).all()

    async def end_sessions(self, person: UUID, *, keep: UUID | None = None) -> None:
        """End the sessions of a person, except ``keep``."""
        ended = delete(Login).where(Login.person_id == person)
        await self._session.execute(ended if keep is None else ended.where(Login.id != keep))

    async def revoke_keys(self, person: UUID, now: datetime) -> None:
        """Revoke all keys of a person."""
        live = update(ApiKey).where(ApiKey.person_id == person, ApiKey.revoked_at.is_(None))
        await self._session.execute(live.values(revoked_at=now))

    async def delete(self, person: UUID) -> None:
        """Delete an account, if it exists, with its keys, sessions and accounts elsewhere."""
        for table in (ApiKey, Login, PersonLink, OpenIDFlow):
            await self._session.execute(delete(table).where(table.person_id == person))
        await self._session.execute(delete(Person).where(Person.id == person))


class InvitationRepository:
    """Query and change invitations within one session."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def all(self, now: datetime) -> Sequence[Invitation]:
        """Return the invitations that can still be used, newest first."""
        statement = select(Invitation).where(_is_valid(now)).order_by(Invitation.id.desc())
        return (await self._session.scalars(statement)).all()

    async def find(self, token_hash: str, now: datetime) -> Invitation | None:
        """Return the invitation with this hash while it can be used."""
        statement = select(Invitation).where(Invitation.token_hash == token_hash, _is_valid(now))
        return await self._session.scalar(statement)

    async def use(self, token_hash: str, now: datetime) -> str | None:
        """Take one use of an invitation; return its role, or None where it cannot be used.

        Of several people who use its last one at once, exactly one gets it.
        """
        used = update(Invitation).where(Invitation.token_hash == token_hash, _is_valid(now))
        used_up = used.values(uses_left=Invitation.uses_left - 1).returning(Invitation.role)
        role: str | None = await self._session.scalar(used_up)
        return role

    async def delete(self, id: UUID) -> None:
        """Delete an invitation. Raises :class:`~app.errors.NotFoundError`."""
        gone = delete(Invitation).where(Invitation.id == id).returning(Invitation.id)
        if await self._session.scalar(gone) is None:
            raise NotFoundError("invitation_not_found", "There is no such invitation.")

    async def discard_used(self, now: datetime) -> None:
        """Delete the invitations that cannot be used any more."""
        await self._session.execute(delete(Invitation).where(~_is_valid(now)))


def _is_valid(now: datetime) -> ColumnElement[bool]:
    return and_(Invitation.uses_left > 0, Invitation.expires_at > now)

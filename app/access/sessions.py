"""Store the sessions of the pages: random ids in cookies, their hashes in rows."""

import secrets
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, and_, delete, or_, select, update
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncSession

from app.access.identity import KeyIdentity, PersonIdentity, Session
from app.access.keys import hash_key, identify_key
from app.access.people import identify_person
from app.db.base import utc_now
from app.db.models import ApiKey, Login, Person
from app.db.session import Database

LONGEST = timedelta(hours=12)
"""Life of an admin's session from its sign-in, used or not."""
LONGEST_IDLE = timedelta(hours=2)
LONGEST_OF_PERSON = timedelta(days=30)
"""Life of the session of a person who is no admin."""
LONGEST_IDLE_OF_PERSON = timedelta(days=14)
RENEWED_AFTER = timedelta(hours=3)
_OVERLAP = timedelta(minutes=1)
"""How long the id before a renewal stays valid, for requests already under way."""
_SEEN_EVERY = timedelta(minutes=5)
CONFIGURED = KeyIdentity(None, "configured")


class SessionStore:
    """Begin, find, renew and end sessions, each in a transaction of its own."""

    def __init__(self, database: Database, configured_key: str | None) -> None:
        """``configured_key``: a digest of the configured key now in force; None without one."""
        self._database = database
        self._configured_key = configured_key

    async def begin(self, by: KeyIdentity | PersonIdentity, replaced: UUID | None = None) -> str:
        """Return the id of a new session, begun with a key or by a person.

        ``replaced``: the row of the session that it takes the place of.
        """
        token = _new_token()
        now = utc_now()
        row = Login(token_hash=hash_key(token))
        if isinstance(by, PersonIdentity):
            row.person_id = by.id
        else:
            row.key_id = by.id
            row.configured_key = self._configured_key if by.id is None else None
        async with self._database.write() as session:
            await session.execute(delete(Login).where(_is_over(now)))
            if replaced is not None:
                await session.execute(delete(Login).where(Login.id == replaced))
            session.add(row)
            await _note_use(session, row, now)
        return token

    async def find(self, token: str) -> Session | None:
        """Return the session with this id where it is valid, else None; record that it was seen."""
        hashed = hash_key(token)
        now = utc_now()
        statement = (
            select(Login, ApiKey, Person)
            .outerjoin(ApiKey, ApiKey.id == Login.key_id)
            .outerjoin(Person, Person.id == Login.person_id)
            .where(or_(Login.token_hash == hashed, Login.previous_hash == hashed))
        )
        async with self._database.read() as session:
            found = (await session.execute(statement)).first()
        if found is None:
            return None
        row, key, person = found
        known = self._session_of(row, key, person)
        current = row.token_hash == hashed or now - row.renewed_at < _OVERLAP
        if known is None or not current or _is_too_old(row, known, now):
            return None
        await self._note_seen(row, now)
        return known

    async def renew(self, found: Session, token: str) -> str | None:
        """Return a new id for a session with an old id; None for a recent id.

        ``token`` is the present id: of parallel requests that send it, exactly one renews it.
        """
        now = utc_now()
        if now - found.renewed_at < RENEWED_AFTER:
            return None
        fresh, hashed = _new_token(), hash_key(token)
        statement = (
            update(Login)
            .where(Login.id == found.id, Login.token_hash == hashed)
            .values(token_hash=hash_key(fresh), previous_hash=hashed, renewed_at=now)
            .returning(Login.id)
        )
        async with self._database.write() as session:
            renewed = await session.scalar(statement)
        return None if renewed is None else fresh

    async def end(self, found: Session) -> None:
        """Delete a session."""
        async with self._database.write() as session:
            await session.execute(delete(Login).where(Login.id == found.id))

    async def discard_expired(self) -> None:
        """Delete expired sessions."""
        async with self._database.write() as session:
            await session.execute(delete(Login).where(_is_over(utc_now())))

    def _session_of(self, row: Login, key: ApiKey | None, person: Person | None) -> Session | None:
        who: KeyIdentity | PersonIdentity | None
        if person is not None:
            who = identify_person(person)
        elif key is not None:
            who = identify_key(key, None)
        else:
            same = row.configured_key is not None and row.configured_key == self._configured_key
            who = CONFIGURED if same else None
        if who is None:
            return None
        if isinstance(who, PersonIdentity):
            return Session(row.id, None, who, row.renewed_at, row.created_at)
        return Session(row.id, who, None, row.renewed_at, row.created_at)

    async def _note_seen(self, row: Login, now: datetime) -> None:
        if now - row.seen_at < _SEEN_EVERY:
            return
        try:
            async with self._database.write() as session:
                statement = update(Login).where(Login.id == row.id).values(seen_at=now)
                await session.execute(statement)
                await _note_use(session, row, now)
        except SQLAlchemyError:
            return  # a busy database is no reason to sign a caller out; the next request records it


async def _note_use(session: AsyncSession, row: Login, now: datetime) -> None:
    """Record the use of a key, or the presence of a person, through one of its sessions."""
    if row.key_id is not None:
        used = update(ApiKey).where(ApiKey.id == row.key_id).values(last_used_at=now)
        await session.execute(used)
    if row.person_id is not None:
        await session.execute(update(Person).where(Person.id == row.person_id).values(seen_at=now))


def _is_too_old(row: Login, session: Session, now: datetime) -> bool:
    is_reader = session.person is not None and session.person.role != "admin"
    longest = LONGEST_OF_PERSON if is_reader else LONGEST
    idle = LONGEST_IDLE_OF_PERSON if is_reader else LONGEST_IDLE
    return now - row.created_at >= longest or now - row.seen_at >= idle


def _new_token() -> str:
    return secrets.token_urlsafe(32)


def _is_over(now: datetime) -> ColumnElement[bool]:
    """Select sessions that no role makes valid; those of admins among people last longer here."""
    of_key = Login.person_id.is_(None)
    # Each alternative by itself, for each has another index.
    return or_(
        and_(of_key, Login.created_at <= now - LONGEST),
        and_(of_key, Login.seen_at <= now - LONGEST_IDLE),
        Login.created_at <= now - LONGEST_OF_PERSON,
        Login.seen_at <= now - LONGEST_IDLE_OF_PERSON,
    )

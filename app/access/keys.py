"""Create, list, find and revoke keys: admin keys of the service, and those of people."""

import hashlib
import secrets
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, delete, or_, select, update
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncSession

from app.access.identity import KeyIdentity
from app.access.people import identify_person
from app.access.roles import SCOPES, Scope
from app.db.base import utc_now
from app.db.models import ApiKey, Login, Person
from app.db.session import Database
from app.errors import ConflictError, NotFoundError

MOST_KEYS = 100
"""Admin keys of the service that are valid at once."""
MOST_OF_PERSON = 20
_ID_LETTERS = "abcdefghijkmnpqrstuvwxyz23456789"
_ID_LENGTH = 8
_USED_EVERY = timedelta(minutes=5)
"""Precision of a key's last use, so that not every request costs a write."""


def hash_key(key: str) -> str:
    """Return the SHA-256 in hexadecimal: enough for 256 random bits, used for nothing weaker."""
    return hashlib.sha256(key.encode(errors="surrogatepass")).hexdigest()


def new_key() -> str:
    """Return a new key: ``ob_``, a public id, and 256 random bits."""
    public = "".join(secrets.choice(_ID_LETTERS) for _ in range(_ID_LENGTH))
    return f"ob_{public}_{secrets.token_urlsafe(32)}"


def prefix_of(key: str) -> str:
    """Return the public part of a key made by :func:`new_key`."""
    return key[: len("ob_") + _ID_LENGTH]


def visible_prefix(key: ApiKey) -> str:
    """Return the name of a key in lists; keys of earlier versions have only their hash."""
    return key.prefix or f"old_{key.key_hash[:_ID_LENGTH]}"


async def add_key(
    session: AsyncSession,
    label: str,
    *,
    person: UUID | None = None,
    scopes: Collection[Scope] | None = None,
) -> tuple[ApiKey, str]:
    """Store a new key; return its row and the key itself, which is not kept.

    ``person``: whose it is, else an admin key of the service; ``scopes``: None for everything.
    Raises :class:`~app.errors.ConflictError` (``too_many_keys``).
    """
    live = select(ApiKey.id).where(_is_of(person), ApiKey.revoked_at.is_(None))
    most = MOST_KEYS if person is None else MOST_OF_PERSON
    if len((await session.scalars(live)).all()) >= most:
        kind = "admin keys" if person is None else "keys of yours"
        raise ConflictError("too_many_keys", f"There are {most} {kind} already. Revoke one first.")
    key = new_key()
    row = ApiKey(
        label=label[:80],
        key_hash=hash_key(key),
        prefix=prefix_of(key),
        person_id=person,
        scopes=None if scopes is None else [each for each in SCOPES if each in {*scopes, "read"}],
    )
    session.add(row)
    await session.flush()
    return row, key


async def list_keys(session: AsyncSession, person: UUID | None = None) -> Sequence[ApiKey]:
    """Return every key of the service, or of a person; newest first, revoked ones included."""
    statement = select(ApiKey).where(_is_of(person)).order_by(ApiKey.id.desc())
    return (await session.scalars(statement)).all()


async def revoke_key(
    session: AsyncSession, prefix: str, *, person: UUID | None = None, forget: bool = False
) -> ApiKey:
    """Revoke a key of the service, or of a person, and end its sessions.

    With ``forget``, delete its row. Revoking a second time changes nothing. Raises
    :class:`~app.errors.NotFoundError` (``key_not_found``), also where the prefix is ambiguous.
    """
    keys = await list_keys(session, person)
    found = [key for key in keys if visible_prefix(key) == prefix]
    if len(found) != 1:
        kind = "admin key" if person is None else "key of yours"
        raise NotFoundError("key_not_found", f"There is no {kind} with this prefix.")
    key = found[0]
    key.revoked_at = key.revoked_at or utc_now()
    await session.execute(delete(Login).where(Login.key_id == key.id))
    if forget:
        await session.delete(key)
    await session.flush()
    return key


def _is_of(person: UUID | None) -> ColumnElement[bool]:
    return ApiKey.person_id.is_(None) if person is None else ApiKey.person_id == person


def identify_key(key: ApiKey, person: Person | None) -> KeyIdentity | None:
    """Return the identity of a key; None for a revoked one, or one of a person disabled or gone."""
    whose = None if person is None else identify_person(person)
    if key.revoked_at is not None or (key.person_id is not None and whose is None):
        return None
    scopes = frozenset(each for each in SCOPES if key.scopes is None or each in key.scopes)
    return KeyIdentity(key.id, visible_prefix(key), whose, scopes)


class KeyStore:
    """Look keys up, each in a short session of its own."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def exists(self, *, live: bool) -> bool:
        """Return whether there is an admin key; with ``live``, one that is not revoked."""
        statement = select(ApiKey.id).where(_is_of(None)).limit(1)
        if live:
            statement = statement.where(ApiKey.revoked_at.is_(None))
        async with self._database.read() as session:
            return await session.scalar(statement) is not None

    async def find(self, key: str) -> KeyIdentity | None:
        """Return the identity of a valid key, else None; record its use.

        The look-up is by hash, so its duration reveals nothing about the 256 bits of another key.
        """
        statement = (
            select(ApiKey, Person)
            .outerjoin(Person, Person.id == ApiKey.person_id)
            .where(ApiKey.key_hash == hash_key(key), ApiKey.revoked_at.is_(None))
        )
        async with self._database.read() as session:
            found = (await session.execute(statement)).first()
        identity = None if found is None else identify_key(*found)
        if found is not None and identity is not None:
            await self._note_use(found[0], utc_now())
        return identity

    async def _note_use(self, row: ApiKey, now: datetime) -> None:
        before = now - _USED_EVERY
        if row.last_used_at is not None and row.last_used_at > before:
            return
        unnoted = or_(ApiKey.last_used_at.is_(None), ApiKey.last_used_at <= before)
        statement = update(ApiKey).where(ApiKey.id == row.id, unnoted).values(last_used_at=now)
        try:
            async with self._database.write() as session:
                await session.execute(statement)
        except SQLAlchemyError:
            return  # a busy database is no reason to refuse a right key; the next use records it

"""Create, list, find and revoke admin keys."""

import hashlib
import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import delete, or_, select, update
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncSession

from app.access.identity import KeyIdentity
from app.db.base import utc_now
from app.db.models import AdminKey, AdminLogin
from app.db.session import Database
from app.errors import ConflictError, NotFoundError

MOST_KEYS = 100
"""Admin keys that are valid at once."""
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


def visible_prefix(key: AdminKey) -> str:
    """Return the name of a key in lists; keys of earlier versions have only their hash."""
    return key.prefix or f"old_{key.key_hash[:_ID_LENGTH]}"


async def add_key(session: AsyncSession, label: str) -> tuple[AdminKey, str]:
    """Store a new key; return its row and the key itself, which is not kept.

    Raises :class:`~app.errors.ConflictError` (``too_many_keys``).
    """
    live = await session.scalars(select(AdminKey.id).where(AdminKey.revoked_at.is_(None)))
    if len(live.all()) >= MOST_KEYS:
        raise ConflictError(
            "too_many_keys", f"There are {MOST_KEYS} admin keys already. Revoke one first."
        )
    key = new_key()
    row = AdminKey(label=label[:80], key_hash=hash_key(key), prefix=prefix_of(key))
    session.add(row)
    await session.flush()
    return row, key


async def list_keys(session: AsyncSession) -> Sequence[AdminKey]:
    """Return every key, newest first, revoked ones included."""
    return (await session.scalars(select(AdminKey).order_by(AdminKey.id.desc()))).all()


async def revoke_key(session: AsyncSession, prefix: str, *, forget: bool = False) -> AdminKey:
    """Revoke a key and end its sessions; with ``forget``, delete its row.

    Revoking a second time changes nothing. Raises :class:`~app.errors.NotFoundError`
    (``key_not_found``), also where the prefix is ambiguous.
    """
    found = [key for key in await list_keys(session) if visible_prefix(key) == prefix]
    if len(found) != 1:
        raise NotFoundError("key_not_found", "There is no admin key with this prefix.")
    key = found[0]
    key.revoked_at = key.revoked_at or utc_now()
    await session.execute(delete(AdminLogin).where(AdminLogin.key_id == key.id))
    if forget:
        await session.delete(key)
    await session.flush()
    return key


class KeyStore:
    """Look keys up, each in a short session of its own."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def exists(self, *, live: bool) -> bool:
        """Return whether the table holds a key; with ``live``, one that is not revoked."""
        statement = select(AdminKey.id).limit(1)
        if live:
            statement = statement.where(AdminKey.revoked_at.is_(None))
        async with self._database.read() as session:
            return await session.scalar(statement) is not None

    async def find(self, key: str) -> KeyIdentity | None:
        """Return the identity of a valid key, else None; record its use.

        The look-up is by hash, so its duration reveals nothing about the 256 bits of another key.
        """
        statement = select(AdminKey).where(
            AdminKey.key_hash == hash_key(key), AdminKey.revoked_at.is_(None)
        )
        async with self._database.read() as session:
            row = await session.scalar(statement)
        if row is None:
            return None
        await self._note_use(row, utc_now())
        return KeyIdentity(row.id, visible_prefix(row))

    async def _note_use(self, row: AdminKey, now: datetime) -> None:
        before = now - _USED_EVERY
        if row.last_used_at is not None and row.last_used_at > before:
            return
        unnoted = or_(AdminKey.last_used_at.is_(None), AdminKey.last_used_at <= before)
        statement = update(AdminKey).where(AdminKey.id == row.id, unnoted).values(last_used_at=now)
        try:
            async with self._database.write() as session:
                await session.execute(statement)
        except SQLAlchemyError:
            return  # a busy database is no reason to refuse a right key; the next use records it

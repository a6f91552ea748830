"""Admin keys: made, listed, found and revoked."""

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
"""How exactly it is kept when a key was last used: a request must not cost a write each."""


def hash_key(key: str) -> str:
    """Return the SHA-256, hex. Enough for 256 random bits, and nothing else is stored as one."""
    return hashlib.sha256(key.encode(errors="surrogatepass")).hexdigest()


def new_key() -> str:
    """Return a new key: ``ob_``, a public id, and 256 random bits."""
    public = "".join(secrets.choice(_ID_LETTERS) for _ in range(_ID_LENGTH))
    return f"ob_{public}_{secrets.token_urlsafe(32)}"


def prefix_of(key: str) -> str:
    """Return the public part of a key made by :func:`new_key`."""
    return key[: len("ob_") + _ID_LENGTH]


def visible_prefix(key: AdminKey) -> str:
    """Return how lists call a key; those of earlier versions are known by their hash alone."""
    return key.prefix or f"old_{key.key_hash[:_ID_LENGTH]}"


async def add_key(session: AsyncSession, label: str) -> tuple[AdminKey, str]:
    """Store a new key; return its row and, for the only time, the key itself.

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
    """Return every key, the newest first, revoked ones as well."""
    return (await session.scalars(select(AdminKey).order_by(AdminKey.id.desc()))).all()


async def revoke_key(session: AsyncSession, prefix: str, *, forget: bool = False) -> AdminKey:
    """End a key and the sessions that it began; with ``forget`` its row goes as well.

    Revoking a second time changes nothing. Raises :class:`~app.errors.NotFoundError`
    (``key_not_found``), also where two keys have the same prefix and neither can be meant.
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
    """Looks keys up, each in a short session of its own."""

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
        """Return the key that was shown, where it is valid; notes that it was used.

        Looked up by its hash: how long that takes says nothing of another key's 256 bits.
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
            return  # a busy database is no reason to refuse a right key; the next use notes it

"""Store the sessions of the admin page: random ids in cookies, their hashes in rows."""

import secrets
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, delete, or_, select, update
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncSession

from app.access.identity import AdminSession, KeyIdentity
from app.access.keys import hash_key, visible_prefix
from app.db.base import utc_now
from app.db.models import AdminKey, AdminLogin
from app.db.session import Database

LONGEST = timedelta(hours=12)
"""Life of a session from its sign-in, used or not."""
LONGEST_IDLE = timedelta(hours=2)
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

    async def begin(self, key: KeyIdentity, replaced: AdminSession | None = None) -> str:
        """Return the id of a new session, begun with ``key`` in place of ``replaced``."""
        token = _new_token()
        now = utc_now()
        row = AdminLogin(
            token_hash=hash_key(token),
            key_id=key.id,
            configured_key=self._configured_key if key.id is None else None,
        )
        async with self._database.write() as session:
            await session.execute(delete(AdminLogin).where(_is_over(now)))
            if replaced is not None:
                await session.execute(delete(AdminLogin).where(AdminLogin.id == replaced.id))
            session.add(row)
            await _note_use(session, key.id, now)
        return token

    async def find(self, token: str) -> AdminSession | None:
        """Return the session with this id where it is valid, else None; record that it was seen."""
        hashed = hash_key(token)
        now = utc_now()
        statement = (
            select(AdminLogin, AdminKey)
            .outerjoin(AdminKey, AdminKey.id == AdminLogin.key_id)
            .where(or_(AdminLogin.token_hash == hashed, AdminLogin.previous_hash == hashed))
        )
        async with self._database.read() as session:
            found = (await session.execute(statement)).first()
        if found is None:
            return None
        row, key = found
        current = row.token_hash == hashed or now - row.renewed_at < _OVERLAP
        if not current or now - row.created_at >= LONGEST or now - row.seen_at >= LONGEST_IDLE:
            return None
        identity = self._identity(row, key)
        if identity is None:
            return None
        await self._note_seen(row, now)
        return AdminSession(row.id, identity, row.renewed_at)

    async def renew(self, found: AdminSession, token: str) -> str | None:
        """Return a new id for a session with an old id; None for a recent id.

        ``token`` is the present id: of parallel requests that send it, exactly one renews it.
        """
        now = utc_now()
        if now - found.renewed_at < RENEWED_AFTER:
            return None
        fresh, hashed = _new_token(), hash_key(token)
        statement = (
            update(AdminLogin)
            .where(AdminLogin.id == found.id, AdminLogin.token_hash == hashed)
            .values(token_hash=hash_key(fresh), previous_hash=hashed, renewed_at=now)
            .returning(AdminLogin.id)
        )
        async with self._database.write() as session:
            renewed = await session.scalar(statement)
        return None if renewed is None else fresh

    async def end(self, found: AdminSession) -> None:
        """Delete a session."""
        async with self._database.write() as session:
            await session.execute(delete(AdminLogin).where(AdminLogin.id == found.id))

    async def discard_expired(self) -> None:
        """Delete expired sessions."""
        async with self._database.write() as session:
            await session.execute(delete(AdminLogin).where(_is_over(utc_now())))

    def _identity(self, row: AdminLogin, key: AdminKey | None) -> KeyIdentity | None:
        if key is not None:
            return None if key.revoked_at else KeyIdentity(key.id, visible_prefix(key))
        same = row.configured_key is not None and row.configured_key == self._configured_key
        return CONFIGURED if same else None

    async def _note_seen(self, row: AdminLogin, now: datetime) -> None:
        if now - row.seen_at < _SEEN_EVERY:
            return
        try:
            async with self._database.write() as session:
                statement = update(AdminLogin).where(AdminLogin.id == row.id).values(seen_at=now)
                await session.execute(statement)
                await _note_use(session, row.key_id, now)
        except SQLAlchemyError:
            return  # a busy database is no reason to sign a caller out; the next request records it


async def _note_use(session: AsyncSession, key: UUID | None, now: datetime) -> None:
    """Record the use of a key through one of its sessions."""
    if key is not None:
        statement = update(AdminKey).where(AdminKey.id == key).values(last_used_at=now)
        await session.execute(statement)


def _new_token() -> str:
    return secrets.token_urlsafe(32)


def _is_over(now: datetime) -> ColumnElement[bool]:
    return or_(AdminLogin.created_at <= now - LONGEST, AdminLogin.seen_at <= now - LONGEST_IDLE)

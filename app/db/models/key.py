"""Define the tables of keys, of sessions and of the service's secrets."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import JSON, ForeignKey, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import Base, utc_now
from app.db.ids import new_id


class ApiKey(Base):
    """Store a key: an admin key of the service, or the key of a person.

    Only the hash of its 256 random bits is stored. A revoked admin key keeps its row: while one
    exists, the service is not open. The table is named for the time when only admins had keys.
    """

    __tablename__ = "admin_keys"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    label: Mapped[str] = mapped_column(String(80))
    key_hash: Mapped[str] = mapped_column(String(64), unique=True)
    created_at: Mapped[datetime] = mapped_column(default=utc_now)
    prefix: Mapped[str | None] = mapped_column(String(16))
    """The public beginning of the key; None for keys older than this column."""
    last_used_at: Mapped[datetime | None]
    """Precise to five minutes."""
    revoked_at: Mapped[datetime | None]
    person_id: Mapped[UUID | None] = mapped_column(index=True)
    """None for an admin key of the service. No foreign key: who deletes a person deletes these."""
    scopes: Mapped[list[str] | None] = mapped_column(JSON(none_as_null=True))
    """What it may do of what its person may; None: everything."""


class Login(Base):
    """Store a session of the pages, begun with an admin key or by a person."""

    __tablename__ = "admin_sessions"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    previous_hash: Mapped[str | None] = mapped_column(String(64), index=True)
    """The id before the last renewal, still valid for requests under way."""
    key_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("admin_keys.id", ondelete="CASCADE"), index=True
    )
    person_id: Mapped[UUID | None] = mapped_column(index=True)
    """In place of ``key_id``: who signed in. No foreign key, as for keys."""
    configured_key: Mapped[str | None] = mapped_column(String(64))
    """In place of both: a slow, salted digest of the configured key; the session ends when
    that key changes."""
    created_at: Mapped[datetime] = mapped_column(default=utc_now, index=True)
    renewed_at: Mapped[datetime] = mapped_column(default=utc_now)
    seen_at: Mapped[datetime] = mapped_column(default=utc_now, index=True)
    """Precise to five minutes."""


class ServerSecret(Base):
    """Store random bytes that all processes on one database share."""

    __tablename__ = "server_secrets"

    name: Mapped[str] = mapped_column(String(40), primary_key=True)
    value: Mapped[bytes] = mapped_column(LargeBinary)
    created_at: Mapped[datetime] = mapped_column(default=utc_now)

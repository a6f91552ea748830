"""Define the tables of the audit, and of the erasures that processes hear of."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import Base, utc_now
from app.db.ids import new_id


class AuditEntry(Base):
    """Store an act: who, when, from where, what, and how it ended. Never a secret or a message.

    The names are those at the time of the act. ``count`` is above 1 where the same act was repeated
    within a minute.
    """

    __tablename__ = "audit_entries"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    at: Mapped[datetime] = mapped_column(default=utc_now, index=True)
    owner: Mapped[str] = mapped_column(String(64), default="", index=True)
    """Who acted, as conversations name their owners; empty for admin keys and unknown callers, and
    ``erased`` with a random id once everything of theirs was erased."""
    login: Mapped[str] = mapped_column(String(120), default="")
    """What the person signed in with; empty for others."""
    key: Mapped[str] = mapped_column(String(16), default="")
    """The prefix of the key that was used, if any."""
    address: Mapped[str] = mapped_column(String(64), default="")
    action: Mapped[str] = mapped_column(String(40))
    """An ``Action`` of ``app/access/audit.py``."""
    target_kind: Mapped[str] = mapped_column(String(16), default="")
    target_id: Mapped[str] = mapped_column(String(64), default="", index=True)
    target_title: Mapped[str] = mapped_column(String(200), default="")
    detail: Mapped[dict[str, Any]] = mapped_column(default=dict)
    """Codes that belong to the act, such as a new role."""
    outcome: Mapped[str] = mapped_column(String(16), default="done")
    """``done`` or ``refused``."""
    count: Mapped[int] = mapped_column(default=1)


class Erasure(Base):
    """Store that everything of one owner is being erased, or was; it does not say whose.

    Whatever still has to be deleted belongs to ``erased`` and this id, so that any process can
    finish what another began. Processes that see a new row empty their caches.
    """

    __tablename__ = "erasures"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    owner_digest: Mapped[str | None] = mapped_column(String(64))
    """SHA-256 of the owner, by which rows are recognised that requests under way still wrote; None
    after a day."""
    began_at: Mapped[datetime] = mapped_column(default=utc_now)
    finished_at: Mapped[datetime | None]

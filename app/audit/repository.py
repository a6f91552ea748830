"""Query the audit."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.access.identity import owner_of
from app.access.people import login_of
from app.db.models import AuditEntry


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditFilter:
    """Choose entries; what is None or empty does not restrict them."""

    begin: datetime | None = None
    end: datetime | None = None
    """Not included."""
    person: str = ""
    """A login, or the id of a person: what they did, and what was done to them."""
    action: str = ""
    address: str = ""
    text: str = ""
    """Part of a login, a key's prefix or the title of what an act was done to."""

    def conditions(self) -> list[ColumnElement[bool]]:
        """Return what an entry must satisfy."""
        found: list[ColumnElement[bool]] = []
        if self.begin is not None:
            found.append(AuditEntry.at >= self.begin)
        if self.end is not None:
            found.append(AuditEntry.at < self.end)
        if self.action:
            found.append(AuditEntry.action == self.action)
        if self.address:
            found.append(AuditEntry.address == self.address)
        if self.person:
            found.append(_about(self.person))
        if self.text:
            columns = AuditEntry.login, AuditEntry.key, AuditEntry.target_title
            contains = (each.icontains(self.text, autoescape=True) for each in columns)
            found.append(or_(*contains))
        return found


def _about(person: str) -> ColumnElement[bool]:
    try:
        id = UUID(person)
    except ValueError:
        login = login_of(person)
        named = and_(AuditEntry.target_kind == "person", AuditEntry.target_title == login)
        return or_(AuditEntry.login == login, named)
    return or_(AuditEntry.owner == owner_of(id), AuditEntry.target_id == str(id))


class AuditRepository:
    """Query entries within one session."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def page(
        self, wanted: AuditFilter, after: UUID | None, limit: int
    ) -> Sequence[AuditEntry]:
        """Return entries older than ``after``, the newest first."""
        statement = (
            select(AuditEntry)
            .where(*wanted.conditions())
            .order_by(AuditEntry.id.desc())
            .limit(limit)
        )
        if after is not None:
            statement = statement.where(AuditEntry.id < after)
        return (await self._session.scalars(statement)).all()

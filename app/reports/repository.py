"""Query reports for the admins' queue."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import ColumnElement, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import load_only

from app.conversations.branch_repository import BranchRepository
from app.db.base import utc_now
from app.db.models import Character, Message, Report, ReportEntry
from app.errors import ConflictError, NotFoundError
from app.reports.schemas import Outcome, ReportedBy, ReportState

_ENTRIES = 20
_BEFORE, _AFTER = 3, 2
_SHOWN = load_only(
    Message.id,
    Message.conversation_id,
    Message.role,
    Message.content,
    Message.moderation,
    Message.created_at,
    raiseload=True,
)


@dataclass(frozen=True, slots=True)
class Reported:
    """Hold a report, whom it is about and what its reader saw."""

    report: Report
    slug: str
    name: str
    excerpt: str


class ReportQueue:
    """Query the queue within one session."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def page(
        self, state: ReportState, by: ReportedBy | None, after: UUID | None, limit: int
    ) -> list[Reported]:
        """Return at most ``limit`` reports, newest first, that follow the one ``after``."""
        wanted: list[ColumnElement[bool]] = []
        if state != "all":
            closed = Report.closed_at.is_not(None)
            wanted.append(closed if state == "closed" else ~closed)
        if by is not None:
            named = Report.by_people if by == "people" else Report.by_moderation
            wanted.append(named.is_(True))
        if after is not None:
            wanted.append(Report.id < after)
        return await self._read(*wanted, limit=limit)

    async def get(self, id: UUID) -> Reported:
        """Return a report. Raises :class:`~app.errors.NotFoundError` (``report_not_found``)."""
        found = await self._read(Report.id == id, limit=1)
        if not found:
            raise NotFoundError("report_not_found", f"There is no report {id}.")
        return found[0]

    async def open_count(self) -> int:
        """Return how many reports are open."""
        counted = select(func.count()).select_from(Report).where(Report.closed_at.is_(None))
        return await self._session.scalar(counted) or 0

    async def entries(self, reports: Collection[UUID]) -> dict[UUID, list[ReportEntry]]:
        """Return what was said in each report, the newest first."""
        statement = (
            select(ReportEntry)
            .where(ReportEntry.report_id.in_(reports))
            .order_by(ReportEntry.created_at.desc(), ReportEntry.reporter)
        )
        said: dict[UUID, list[ReportEntry]] = {id: [] for id in reports}
        for entry in await self._session.scalars(statement):
            said[entry.report_id].append(entry)
        return said

    async def context(self, message_id: UUID) -> list[Message]:
        """Return a message with the few before it and after it, oldest first.

        Nothing else of the conversation is read.
        """
        reported = await self._session.get_one(Message, message_id, options=[_SHOWN])
        branches = BranchRepository(self._session, reported.conversation_id)
        ids = [each.id for each in await branches.newest(message_id, _BEFORE + 1)]
        for _ in range(_AFTER):
            child = await self._session.scalar(
                select(Message.id)
                .where(Message.parent_id == ids[-1])
                .order_by(Message.id.desc())
                .limit(1)
            )
            if child is None:
                break
            ids.append(child)
        found = await self._session.scalars(
            select(Message).where(Message.id.in_(ids)).options(_SHOWN)
        )
        return sorted(found, key=lambda message: ids.index(message.id))

    async def close(self, id: UUID, by: str, outcome: Outcome, answer: str) -> None:
        """Close a report. Raises :class:`~app.errors.ConflictError` where it is closed."""
        closed = await self._session.scalar(
            update(Report)
            .where(Report.id == id, Report.closed_at.is_(None))
            .values(closed_at=utc_now(), closed_by=by, outcome=outcome, answer=answer)
            .returning(Report.id)
        )
        if closed is None:
            await self.get(id)
            raise ConflictError("report_closed", "Another admin closed this report already.")

    async def _read(self, *wanted: ColumnElement[bool], limit: int) -> list[Reported]:
        statement = (
            select(Report, Character.slug, Character.name, func.substr(Message.content, 1, 240))
            .join(Character, Character.id == Report.character_id)
            .outerjoin(Message, Message.id == Report.message_id)
            .where(*wanted)
            .order_by(Report.id.desc())
            .limit(limit)
            .execution_options(populate_existing=True)
        )
        rows = await self._session.execute(statement)
        return [Reported(report, slug, name, text or "") for report, slug, name, text in rows]


def newest_entries(entries: Sequence[ReportEntry]) -> Sequence[ReportEntry]:
    """Return the entries that are shown."""
    return entries[:_ENTRIES]

"""Store what moderation found and withheld, and open or join reports."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, delete, func, literal_column, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession

from app.db.base import utc_now
from app.db.ids import new_id
from app.db.models import (
    Conversation,
    Message,
    ModerationFinding,
    Report,
    ReportEntry,
    WithheldText,
)
from app.moderation.service import Verdict

_ENTRIES = 200
"""Most entries of one report that are kept; further people find theirs joined without one."""


class FindingRepository:
    """Query findings and withheld texts within one session."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def add(self, message_id: UUID, verdicts: Collection[Verdict]) -> None:
        """Store verdicts on a message; a category that a source found before stays."""
        rows = [
            {
                "id": new_id(),
                "message_id": message_id,
                "source": each.source,
                "category": each.category,
                "detail": each.detail,
                "action": each.action,
                "created_at": utc_now(),
            }
            for each in verdicts
        ]
        if rows:
            statement = _insert(self._session, ModerationFinding).on_conflict_do_nothing()
            await self._session.execute(statement, rows)

    async def withhold(self, message_id: UUID, text: str) -> None:
        """Store what no reader saw of a reply; of one that is continued, the newest."""
        row = {"message_id": message_id, "text": text}
        statement = _insert(self._session, WithheldText).values(**row)
        await self._session.execute(
            statement.on_conflict_do_update(index_elements=["message_id"], set_={"text": text})
        )

    async def of(self, messages: Collection[UUID]) -> Sequence[ModerationFinding]:
        """Return what was found in these messages, oldest first."""
        statement = select(ModerationFinding).where(ModerationFinding.message_id.in_(messages))
        return (await self._session.scalars(statement.order_by(ModerationFinding.id))).all()

    async def withheld(self, messages: Collection[UUID]) -> dict[UUID, str]:
        """Return what was withheld, by message."""
        statement = select(WithheldText).where(WithheldText.message_id.in_(messages))
        return {each.message_id: each.text for each in await self._session.scalars(statement)}


class ReportRepository:
    """Query reports within one session."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def open(
        self, *, message_id: UUID | None, character_id: UUID, by_moderation: bool = False
    ) -> UUID:
        """Return the open report of a message or a character, which is made where none is open."""
        subject = f"message {message_id}" if message_id else f"character {character_id}"
        by = {"by_moderation": True} if by_moderation else {"by_people": True}
        row = {
            "id": new_id(),
            "subject": subject,
            "message_id": message_id,
            "character_id": character_id,
            "by_moderation": by_moderation,
            "by_people": not by_moderation,
            "opened_at": utc_now(),
            "closed_by": "",
            "answer": "",
        }
        statement = _insert(self._session, Report).values(**row)
        id = await self._session.scalar(
            statement.on_conflict_do_update(
                index_elements=["subject"], index_where=Report.closed_at.is_(None), set_=by
            ).returning(Report.id)
        )
        assert id is not None  # noqa: S101 (inserted or updated, it is returned)
        return UUID(str(id))

    async def enter(self, report_id: UUID, reporter: str, reason: str, note: str) -> None:
        """Add what a reader says; it replaces what they said about the same before."""
        count = select(func.count()).where(ReportEntry.report_id == report_id)
        known = await self._session.get(ReportEntry, (report_id, reporter))
        if known is None and (await self._session.scalar(count) or 0) >= _ENTRIES:
            return
        said = {"reason": reason, "note": note, "created_at": utc_now()}
        statement = _insert(self._session, ReportEntry).values(
            report_id=report_id, reporter=reporter, **said
        )
        await self._session.execute(
            statement.on_conflict_do_update(index_elements=["report_id", "reporter"], set_=said)
        )

    async def times(self, reporter: str, since: datetime) -> Sequence[datetime]:
        """Return when a reader reported since a time, oldest first."""
        statement = select(ReportEntry.created_at).where(
            ReportEntry.reporter == reporter, ReportEntry.created_at > since
        )
        return (await self._session.scalars(statement.order_by(ReportEntry.created_at))).all()


async def hand_over(session: AsyncSession, before: str, after: str) -> None:
    """Give what a guest reported to an account."""
    both = select(ReportEntry.report_id).where(ReportEntry.reporter == after)
    await session.execute(
        delete(ReportEntry)
        .where(ReportEntry.reporter == before, ReportEntry.report_id.in_(both))
        .execution_options(synchronize_session=False)
    )
    await session.execute(
        update(ReportEntry).where(ReportEntry.reporter == before).values(reporter=after)
    )


async def erase_reports(session: AsyncSession, owner: str) -> None:
    """Delete what an owner reported, and all that was found or reported in their conversations."""
    quiet = {"synchronize_session": False}
    own = (
        select(Message.id)
        .join(Conversation, Conversation.id == Message.conversation_id)
        .where(Conversation.owner == owner)
    )
    for table in (Report, ModerationFinding, WithheldText):
        await session.execute(
            delete(table).where(table.message_id.in_(own)).execution_options(**quiet)
        )
    reported = select(ReportEntry.report_id).where(ReportEntry.reporter == owner)
    touched = (await session.scalars(reported)).all()
    await session.execute(delete(ReportEntry).where(ReportEntry.reporter == owner))
    left = select(ReportEntry.report_id).where(ReportEntry.report_id.in_(touched))
    await session.execute(
        delete(Report)
        .where(Report.id.in_(touched), Report.by_moderation.is_(False), Report.id.not_in(left))
        .execution_options(**quiet)
    )
    await session.execute(
        update(Report)
        .where(Report.id.in_(touched), Report.id.not_in(left))
        .values(by_people=False)
        .execution_options(**quiet)
    )
    await session.execute(update(Report).where(closed_by(owner)).values(closed_by=""))


def closed_by(owner: str) -> ColumnElement[bool]:
    """Select the reports that someone closed; said so that SQLite finds them by an index."""
    return and_(Report.closed_by == owner, Report.closed_by != literal_column("''"))


def _insert(session: AsyncSession, table: type[Any]) -> Any:
    is_postgresql = session.get_bind().dialect.name == "postgresql"
    return postgresql.insert(table) if is_postgresql else sqlite.insert(table)

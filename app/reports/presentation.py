"""Present reports as the API shows them to admins."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.db.models import ModerationFinding, ReportEntry
from app.moderation.repository import FindingRepository
from app.reports.repository import Reported, ReportQueue, newest_entries
from app.reports.schemas import (
    FindingOut,
    ReportDetail,
    ReportedCharacter,
    ReportedMessage,
    ReportEntryOut,
    ReportOut,
)


async def present_all(session: AsyncSession, found: Sequence[Reported]) -> list[ReportOut]:
    """Return reports as the queue shows them."""
    entries = await ReportQueue(session).entries([each.report.id for each in found])
    messages = [each.report.message_id for each in found if each.report.message_id]
    findings = await _findings(session, messages)
    return [
        _present(each, entries[each.report.id], findings.get(each.report.message_id, []))
        for each in found
    ]


async def present_detail(session: AsyncSession, reported: Reported) -> ReportDetail:
    """Return a report with the message in context."""
    [summary] = await present_all(session, [reported])
    return ReportDetail(
        **summary.model_dump(), messages=await _messages(session, reported.report.message_id)
    )


async def _messages(session: AsyncSession, reported: UUID | None) -> list[ReportedMessage]:
    if reported is None:
        return []
    messages = await ReportQueue(session).context(reported)
    findings = await _findings(session, [message.id for message in messages])
    withheld = await FindingRepository(session).withheld([reported])
    return [
        ReportedMessage(
            id=message.id,
            role="user" if message.role == "user" else "assistant",
            content=message.content,
            reported=message.id == reported,
            moderation=message.moderation,
            withheld=withheld.get(message.id, ""),
            findings=[FindingOut.model_validate(each) for each in findings.get(message.id, [])],
            created_at=message.created_at,
        )
        for message in messages
    ]


async def _findings(
    session: AsyncSession, messages: Sequence[UUID]
) -> dict[UUID | None, list[ModerationFinding]]:
    by_message: dict[UUID | None, list[ModerationFinding]] = {}
    for each in await FindingRepository(session).of(messages):
        by_message.setdefault(each.message_id, []).append(each)
    return by_message


def _present(
    reported: Reported, entries: Sequence[ReportEntry], findings: Sequence[ModerationFinding]
) -> ReportOut:
    report = reported.report
    return ReportOut(
        id=report.id,
        about="message" if report.message_id else "character",
        character=ReportedCharacter(slug=reported.slug, name=reported.name),
        excerpt=reported.excerpt,
        by_moderation=report.by_moderation,
        people=len(entries),
        entries=[ReportEntryOut.model_validate(each) for each in newest_entries(entries)],
        findings=[FindingOut.model_validate(each) for each in findings],
        opened_at=report.opened_at,
        closed_at=report.closed_at,
        outcome=report.outcome,
        answer=report.answer,
    )

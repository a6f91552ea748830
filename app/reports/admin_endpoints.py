"""Serve ``/api/admin/reports``, the queue of what readers and moderation report."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query

from app.access.audit import Target, record
from app.dependencies import AdminDep, IdentityDep, ReadSession, ServicesDep, WriteSession
from app.http.guard import GuardedRoute
from app.http.refusal import Refusal, declare
from app.paging import Cursor, Limit, parse_cursor
from app.reports.presentation import present_all, present_detail
from app.reports.repository import ReportQueue
from app.reports.schemas import (
    ReportClosing,
    ReportDetail,
    ReportedBy,
    ReportOut,
    ReportPage,
    ReportState,
)

router = APIRouter(prefix="/api/admin/reports", tags=["admin"], route_class=GuardedRoute)

_NOT_FOUND = Refusal(404, "report_not_found", "no such report")


@router.get("")
async def list_reports(
    session: ReadSession,
    _: AdminDep,
    state: ReportState = "open",
    by: Annotated[ReportedBy | None, Query(description="Only what these reported.")] = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> ReportPage:
    """Return reports, newest first."""
    queue = ReportQueue(session)
    found = await queue.page(state, by, parse_cursor(cursor), limit + 1)
    shown = found[:limit]
    return ReportPage(
        items=await present_all(session, shown),
        next_cursor=str(shown[-1].report.id) if len(found) > limit else None,
        open=await queue.open_count(),
    )


@router.get("/{report_id}", responses=declare(_NOT_FOUND))
async def read_report(
    session: ReadSession,
    services: ServicesDep,
    identity: IdentityDep,
    caller: AdminDep,
    report_id: UUID,
) -> ReportDetail:
    """Return a report with its message and the few around it; nothing else of the conversation.

    That an admin read it is logged.
    """
    reported = await ReportQueue(session).get(report_id)
    services.access.audit.note(caller.actor, "report_read", Target("report", str(report_id)))
    services.access.log.info(
        "report_read",
        address=identity.client.address,
        report=str(report_id),
        by=identity.actor,
    )
    return await present_detail(session, reported)


@router.post(
    "/{report_id}/close",
    responses=declare(_NOT_FOUND, Refusal(409, "report_closed", "it is closed already")),
)
async def close_report(
    session: WriteSession,
    services: ServicesDep,
    identity: IdentityDep,
    caller: AdminDep,
    report_id: UUID,
    closing: ReportClosing,
) -> ReportOut:
    """Close a report with an outcome. What is reported later opens a new one."""
    queue = ReportQueue(session)
    await queue.close(report_id, caller.owner, closing.outcome, closing.answer)
    target = Target("report", str(report_id))
    record(session, caller.actor, "report_closed", target, outcome=closing.outcome)
    services.access.log.info(
        "report_closed",
        address=identity.client.address,
        report=str(report_id),
        outcome=closing.outcome,
        by=identity.actor,
    )
    [shown] = await present_all(session, [await queue.get(report_id)])
    return shown

"""Serve ``/api/reports``."""

from fastapi import APIRouter

from app.dependencies import CallerDep, IdentityDep
from app.http.guard import GuardedRoute
from app.http.refusal import Refusal, declare
from app.reports.dependencies import ReportsDep
from app.reports.schemas import NewReport, ReportReceipt

router = APIRouter(prefix="/api/reports", tags=["reports"], route_class=GuardedRoute)


@router.post(
    "",
    status_code=201,
    responses=declare(
        Refusal(422, "not_a_reply", "the message is the caller's own"),
        Refusal(429, "too_many_reports", "the caller reported a lot within an hour"),
    ),
)
async def report(
    reports: ReportsDep, caller: CallerDep, identity: IdentityDep, wanted: NewReport
) -> ReportReceipt:
    """Report a reply of one's own conversations, or a character that one sees, to the admins.

    Who reports the same again, while the report is open, replaces what they said.
    """
    return await reports.report(caller, identity, wanted)

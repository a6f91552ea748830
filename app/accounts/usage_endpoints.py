"""Serve ``/api/me/usage``: what the caller used, and how much is left."""

import asyncio
from datetime import UTC

from fastapi import APIRouter, Response

from app.accounts.usage_report import (
    CSV_HEADER,
    From,
    Names,
    Offset,
    To,
    csv_rows,
    days_between,
    days_of,
    page_of,
    sums_of,
)
from app.accounts.usage_schemas import QuotaOut, UsageItem, UsageReport
from app.catalog.service import get_character
from app.dependencies import CallerDep, ReadSession
from app.http.attachments import attachment, file_responses
from app.http.guard import GuardedRoute
from app.http.refusal import Refusal, declare
from app.paging import Limit
from app.quotas.csv_text import csv_text
from app.quotas.dependencies import PayerDep, QuotasDep
from app.quotas.figures import UsageFigures, UsageFilter
from app.quotas.states import quota_states
from app.quotas.storage import stored_bytes

router = APIRouter(prefix="/api/me/usage", tags=["accounts"], route_class=GuardedRoute)

INVALID_RANGE = Refusal(422, "invalid_range", "the days are in the wrong order, or too many")
TOO_MANY_ROWS = Refusal(422, "too_many_rows", "the file would have too many rows")


@router.get("", responses=declare(INVALID_RANGE))
async def read_my_usage(
    session: ReadSession,
    caller: CallerDep,
    payer: PayerDep,
    quotas: QuotasDep,
    first: From = None,
    last: To = None,
    character: str | None = None,
    cursor: Offset = 0,
    limit: Limit = 50,
) -> UsageReport:
    """Return what the caller used, day by day (UTC), and the limits of today.

    `character` is a slug. What a deleted conversation took stays counted.
    """
    now = quotas.clock()
    first, last = days_between(first, last, now.astimezone(UTC).date())
    of = await get_character(session, character, viewer=caller) if character else None
    wanted = UsageFilter(first=first, last=last, owner=payer.owner, character=of.id if of else None)
    figures = UsageFigures(session, wanted)
    rows, next_cursor = await page_of(figures, cursor, limit)
    names = await Names.of(session, (), {row.character for row in rows})
    return UsageReport(
        first_day=first,
        last_day=last,
        totals=sums_of(await figures.total()),
        storage_bytes=await stored_bytes(session, payer.owner),
        days=days_of(await figures.by_day()),
        limits=[
            QuotaOut.model_validate(state) for state in await quota_states(session, payer, now)
        ],
        items=[
            UsageItem(
                day=row.day, character=names.character(row.character), **row.figures._asdict()
            )
            for row in rows
        ],
        next_cursor=next_cursor,
    )


@router.get(
    "/csv",
    responses=file_responses("text/csv") | declare(INVALID_RANGE, TOO_MANY_ROWS),
    response_class=Response,
)
async def export_my_usage(
    session: ReadSession,
    _: CallerDep,
    payer: PayerDep,
    quotas: QuotasDep,
    first: From = None,
    last: To = None,
) -> Response:
    """Return what the caller used as CSV, one row for each day and character."""
    first, last = days_between(first, last, quotas.clock().astimezone(UTC).date())
    figures = UsageFigures(session, UsageFilter(first=first, last=last, owner=payer.owner))
    rows = await csv_rows(session, figures)
    content = await asyncio.to_thread(csv_text, CSV_HEADER, rows)
    return attachment(content, "text/csv", f"usage-{first}-{last}.csv")

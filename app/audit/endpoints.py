"""Serve ``/api/admin/audit``: who did what, when and from where."""

from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Query
from fastapi.responses import StreamingResponse

from app.audit.presentation import present_entry, stream_csv
from app.audit.repository import AuditFilter, AuditRepository
from app.audit.schemas import AuditPage
from app.db.base import utc_now
from app.dependencies import AdminDep, ServicesDep
from app.errors import InvalidError
from app.http.attachments import attachment_headers, file_responses
from app.http.guard import GuardedRoute
from app.paging import Cursor, Limit, parse_cursor
from app.text import Storable

router = APIRouter(prefix="/api/admin/audit", tags=["admin"], route_class=GuardedRoute)


async def get_filter(
    _: AdminDep,
    begin: Annotated[
        datetime | None, Query(alias="from", description="Not earlier; UTC without a zone.")
    ] = None,
    end: Annotated[datetime | None, Query(alias="to", description="Earlier than this.")] = None,
    person: Annotated[
        str,
        Query(max_length=120, description="A login or an id: acts of the person, and on it."),
        Storable,
    ] = "",
    action: Annotated[str, Query(max_length=40, description="A code of `action`."), Storable] = "",
    address: Annotated[str, Query(max_length=64), Storable] = "",
    text: Annotated[
        str,
        Query(max_length=100, description="Part of a login, a key's prefix or a target's title."),
        Storable,
    ] = "",
) -> AuditFilter:
    """Return which entries the caller wants."""
    return AuditFilter(
        begin=_in_utc(begin),
        end=_in_utc(end),
        person=person.strip(),
        action=action,
        address=address.strip(),
        text=text.strip(),
    )


def _in_utc(time: datetime | None) -> datetime | None:
    """Return a time that both databases can compare."""
    if time is None:
        return None
    try:
        return time.replace(tzinfo=time.tzinfo or UTC).astimezone(UTC)
    except OverflowError as error:
        raise InvalidError("invalid_request", "This time is out of range.") from error


FilterDep = Annotated[AuditFilter, Depends(get_filter)]


@router.get("")
async def list_acts(
    services: ServicesDep,
    caller: AdminDep,
    wanted: FilterDep,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> AuditPage:
    """Return acts, the newest first. Acts repeated within a minute are one entry with a count."""
    after = parse_cursor(cursor)
    await services.access.audit.flush()
    async with services.database.read() as session:
        found = await AuditRepository(session).page(wanted, after, limit + 1)
    return AuditPage(
        items=[present_entry(entry) for entry in found[:limit]],
        next_cursor=str(found[limit - 1].id) if len(found) > limit else None,
        kept_days=services.settings.audit.kept_days,
    )


@router.get(
    "/export", responses=file_responses("text/csv; charset=utf-8"), response_class=StreamingResponse
)
async def export_acts(
    services: ServicesDep, caller: AdminDep, wanted: FilterDep
) -> StreamingResponse:
    """Return all acts that the filter leaves, as CSV for spreadsheets, times in UTC."""
    audit = services.access.audit
    await audit.flush()
    audit.note(caller.actor, "audit_exported")
    return StreamingResponse(
        stream_csv(services.database, wanted),
        media_type="text/csv; charset=utf-8",
        headers=attachment_headers(f"offbook-audit-{utc_now():%Y-%m-%d}.csv"),
    )

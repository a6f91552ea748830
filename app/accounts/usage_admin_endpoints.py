"""Serve ``/api/admin/usage``, and the limits of single people."""

import asyncio
from datetime import UTC
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Response
from sqlalchemy.ext.asyncio import AsyncSession

from app.access.audit import Target, record
from app.access.identity import owner_of
from app.access.people import role_of
from app.accounts.repository import PeopleRepository
from app.accounts.usage_endpoints import INVALID_RANGE, TOO_MANY_ROWS
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
from app.accounts.usage_schemas import (
    AdminUsageItem,
    AdminUsageReport,
    PersonLimit,
    PersonLimits,
    PersonLimitsOut,
    TopCharacter,
    TopPerson,
)
from app.catalog.service import get_character
from app.db.models import Person
from app.dependencies import AdminDep, IdentityDep, ReadSession, ServicesDep, WriteSession
from app.errors import InvalidError
from app.http.attachments import attachment, file_responses
from app.http.guard import GuardedRoute
from app.http.refusal import Refusal, declare
from app.paging import Limit
from app.quotas.csv_text import csv_text
from app.quotas.dependencies import QuotasDep
from app.quotas.figures import GUESTS, UsageFigures, UsageFilter
from app.quotas.payer import SERVICE, Payer, Subject, quota_of
from app.quotas.service import QuotaService
from app.quotas.states import quota_states
from app.settings import QUOTA_NAMES

router = APIRouter(prefix="/api/admin", tags=["admin"], route_class=GuardedRoute)

_TOP = 10
_PERSON_NOT_FOUND = Refusal(404, "person_not_found", "no such person")
_INVALID_PERSON = Refusal(422, "invalid_person", "it names neither a person nor a group")
By = Annotated[
    str | None,
    Query(max_length=40, description="The id of a person, or `guests`, or `service`."),
]


@router.get("/usage", responses=declare(INVALID_RANGE, _INVALID_PERSON))
async def read_usage(
    session: ReadSession,
    quotas: QuotasDep,
    _: AdminDep,
    first: From = None,
    last: To = None,
    person: By = None,
    character: str | None = None,
    cursor: Offset = 0,
    limit: Limit = 50,
) -> AdminUsageReport:
    """Return what everyone used, day by day (UTC); `character` is a slug.

    All guests count as one. What was used of deleted conversations and characters stays counted.
    """
    wanted = await _filter(session, quotas, first, last, person, character)
    figures = UsageFigures(session, wanted)
    rows, next_cursor = await page_of(figures, cursor, limit)
    owners, characters = await figures.top_owners(_TOP), await figures.top_characters(_TOP)
    names = await Names.of(
        session,
        {row.owner for row in rows} | {owner for owner, _ in owners},
        {row.character for row in rows} | {id for id, _ in characters},
    )
    return AdminUsageReport(
        first_day=wanted.first,
        last_day=wanted.last,
        totals=sums_of(await figures.total()),
        days=days_of(await figures.by_day()),
        people=[
            TopPerson(by=names.by(owner), **sums_of(sums).model_dump()) for owner, sums in owners
        ],
        characters=[
            TopCharacter(character=names.character(id), **sums_of(sums).model_dump())
            for id, sums in characters
        ],
        items=[
            AdminUsageItem(
                day=row.day,
                by=names.by(row.owner),
                character=names.character(row.character),
                **row.figures._asdict(),
            )
            for row in rows
        ],
        next_cursor=next_cursor,
    )


@router.get(
    "/usage/csv",
    responses=file_responses("text/csv") | declare(INVALID_RANGE, _INVALID_PERSON, TOO_MANY_ROWS),
    response_class=Response,
)
async def export_usage(
    session: ReadSession,
    quotas: QuotasDep,
    _: AdminDep,
    first: From = None,
    last: To = None,
    person: By = None,
    character: str | None = None,
) -> Response:
    """Return what everyone used as CSV, one row for each day, person and character."""
    wanted = await _filter(session, quotas, first, last, person, character)
    rows = await csv_rows(session, UsageFigures(session, wanted))
    content = await asyncio.to_thread(csv_text, CSV_HEADER, rows)
    return attachment(content, "text/csv", f"usage-{wanted.first}-{wanted.last}.csv")


@router.get("/people/{person_id}/limits", responses=declare(_PERSON_NOT_FOUND))
async def read_limits(
    session: ReadSession, quotas: QuotasDep, _: AdminDep, person_id: UUID
) -> PersonLimitsOut:
    """Return the limits of a person: which are the role's, and which an admin set."""
    return await _limits(session, quotas, await PeopleRepository(session).get(person_id))


@router.put("/people/{person_id}/limits", responses=declare(_PERSON_NOT_FOUND))
async def change_limits(
    session: WriteSession,
    services: ServicesDep,
    quotas: QuotasDep,
    identity: IdentityDep,
    caller: AdminDep,
    person_id: UUID,
    wanted: PersonLimits,
) -> PersonLimitsOut:
    """Set the limits of a person's own; they are in force from the person's next request on."""
    person = await PeopleRepository(session).get(person_id)
    own = wanted.model_dump(include=wanted.model_fields_set)
    person.limits = own or None
    target = Target("person", str(person.id), person.login)
    record(session, caller.actor, "limits_changed", target, fields=sorted(own))
    services.access.log.info(
        "limits_changed",
        address=identity.client.address,
        person=person.login,
        limits=own,
        by=identity.actor,
    )
    await session.flush()
    return await _limits(session, quotas, person)


async def _filter(
    session: AsyncSession,
    quotas: QuotaService,
    first: From,
    last: To,
    person: str | None,
    character: str | None,
) -> UsageFilter:
    first, last = days_between(first, last, quotas.clock().astimezone(UTC).date())
    of = await get_character(session, character) if character else None
    return UsageFilter(
        first=first, last=last, owner=_owner(person), character=of.id if of else None
    )


def _owner(person: str | None) -> str | None:
    if not person:
        return None
    if person in {"guests", "service"}:
        return GUESTS if person == "guests" else SERVICE
    try:
        return owner_of(UUID(person))
    except ValueError as error:
        raise InvalidError(
            "invalid_person", "`person` is the id of a person, or `guests`, or `service`."
        ) from error


async def _limits(session: AsyncSession, quotas: QuotaService, person: Person) -> PersonLimitsOut:
    role, owner, own = role_of(person), owner_of(person.id), person.limits or {}
    quota = quota_of(role, own, quotas.settings)
    subject = Subject(owner, "person", quota)
    payer = Payer(owner=owner, queue=owner, subjects=(subject,), person=person.id)
    states = {state.quota: state for state in await quota_states(session, payer, quotas.clock())}
    return PersonLimitsOut(
        items=[
            PersonLimit(
                quota=name,
                limit=getattr(quota, name),
                of_role=getattr(getattr(quotas.settings, role), name),
                is_own=name in own,
                used=states[name].used if name in states else None,
            )
            for name in QUOTA_NAMES
        ]
    )

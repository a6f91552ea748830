"""Report what was used, with the names of people and characters."""

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from typing import Annotated
from uuid import UUID

from fastapi import Query
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.access.identity import owner_of
from app.accounts.usage_schemas import MOST_DAYS, UsageDayOut, UsageSums, UsedBy, UsedCharacter
from app.db.models import Character, Person
from app.errors import InvalidError
from app.quotas.figures import GUESTS, Figures, UsageFigures, UsageRow
from app.quotas.payer import SERVICE
from app.quotas.usage import NO_CHARACTER

DEFAULT_DAYS = 30
MOST_CSV_ROWS = 50_000

From = Annotated[
    dt.date | None, Query(alias="from", description="The first day (UTC), 30 days ago by default.")
]
To = Annotated[
    dt.date | None, Query(alias="to", description="The last day (UTC), by default today.")
]
Offset = Annotated[int, Query(ge=0, le=10_000_000, description="`next_cursor` of the page before.")]


def days_between(
    first: dt.date | None, last: dt.date | None, today: dt.date
) -> tuple[dt.date, dt.date]:
    """Return the first and the last day asked for.

    Raises :class:`~app.errors.InvalidError` (``invalid_range``) for days in the wrong order, and
    for more than a year.
    """
    last = today if last is None else last
    if first is None:
        back = min(DEFAULT_DAYS - 1, (last - dt.date.min).days)
        first = last - dt.timedelta(days=back)
    if first > last or (last - first).days >= MOST_DAYS:
        raise InvalidError(
            "invalid_range",
            f"`from` must not be after `to`, and at most {MOST_DAYS} days lie between them.",
            most_days=MOST_DAYS,
        )
    return first, last


class Names:
    """Hold the names of the people and characters of a report."""

    def __init__(self, people: Mapping[str, Person], characters: Mapping[UUID, Character]) -> None:
        self._people = people
        self._characters = characters

    @classmethod
    async def of(
        cls, session: AsyncSession, owners: Collection[str], characters: Collection[UUID]
    ) -> "Names":
        """Read the names; what was deleted has none."""
        ids = [
            UUID(owner.removeprefix("person ")) for owner in owners if owner.startswith("person ")
        ]
        people = await session.scalars(select(Person).where(Person.id.in_(ids)))
        found = await session.execute(
            select(Character.id, Character.slug, Character.name).where(
                Character.id.in_(set(characters))
            )
        )
        return cls(
            {owner_of(person.id): person for person in people},
            {id: Character(id=id, slug=slug, name=name) for id, slug, name in found},
        )

    def by(self, owner: str) -> UsedBy:
        """Return who an owner is."""
        if owner == SERVICE:
            return UsedBy(kind="service")
        if owner == GUESTS:
            return UsedBy(kind="guests")
        person = self._people.get(owner)
        if person is None:
            return UsedBy(kind="person", id=UUID(owner.removeprefix("person ")))
        return UsedBy(kind="person", id=person.id, login=person.login, name=person.name)

    def character(self, id: UUID) -> UsedCharacter | None:
        """Return a character; None for what is about none."""
        if id == NO_CHARACTER:
            return None
        found = self._characters.get(id)
        if found is None:
            return UsedCharacter(id=id, slug=None, name=None)
        return UsedCharacter(id=id, slug=found.slug, name=found.name)


def sums_of(figures: Figures) -> UsageSums:
    """Return sums without storage, which cannot be added over days."""
    return UsageSums(**{name: getattr(figures, name) for name in UsageSums.model_fields})


def days_of(by_day: Mapping[dt.date, Figures]) -> list[UsageDayOut]:
    """Return the days, oldest first."""
    return [UsageDayOut(day=day, **figures._asdict()) for day, figures in sorted(by_day.items())]


async def page_of(
    figures: UsageFigures, offset: int, limit: int
) -> tuple[Sequence[UsageRow], str | None]:
    """Return a page of rows, and the cursor of the next one."""
    found = await figures.rows(offset, limit + 1)
    return found[:limit], str(offset + limit) if len(found) > limit else None


async def csv_rows(session: AsyncSession, figures: UsageFigures) -> list[Sequence[str | int]]:
    """Return all rows of a report for CSV, with the columns of :data:`CSV_HEADER`.

    Raises :class:`~app.errors.InvalidError` (``too_many_rows``) where they are more than a file
    should have.
    """
    found = await figures.rows(0, MOST_CSV_ROWS + 1)
    if len(found) > MOST_CSV_ROWS:
        raise InvalidError(
            "too_many_rows",
            f"These are more than {MOST_CSV_ROWS:,} rows. Ask for fewer days, or one person.",
            most=MOST_CSV_ROWS,
        )
    names = await Names.of(session, {row.owner for row in found}, {row.character for row in found})
    rows: list[Sequence[str | int]] = []
    for row in found:
        by, character = names.by(row.owner), names.character(row.character)
        who = by.login or (str(by.id) if by.id else by.kind)
        of = "" if character is None else character.name or str(character.id)
        rows.append((row.day.isoformat(), who, by.name or "", of, *row.figures))
    return rows


CSV_HEADER = ("day", "person", "name", "character", *Figures._fields)

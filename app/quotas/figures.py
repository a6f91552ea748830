"""Add up what was used: by day, by person, by character."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, Select, case, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.db.models import UsageDay
from app.quotas.payer import SERVICE

GUESTS = "guest"
"""Stands for all guests together: their cookies mean nothing to an admin."""
_PERSONS = "person %"


class Figures(NamedTuple):
    """Hold sums of usage; ``storage_bytes`` means something for one day only."""

    prompt_tokens: int
    cached_tokens: int
    completion_tokens: int
    turns: int
    storage_bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class UsageFilter:
    """Select days, of one owner or character where they are named."""

    first: dt.date
    last: dt.date
    owner: str | None = None
    """As conversations name their owners; :data:`GUESTS` for all guests."""
    character: UUID | None = None


class UsageRow(NamedTuple):
    """Hold what one owner used of one character on one day."""

    day: dt.date
    owner: str
    character: UUID
    figures: Figures


_OWNER = case(
    (UsageDay.owner.like(_PERSONS), UsageDay.owner),
    (UsageDay.owner == SERVICE, SERVICE),
    else_=GUESTS,
)
_SUMS = tuple(func.coalesce(func.sum(getattr(UsageDay, name)), 0) for name in Figures._fields)


class UsageFigures:
    """Query what was used within one session."""

    def __init__(self, session: AsyncSession, wanted: UsageFilter) -> None:
        self._session = session
        self._wanted = wanted

    async def total(self) -> Figures:
        """Return the sums of all days."""
        return _figures((await self._session.execute(self._select())).one())

    async def by_day(self) -> dict[dt.date, Figures]:
        """Return the sums of each day on which something was used."""
        found = await self._session.execute(self._select(UsageDay.day).group_by(UsageDay.day))
        return {row[0]: _figures(row[1:]) for row in found}

    async def top_owners(self, most: int) -> list[tuple[str, Figures]]:
        """Return who used most tokens."""
        return [(str(owner), sums) for owner, sums in await self._top(_OWNER, most)]

    async def top_characters(self, most: int) -> list[tuple[UUID, Figures]]:
        """Return the characters for which most tokens were used."""
        return await self._top(UsageDay.character_id, most)

    async def rows(self, offset: int, limit: int) -> list[UsageRow]:
        """Return figures by day, owner and character, newest first; the guests' together."""
        key: tuple[ColumnElement[Any], ...] = (
            UsageDay.day.expression,
            _OWNER,
            UsageDay.character_id.expression,
        )
        found = await self._session.execute(
            self._select(*key)
            .group_by(*key)
            .order_by(UsageDay.day.desc(), _OWNER, UsageDay.character_id)
            .offset(offset)
            .limit(limit)
        )
        return [UsageRow(row[0], row[1], row[2], _figures(row[3:])) for row in found]

    async def _top(self, key: Any, most: int) -> list[tuple[Any, Figures]]:
        tokens = func.sum(UsageDay.prompt_tokens + UsageDay.completion_tokens)
        found = await self._session.execute(
            self._select(key).group_by(key).order_by(tokens.desc(), key).limit(most)
        )
        return [(row[0], _figures(row[1:])) for row in found]

    def _select(self, *key: Any) -> Select[Any]:
        wanted = self._wanted
        statement = select(*key, *_SUMS).where(
            UsageDay.day >= wanted.first, UsageDay.day <= wanted.last
        )
        if wanted.owner == GUESTS:
            statement = statement.where(
                UsageDay.owner.not_like(_PERSONS), UsageDay.owner != SERVICE
            )
        elif wanted.owner is not None:
            statement = statement.where(UsageDay.owner == wanted.owner)
        if wanted.character is not None:
            statement = statement.where(UsageDay.character_id == wanted.character)
        return statement


def _figures(sums: Sequence[Any]) -> Figures:
    return Figures(*map(int, sums))

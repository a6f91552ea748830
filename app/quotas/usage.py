"""Store what people used, by day and character, and keep it within bounds."""

import datetime as dt
from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    Date,
    Executable,
    Select,
    String,
    Uuid,
    bindparam,
    delete,
    literal,
    literal_column,
    select,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession

from app.db.models import Person, UsageDay
from app.quotas.bill import Bill
from app.quotas.payer import Payer

NO_CHARACTER = UUID(int=0)
_COUNTED = ("prompt_tokens", "cached_tokens", "completion_tokens", "turns")
_KEY = (UsageDay.owner, UsageDay.day, UsageDay.character_id)
_COLUMNS = ("owner", "day", "character_id", *_COUNTED, "storage_bytes")


async def add_usage(
    session: AsyncSession, payer: Payer, bill: Bill, day: dt.date, character: UUID | None
) -> None:
    """Add a bill to the payer's day; nothing where the payer's account was deleted meanwhile."""
    if not (bill.tokens or bill.turns):
        return
    values = {
        "owner": payer.owner,
        "day": day,
        "character_id": character or NO_CHARACTER,
        **{name: getattr(bill, name) for name in _COUNTED},
        "storage_bytes": 0,
    }
    await session.execute(_adding(session, values, payer.person))


def _adding(session: AsyncSession, values: Mapping[str, Any], person: UUID | None) -> Executable:
    """Return the statement that inserts a row, or adds to the one of the same day."""
    build = _insert(session)
    types = {"owner": String, "day": Date, "character_id": Uuid}
    cells: list[Any] = [literal(values[name], types.get(name, BigInteger)) for name in _COLUMNS]
    row: Select[Any] = select(*cells)
    if person is None:
        row = row.where(literal_column("1") == literal_column("1"))  # SQLite's parser needs one
    else:
        # Locked: who is being deleted at this moment is gone when this goes on.
        row = row.select_from(Person).where(Person.id == person)
        row = row.with_for_update(read=True, key_share=True)
    statement = build(UsageDay).from_select(list(_COLUMNS), row)
    adding: Executable = statement.on_conflict_do_update(
        index_elements=list(_KEY),
        set_={
            name: getattr(UsageDay, name) + getattr(statement.excluded, name) for name in _COUNTED
        },
    )
    return adding


async def note_storage(
    session: AsyncSession, day: dt.date, stored: Mapping[str, Mapping[UUID, int]]
) -> None:
    """Record the bytes that files take on a day, by owner and character."""
    rows = [
        {"p_owner": owner, "p_day": day, "p_character": character, "p_bytes": size}
        for owner, sizes in stored.items()
        for character, size in sizes.items()
    ]
    await session.execute(update(UsageDay).where(UsageDay.day == day).values(storage_bytes=0))
    if not rows:
        return
    build = _insert(session)
    statement = build(UsageDay).values(
        owner=bindparam("p_owner"),
        day=bindparam("p_day"),
        character_id=bindparam("p_character"),
        storage_bytes=bindparam("p_bytes"),
        **dict.fromkeys(_COUNTED, 0),
    )
    statement = statement.on_conflict_do_update(
        index_elements=list(_KEY), set_={"storage_bytes": statement.excluded.storage_bytes}
    )
    await session.execute(statement, rows)


async def delete_old_usage(session: AsyncSession, today: dt.date, kept_days: int) -> None:
    """Delete the figures of days longer ago."""
    await session.execute(delete(UsageDay).where(UsageDay.day < today - timedelta(days=kept_days)))


async def hand_over_usage(session: AsyncSession, before: str, after: str) -> None:
    """Add what a guest used to what a person used."""
    names = [name for name in _COLUMNS if name != "owner"]
    moved = select(literal(after, String), *(getattr(UsageDay, name) for name in names))
    statement = _insert(session)(UsageDay).from_select(
        ["owner", *names], moved.where(UsageDay.owner == before)
    )
    added = (*_COUNTED, "storage_bytes")
    await session.execute(
        statement.on_conflict_do_update(
            index_elements=list(_KEY),
            set_={
                name: getattr(UsageDay, name) + getattr(statement.excluded, name) for name in added
            },
        )
    )
    await session.execute(delete(UsageDay).where(UsageDay.owner == before))


def _insert(session: AsyncSession) -> Any:
    is_postgresql = session.get_bind().dialect.name == "postgresql"
    return postgresql.insert if is_postgresql else sqlite.insert

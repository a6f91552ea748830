"""Read the distinct values of a column from one to the next in its index."""

from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute


async def distinct_values(session: AsyncSession, column: InstrumentedAttribute[Any]) -> list[str]:
    """Return the distinct texts of a column that leads an index; few, of however many rows.

    ``DISTINCT`` would read an entry for each row. Null and the empty text are left out.
    """
    found: list[str] = []
    after = ""
    while True:
        following = select(column).where(column > after).order_by(column).limit(1)
        value: str | None = await session.scalar(following)
        if value is None:
            return found
        found.append(value)
        after = value

"""Query for the admin API."""

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession


async def database_bytes(session: AsyncSession, dialect: str) -> int | None:
    """Return the size of the database; None for a dialect without a query for it."""
    sql = {
        "sqlite": "SELECT page_count * page_size FROM pragma_page_count, pragma_page_size",
        "postgresql": "SELECT pg_database_size(current_database())",
    }.get(dialect)
    return None if sql is None else await session.scalar(text(sql))

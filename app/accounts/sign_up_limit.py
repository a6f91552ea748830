"""Limit the sign-ups of an address; the counts lie in the database, so all processes agree."""

import math
from datetime import datetime, timedelta

from sqlalchemy import case, delete
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession

from app.access import hash_key
from app.db.base import utc_now
from app.db.models import SignUpCount
from app.db.session import Database
from app.errors import TooManyRequestsError

_PERIOD = timedelta(hours=1)


class SignUpLimit:
    """Count every sign-up that costs the hash of a password, whether it succeeds or not."""

    def __init__(self, database: Database, most: int) -> None:
        """``most``: the sign-ups of an address in an hour."""
        self._database = database
        self._most = most

    async def count(self, site: str) -> None:
        """Count a sign-up. Raises :class:`~app.errors.TooManyRequestsError` beyond the limit.

        ``site``: see :attr:`app.access.addresses.Client.site`.
        """
        now = utc_now()
        async with self._database.write() as session:
            await discard_old_counts(session, now)
            tries, began_at = await _add_one(session, hash_key(site), now)
        if tries > self._most:
            seconds = max(1, math.ceil((began_at + _PERIOD - now).total_seconds()))
            raise TooManyRequestsError(
                "too_many_sign_ups",
                f"This address signed up {self._most} times within an hour. "
                f"Try again in {math.ceil(seconds / 60)} min.",
                retry_after=seconds,
                limit=self._most,
                minutes=math.ceil(seconds / 60),
            )


async def discard_old_counts(session: AsyncSession, now: datetime) -> None:
    """Delete counts that no limit needs any more."""
    await session.execute(delete(SignUpCount).where(SignUpCount.began_at <= now - _PERIOD))


async def _add_one(session: AsyncSession, site: str, now: datetime) -> tuple[int, datetime]:
    """Return the tries of an address with this one, and since when they are counted."""
    dialect = session.get_bind().dialect.name
    build = postgresql.insert if dialect == "postgresql" else sqlite.insert
    is_over = SignUpCount.began_at <= now - _PERIOD
    counted = (
        build(SignUpCount)
        .values(site=site, began_at=now, tries=1)
        .on_conflict_do_update(
            index_elements=[SignUpCount.site],
            set_={
                "began_at": case((is_over, now), else_=SignUpCount.began_at),
                "tries": case((is_over, 1), else_=SignUpCount.tries + 1),
            },
        )
        .returning(SignUpCount.tries, SignUpCount.began_at)
    )
    tries, began_at = (await session.execute(counted)).one()
    return tries, began_at

"""Query and update auditions."""

from datetime import timedelta
from uuid import UUID

from sqlalchemy import and_, exists, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.db.clock import db_now
from app.db.models import Audition
from app.db.signals import Topic, announce

LEASE = timedelta(seconds=15)
"""An audition that has not reported for this long has died with its process."""
_PATIENCE = timedelta(hours=1)


class AuditionRepository:
    """Store auditions within one session."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def get(self, character_id: UUID) -> Audition | None:
        return await self._session.get(Audition, character_id)

    async def is_any_running(self) -> bool:
        """Return whether an audition runs or waits, of any character, in any process.

        One that has waited for an hour waits for a worker that does not come, and blocks none.
        """
        waits = and_(Audition.waiting, Audition.lease_until > db_now(-_PATIENCE))
        running = exists().where(or_(waits, Audition.lease_until > db_now()))
        return bool(await self._session.scalar(select(running)))

    async def begin(self, character_id: UUID) -> Audition:
        """Return an audition that waits for a worker; it keeps the result of the last one."""
        await announce(self._session, Topic.AUDITIONS)
        audition = await self.get(character_id)
        if audition is None:
            audition = Audition(character_id=character_id)
            self._session.add(audition)
        audition.waiting = True
        # Workers go by ``waiting``; older versions of Offbook beside this one go by the lease.
        audition.lease_until = db_now(LEASE)
        audition.done = audition.total = 0
        audition.error = None
        return audition

    async def claim(self) -> UUID | None:
        """Claim an audition that waits, and return its character."""
        waiting = (
            select(Audition.character_id)
            .where(Audition.waiting)
            .limit(1)
            .with_for_update(skip_locked=True)
        )
        claimed = await self._session.execute(
            update(Audition)
            .where(Audition.character_id == waiting.scalar_subquery())
            .values(waiting=False, lease_until=db_now(LEASE))
            .returning(Audition.character_id)
            .execution_options(synchronize_session=False)
        )
        return claimed.scalar()

    async def report(self, character_id: UUID, done: int, total: int) -> None:
        """Store the progress, and extend the lease."""
        await self._session.execute(
            update(Audition)
            .where(Audition.character_id == character_id)
            .values(done=done, total=total, lease_until=db_now(LEASE))
        )

    async def release(self, character_id: UUID) -> None:
        """Expire the lease of an audition that stopped without a result."""
        await self._session.execute(
            update(Audition)
            .where(Audition.character_id == character_id)
            .values(lease_until=db_now())
        )

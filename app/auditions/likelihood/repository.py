"""Query and update measurements of likelihood."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, cast
from uuid import UUID

from sqlalchemy import CursorResult, exists, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.db.clock import db_now
from app.db.ids import new_id
from app.db.models import LikelihoodAudition

LEASE = timedelta(seconds=15)
"""A measurement that has not reported for this long has died with its process."""


class LikelihoodRepository:
    """Store measurements within one session."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def get(self, character_id: UUID) -> LikelihoodAudition | None:
        return await self._session.get(LikelihoodAudition, character_id)

    async def is_any_running(self) -> bool:
        """Return whether a measurement runs, of any character, in any process."""
        running = exists().where(
            LikelihoodAudition.running.is_(True), LikelihoodAudition.lease_until > db_now()
        )
        return bool(await self._session.scalar(select(running)))

    async def begin(self, character_id: UUID, total: int) -> LikelihoodAudition:
        """Return a measurement that runs from now on; it keeps scores, pace and last result.

        Raises the database's :class:`~sqlalchemy.exc.IntegrityError` where another one began at
        this moment.
        """
        await self._session.execute(
            update(LikelihoodAudition)
            .where(LikelihoodAudition.running.is_(True), LikelihoodAudition.lease_until <= db_now())
            .values(running=None)
        )
        found = await self.get(character_id)
        if found is None:
            found = LikelihoodAudition(character_id=character_id)
            self._session.add(found)
        found.running, found.run = True, new_id()
        found.lease_until = db_now(LEASE)
        found.stopped, found.error_code, found.error = False, None, None
        found.done, found.total = 0, total
        await self._session.flush()
        await self._session.refresh(found)
        return found

    async def report(self, run: UUID, **values: Any) -> bool:
        """Store values, and extend the lease; return whether the run is still to go on."""
        changed = await self._session.execute(
            update(LikelihoodAudition)
            .where(LikelihoodAudition.run == run, LikelihoodAudition.running.is_(True))
            .values(lease_until=db_now(LEASE), **values)
        )
        return cast("CursorResult[Any]", changed).rowcount > 0

    async def end(self, run: UUID, **values: Any) -> None:
        """End a run that was not ended yet, and store values."""
        await self._session.execute(
            update(LikelihoodAudition)
            .where(LikelihoodAudition.run == run, LikelihoodAudition.running.is_(True))
            .values(running=None, lease_until=None, **values)
        )

    async def interrupt(self, run: UUID) -> None:
        """Expire the lease of a run that ends with its process."""
        await self._session.execute(
            update(LikelihoodAudition)
            .where(LikelihoodAudition.run == run, LikelihoodAudition.running.is_(True))
            .values(lease_until=db_now(), running=None)
        )

    async def stop(self, character_id: UUID) -> None:
        """Mark a character's measurement as stopped, if it runs: its process then ends it."""
        await self._session.execute(
            update(LikelihoodAudition)
            .where(
                LikelihoodAudition.character_id == character_id,
                LikelihoodAudition.running.is_(True),
            )
            .values(running=None, lease_until=None, stopped=True)
        )

    async def keep(self, run: UUID, values: Mapping[str, Any]) -> None:
        """Store values of a run, also of one that was stopped."""
        if values:
            await self._session.execute(
                update(LikelihoodAudition).where(LikelihoodAudition.run == run).values(**values)
            )

    async def pace(self, model: str) -> float | None:
        """Return the seconds that a score of the model took in its last measurement."""
        return await self._session.scalar(
            select(LikelihoodAudition.seconds_a_score)
            .where(
                LikelihoodAudition.model == model, LikelihoodAudition.seconds_a_score.is_not(None)
            )
            .order_by(LikelihoodAudition.run.desc())
            .limit(1)
        )

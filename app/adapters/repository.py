"""Query and update adapters, their auditions, and which characters they speak for."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any, Literal, NamedTuple, cast
from uuid import UUID

from sqlalchemy import CursorResult, and_, exists, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.db.clock import db_now
from app.db.models import Adapter, AdapterAudition, Character
from app.db.signals import Topic, announce

LEASE = timedelta(seconds=15)
"""An audition that has not reported for this long has died with its process."""
_PATIENCE = timedelta(hours=1)
Hold = Literal["use", "remove"]
"""``use``: it is put in force, and not removed meanwhile. ``remove``: nor put in force."""


class Asked(NamedTuple):
    """Name an audition: an adapter, for a character."""

    adapter_id: UUID
    character_id: UUID


class AdapterRepository:
    """Store adapters within one session."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def all(self) -> Sequence[Adapter]:
        """Return the registered adapters, the newest first."""
        registered = select(Adapter).where(Adapter.retired_at.is_(None))
        return (await self._session.scalars(registered.order_by(Adapter.id.desc()))).all()

    async def by_name(
        self, name: str, *, retired: bool = False, hold: Hold | None = None
    ) -> Adapter | None:
        """Return a registered adapter; with ``retired`` also one that was removed.

        ``hold``: what may be done with it until the transaction ends, see :data:`Hold`. A
        transaction that locks a character as well does that first.
        """
        named = select(Adapter).where(Adapter.name == name)
        if hold is not None:
            named = named.with_for_update(read=hold == "use").execution_options(
                populate_existing=True
            )
        found: Adapter | None = await self._session.scalar(named)
        return found if found is None or retired or found.retired_at is None else None

    async def get(self, adapter_id: UUID) -> Adapter | None:
        return await self._session.get(Adapter, adapter_id)

    def add(self, adapter: Adapter) -> None:
        """Add an adapter; its name must be a new one."""
        self._session.add(adapter)

    async def characters(self, names: Sequence[str]) -> Sequence[Character]:
        """Return the characters that these adapters speak for, by name."""
        if not names:
            return []
        served = select(Character).where(
            Character.adapter.in_(names), Character.deleted_at.is_(None)
        )
        return (await self._session.scalars(served.order_by(Character.name, Character.id))).all()

    async def lock_character(self, character_id: UUID) -> Character | None:
        """Return a character that no other transaction changes until this one ends."""
        return await self._session.get(
            Character, character_id, with_for_update=True, populate_existing=True
        )


class AdapterAuditionRepository:
    """Store auditions of adapters within one session."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def get(self, asked: Asked) -> AdapterAudition | None:
        return await self._session.get(AdapterAudition, asked)

    async def of_character(self, character_id: UUID) -> dict[UUID, AdapterAudition]:
        """Return the auditions for a character, by adapter."""
        found = await self._session.scalars(
            select(AdapterAudition).where(AdapterAudition.character_id == character_id)
        )
        return {each.adapter_id: each for each in found}

    async def is_any_running(self) -> bool:
        """Return whether an audition runs or waits, of any adapter, in any process.

        One that has waited for an hour waits for a worker that does not come, and blocks none.
        """
        waits = and_(AdapterAudition.waiting, AdapterAudition.lease_until > db_now(-_PATIENCE))
        running = exists().where(or_(waits, AdapterAudition.lease_until > db_now()))
        return bool(await self._session.scalar(select(running)))

    async def begin(self, asked: Asked, *, waiting: bool = True) -> AdapterAudition:
        """Return an audition that waits for a worker, or runs; it keeps the last result."""
        if waiting:
            await announce(self._session, Topic.AUDITIONS)
        audition = await self.get(asked)
        if audition is None:
            audition = AdapterAudition(adapter_id=asked.adapter_id, character_id=asked.character_id)
            self._session.add(audition)
        audition.waiting = waiting
        audition.lease_until = db_now(LEASE)
        audition.done = audition.total = 0
        audition.error_code = audition.error = None
        await self._session.flush()
        await self._session.refresh(audition)
        return audition

    async def claim(self) -> Asked | None:
        """Claim an audition that waits."""
        waiting = (
            select(AdapterAudition)
            .where(AdapterAudition.waiting)
            .order_by(AdapterAudition.lease_until)
            .limit(1)
            .with_for_update(skip_locked=True)
        )
        found: AdapterAudition | None = await self._session.scalar(waiting)
        if found is None:
            return None
        found.waiting, found.lease_until = False, db_now(LEASE)
        return Asked(found.adapter_id, found.character_id)

    async def report(self, asked: Asked, done: int, total: int) -> bool:
        """Store the progress and extend the lease; return whether it is still to go on."""
        changed = await self._session.execute(
            _running(asked).values(done=done, total=total, lease_until=db_now(LEASE))
        )
        return cast("CursorResult[Any]", changed).rowcount > 0

    async def end(self, asked: Asked, **values: Any) -> None:
        """End an audition that was not stopped, and store values."""
        await self._session.execute(_running(asked).values(lease_until=None, **values))

    async def interrupt(self, asked: Asked) -> None:
        """Expire the lease of an audition that ends with its process, unless it was stopped."""
        await self._session.execute(_running(asked).values(lease_until=db_now()))

    async def stop(self, asked: Asked) -> None:
        """Mark an audition as stopped: its process then ends it."""
        await self._session.execute(
            _update(asked).values(waiting=False, lease_until=None, error_code=None, error=None)
        )


def _running(asked: Asked) -> Any:
    """Update an audition unless it was stopped; one that waits was stopped and begun again."""
    return _update(asked).where(
        AdapterAudition.lease_until.is_not(None), AdapterAudition.waiting.is_(False)
    )


def _update(asked: Asked) -> Any:
    return (
        update(AdapterAudition)
        .where(
            AdapterAudition.adapter_id == asked.adapter_id,
            AdapterAudition.character_id == asked.character_id,
        )
        .execution_options(synchronize_session=False)
    )

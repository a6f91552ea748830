"""Reserve and take quotas, settle them with the real figures, and give back what was not used."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from uuid import UUID
from weakref import WeakValueDictionary

import structlog
from sqlalchemy import delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.db.errors import DATABASE_ERRORS, reason_of
from app.db.ids import new_id
from app.db.models import QuotaAccount, QuotaReservation, UsageDay
from app.db.session import Database
from app.quotas.bill import Bill
from app.quotas.clock import Clock, day_of, utc_now
from app.quotas.counters import SETTLE, Asked, settle_values, take_statement, take_values
from app.quotas.errors import QuotaExceededError
from app.quotas.payer import Payer, Subject
from app.quotas.refusals import Refusals
from app.quotas.refusing import exceeded, request_refusal, storage_refusal
from app.quotas.releasing import release_lapsed
from app.quotas.storage import stored_by_character, stored_bytes
from app.quotas.usage import add_usage, delete_old_usage, note_storage
from app.settings import QuotaSettings

log = structlog.get_logger(__name__)

Admit = Callable[[AsyncSession], Awaitable[None]]

LEASE = timedelta(seconds=60)
"""A reservation that was not renewed for this long belonged to a process that died."""
_RENEWED_EVERY = LEASE / 3
_KEPT_ACCOUNT_DAYS = 2


@dataclass(slots=True, weakref_slot=True, eq=False)
class Reservation:
    """Hold what a piece of work has reserved, and what it has cost so far.

    Its lease is renewed for as long as the work refers to it, and until it is settled.
    """

    payer: Payer
    id: UUID = field(default_factory=new_id)
    bill: Bill = field(default_factory=Bill)
    character: UUID | None = None
    settled: bool = False


class QuotaService:
    """Bound what people use, and count it.

    Methods with a session take part in its transaction: what they took is given back where it
    fails. The others have one of their own.
    """

    def __init__(self, database: Database, settings: QuotaSettings, clock: Clock = utc_now) -> None:
        self.settings = settings
        self.clock = clock
        self._database = database
        self._held: WeakValueDictionary[UUID, Reservation] = WeakValueDictionary()
        self._renewing: asyncio.Task[None] | None = None
        self._settling: set[asyncio.Task[None]] = set()
        self._refusals = Refusals()

    def check_requests(self, payer: Payer) -> None:
        """Raise :class:`QuotaExceededError` where this process knows the minute to be used up."""
        now = self.clock()
        for subject in payer.subjects:
            if self._refusals.is_closed(subject, now):
                raise QuotaExceededError(request_refusal(subject, now))

    async def take(self, session: AsyncSession, payer: Payer, asked: Asked) -> None:
        """Take what is asked, of all of the payer's subjects or of none.

        Raises :class:`QuotaExceededError`; the transaction must then be rolled back.
        """
        self.check_requests(payer)
        now = self.clock()
        for subject in payer.subjects:
            if await self._take_of(session, subject, asked, now):
                continue
            # What dead processes held may be in the way.
            if await release_lapsed(session, now, subject.name) and await self._take_of(
                session, subject, asked, now
            ):
                continue
            row = await session.get(QuotaAccount, subject.name, populate_existing=True)
            found = exceeded(subject, asked, row, now)
            self._refusals.note(subject, found.quota, now)
            raise QuotaExceededError(found)

    async def request(self, payer: Payer) -> None:
        """Count a request that takes nothing else."""
        if payer.subjects:
            self.check_requests(payer)
            async with self._database.write() as session:
                await self.take(session, payer, Asked(requests=1))

    async def reserve(
        self,
        session: AsyncSession,
        payer: Payer,
        tokens: int,
        *,
        turns: int = 1,
        character: UUID | None = None,
        requests: int = 1,
    ) -> Reservation:
        """Take a request and running turns, and reserve tokens until :meth:`settle`."""
        reservation = Reservation(payer, character=character)
        if not payer.subjects:
            return reservation
        await self.take(session, payer, Asked(requests=requests, turns=turns, tokens=tokens))
        lease_until = self.clock() + LEASE
        rows = [
            {
                "id": reservation.id,
                "subject": subject.name,
                "tokens": tokens,
                "turns": turns,
                "lease_until": lease_until,
            }
            for subject in payer.subjects
        ]
        await session.execute(insert(QuotaReservation), rows)
        self._held[reservation.id] = reservation
        if self._renewing is None or self._renewing.done():
            self._renewing = asyncio.create_task(self._renew(), name="renewing-reservations")
        return reservation

    async def reserve_alone(
        self,
        payer: Payer,
        tokens: int,
        *,
        turns: int = 1,
        character: UUID | None = None,
        requests: int = 1,
    ) -> Reservation:
        """Reserve as :meth:`reserve` does, in a transaction of its own."""
        if not payer.subjects:
            return Reservation(payer, character=character)
        self.check_requests(payer)
        async with self._database.write() as session:
            return await self.reserve(
                session, payer, tokens, turns=turns, character=character, requests=requests
            )

    async def settle(self, session: AsyncSession, reservation: Reservation) -> None:
        """Give a reservation back and count its bill, on the present day.

        The caller marks it as settled once the transaction is over.
        """
        now, payer, bill = self.clock(), reservation.payer, reservation.bill
        reserved: dict[str, tuple[int, int]] = {}
        if payer.subjects:
            gone = delete(QuotaReservation).where(QuotaReservation.id == reservation.id)
            held = await session.execute(
                gone.returning(
                    QuotaReservation.subject, QuotaReservation.tokens, QuotaReservation.turns
                ).execution_options(synchronize_session=False)
            )
            reserved |= {subject: (tokens, turns) for subject, tokens, turns in held}
            for subject in payer.subjects:
                tokens, turns = reserved.get(subject.name, (0, 0))
                values = settle_values(
                    subject.name, now, used=bill.tokens, tokens=tokens, turns=turns
                )
                await session.execute(SETTLE, values)
        if payer.person is None and payer.subjects and payer.owner not in reserved:
            return  # the guest was erased meanwhile
        await add_usage(session, payer, bill, now.astimezone(UTC).date(), reservation.character)

    async def settle_alone(self, reservation: Reservation) -> None:
        """Settle in a transaction of its own, once; a failure is logged, and the lease runs out."""
        if reservation.settled:
            return
        self.note_settled(reservation)
        bill = reservation.bill
        if not (reservation.payer.subjects or bill.tokens or bill.turns):
            return
        try:
            async with self._database.write() as session:
                await self.settle(session, reservation)
        except DATABASE_ERRORS as error:
            log.error("usage_not_counted", reason=reason_of(error))

    def note_settled(self, reservation: Reservation) -> None:
        """Note that a reservation was settled, so that nothing settles it again."""
        reservation.settled = True
        self._held.pop(reservation.id, None)

    def settle_soon(self, reservation: Reservation) -> None:
        """Settle in a task of its own what was not settled: for work that never began."""
        if reservation.settled:
            return
        task = asyncio.create_task(self.settle_alone(reservation), name="settling")
        self._settling.add(task)
        task.add_done_callback(self._settling.discard)

    @contextlib.asynccontextmanager
    async def upload(self, payer: Payer) -> AsyncIterator[Admit]:
        """Count an upload, which is given back where the block fails.

        Yields :meth:`check_storage` for this payer, to be called in the transaction that stores the
        file. Raises :class:`QuotaExceededError`, also where the payer's storage is full already.
        """

        async def admit(session: AsyncSession) -> None:
            await self.check_storage(session, payer)

        if not payer.subjects:
            yield admit
            return
        self.check_requests(payer)
        async with self._database.write() as session:
            await self.take(session, payer, Asked(uploads=1))
            await self.check_storage(session, payer, room_for=1)
        try:
            yield admit
        except BaseException:
            await asyncio.shield(self._give_upload_back(payer))
            raise

    async def check_storage(
        self, session: AsyncSession, payer: Payer, *, room_for: int = 0
    ) -> None:
        """Raise :class:`QuotaExceededError` where the payer's files, as stored, take too much.

        Call it in the transaction that stores a file, after it. The payer's row is locked first, so
        that of several uploads at once each sees those before it.
        """
        for subject in payer.subjects:
            most = subject.quota.storage_bytes
            if most is None or subject.kind == "address":
                continue
            await session.execute(SETTLE, settle_values(subject.name, self.clock()))
            used = await stored_bytes(session, payer.owner)
            if used + room_for > most:
                raise QuotaExceededError(storage_refusal(subject, used, most, room_for))

    async def maintain(self) -> None:
        """Release what dead processes held, record what files take, and delete old counters."""
        now = self.clock()
        today = now.astimezone(UTC).date()
        async with self._database.write() as session:
            await release_lapsed(session, now)
            await session.execute(
                delete(QuotaAccount).where(
                    QuotaAccount.day < day_of(now) - _KEPT_ACCOUNT_DAYS, QuotaAccount.running == 0
                )
            )
            await delete_old_usage(session, today, self.settings.kept_days)
        async with self._database.read() as session:
            stored = await stored_by_character(session)
        async with self._database.write() as session:
            await note_storage(session, today, stored)

    async def erase(self, owner: str, session: AsyncSession | None = None) -> None:
        """Delete every row of one person or guest, named as conversations name their owners.

        It takes part in ``session`` where one is given. Limits of a person's own are in their
        account.
        """
        if session is None:
            async with self._database.write() as own:
                await self.erase(owner, own)
            return
        await session.execute(delete(QuotaReservation).where(QuotaReservation.subject == owner))
        await session.execute(delete(QuotaAccount).where(QuotaAccount.subject == owner))
        await session.execute(delete(UsageDay).where(UsageDay.owner == owner))

    async def aclose(self) -> None:
        """Settle what is left, and stop renewing leases."""
        await asyncio.gather(*self._settling, return_exceptions=True)
        if self._renewing is not None:
            self._renewing.cancel()
            await asyncio.gather(self._renewing, return_exceptions=True)

    async def _take_of(
        self, session: AsyncSession, subject: Subject, asked: Asked, now: datetime
    ) -> bool:
        limits = {name: getattr(subject.quota, name) for name in asked.by_name()}
        if any(
            amount and limits[name] is not None and amount > limits[name]
            for name, amount in asked.by_name().items()
        ):
            return False
        dialect = session.get_bind().dialect.name
        values = take_values(subject.name, asked, limits, now)
        return await session.scalar(take_statement(dialect), values) is not None

    async def _give_upload_back(self, payer: Payer) -> None:
        with contextlib.suppress(*DATABASE_ERRORS):
            async with self._database.write() as session:
                for subject in payer.subjects:
                    values = settle_values(subject.name, self.clock(), uploads=1)
                    await session.execute(SETTLE, values)

    async def _renew(self) -> None:
        """Renew the leases of this process until it holds none."""
        while self._held:
            await asyncio.sleep(_RENEWED_EVERY.total_seconds())
            with contextlib.suppress(*DATABASE_ERRORS):
                await self.renew()

    async def renew(self) -> None:
        """Renew the leases of this process."""
        if not (held := list(self._held)):
            return
        # Rows that are being settled are locked, and need no renewal.
        mine = select(QuotaReservation.id).where(QuotaReservation.id.in_(held))
        async with self._database.write() as session:
            await session.execute(
                update(QuotaReservation)
                .where(QuotaReservation.id.in_(mine.with_for_update(skip_locked=True)))
                .values(lease_until=self.clock() + LEASE)
                .execution_options(synchronize_session=False)
            )


__all__ = ["LEASE", "QuotaService", "Reservation"]

"""Give back what processes that died had reserved."""

from collections import defaultdict
from datetime import datetime

from sqlalchemy import delete, select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from app.db.models import QuotaReservation
from app.quotas.counters import SETTLE, settle_values

_AT_ONCE = 1_000


async def release_lapsed(session: AsyncSession, now: datetime, subject: str | None = None) -> int:
    """Give back the reservations whose lease has run out, of one subject or of all.

    Returns their number. One that is being settled at this moment is locked, and is left alone:
    settling locks the reservation before the account, and waiting for it here would be a deadlock.
    """
    lapsed = select(QuotaReservation.id, QuotaReservation.subject).where(
        QuotaReservation.lease_until < now
    )
    if subject is not None:
        lapsed = lapsed.where(QuotaReservation.subject == subject)
    rows = lapsed.limit(_AT_ONCE).with_for_update(skip_locked=True)
    found = [tuple(row) for row in await session.execute(rows)]
    if not found:
        return 0
    gone = delete(QuotaReservation).where(
        tuple_(QuotaReservation.id, QuotaReservation.subject).in_(found)
    )
    held: dict[str, tuple[int, int]] = defaultdict(lambda: (0, 0))
    for name, tokens, turns in await session.execute(
        gone.returning(
            QuotaReservation.subject, QuotaReservation.tokens, QuotaReservation.turns
        ).execution_options(synchronize_session=False)
    ):
        before = held[name]
        held[name] = (before[0] + tokens, before[1] + turns)
    for name, (tokens, turns) in sorted(held.items()):
        await session.execute(SETTLE, settle_values(name, now, tokens=tokens, turns=turns))
    return len(found)

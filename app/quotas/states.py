"""Return how much of each quota a payer has used."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from app.db.models import QuotaAccount
from app.quotas.payer import Payer, Subject
from app.quotas.refusing import resets_at, used_of
from app.quotas.storage import stored_bytes
from app.settings import QUOTA_NAMES, QuotaName


@dataclass(frozen=True, slots=True, kw_only=True)
class QuotaState:
    """Hold one quota: its limit, what is used, and when it is empty again."""

    quota: QuotaName
    limit: int
    used: int
    left: int
    resets_at: datetime | None


async def quota_states(session: AsyncSession, payer: Payer, now: datetime) -> list[QuotaState]:
    """Return the quotas that limit a payer: of several subjects, that with least left."""
    found: dict[QuotaName, QuotaState] = {}
    for subject in payer.subjects:
        for state in await _states(session, payer, subject, now):
            known = found.get(state.quota)
            if known is None or state.left < known.left:
                found[state.quota] = state
    return [found[name] for name in QUOTA_NAMES if name in found]


async def _states(
    session: AsyncSession, payer: Payer, subject: Subject, now: datetime
) -> list[QuotaState]:
    used = used_of(await session.get(QuotaAccount, subject.name), now)
    states = []
    for name in QUOTA_NAMES:
        limit = getattr(subject.quota, name)
        if limit is None or (name == "storage_bytes" and subject.kind == "address"):
            continue
        if name == "storage_bytes":
            taken = await stored_bytes(session, payer.owner)
        else:
            taken = getattr(used, name)
        states.append(
            QuotaState(
                quota=name,
                limit=limit,
                used=taken,
                left=max(0, limit - taken),
                resets_at=resets_at(name, now),
            )
        )
    return states

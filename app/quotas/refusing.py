"""Work out which quota a refused request would exceed, what is left of it, and until when."""

from dataclasses import dataclass
from datetime import datetime

from app.db.models import QuotaAccount
from app.quotas.clock import day_of, minute_of, next_day, next_minute, seconds_until
from app.quotas.counters import Asked
from app.quotas.errors import Exceeded
from app.quotas.payer import Subject
from app.settings import QUOTA_NAMES, Quota, QuotaName

_TURN_SECONDS = 5
"""After which a running turn may be over."""
_STORAGE_SECONDS = 3_600
"""Time alone makes no room; clients that try again by themselves shall not do so often."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Used:
    """Hold what a subject has used of each quota that is counted in its row."""

    requests_a_minute: int = 0
    running_turns: int = 0
    tokens_a_day: int = 0
    uploads_a_day: int = 0
    reserved: int = 0
    """Of the tokens, those of running turns."""


def used_of(row: QuotaAccount | None, now: datetime) -> Used:
    """Return what a row says of the present minute and day."""
    if row is None:
        return Used()
    is_today = row.day >= day_of(now)
    return Used(
        requests_a_minute=row.requests if row.minute >= minute_of(now) else 0,
        running_turns=row.running,
        tokens_a_day=(row.tokens if is_today else 0) + row.reserved,
        uploads_a_day=row.uploads if is_today else 0,
        reserved=row.reserved,
    )


def resets_at(quota: QuotaName, now: datetime) -> datetime | None:
    """Return when a quota is empty again; None where it depends on what its person does."""
    if quota == "requests_a_minute":
        return next_minute(now)
    return next_day(now) if quota in {"tokens_a_day", "uploads_a_day"} else None


def exceeded(subject: Subject, asked: Asked, row: QuotaAccount | None, now: datetime) -> Exceeded:
    """Return the first quota that does not have what is asked."""
    used = used_of(row, now)
    amounts = asked.by_name()
    for quota in QUOTA_NAMES:
        amount, limit = amounts.get(quota, 0), getattr(subject.quota, quota)
        if amount and limit is not None and getattr(used, quota) + amount > limit:
            return _exceeded(subject, quota, used, amount, now)
    # Another request gave back what this one lacked, just after it was refused.
    return _exceeded(subject, _scarcest(amounts, subject.quota), used, 1, now)


def request_refusal(subject: Subject, now: datetime) -> Exceeded:
    """Return the refusal of a further request in a minute that is used up."""
    most = subject.quota.requests_a_minute or 0
    return _exceeded(subject, "requests_a_minute", Used(requests_a_minute=most), 1, now)


def storage_refusal(subject: Subject, used: int, limit: int, needed: int) -> Exceeded:
    """Return the refusal of files for which there is no room; ``used``: with what was stored."""
    return Exceeded(
        quota="storage_bytes",
        of=subject.kind,
        limit=limit,
        left=max(0, limit - used),
        needed=max(needed, used - limit),
        resets_at=None,
        retry_after=_STORAGE_SECONDS,
    )


def _scarcest(amounts: dict[QuotaName, int], quota: Quota) -> QuotaName:
    asked = [name for name, amount in amounts.items() if amount and getattr(quota, name)]
    return "running_turns" if "running_turns" in asked else asked[0]


def _exceeded(
    subject: Subject, quota: QuotaName, used: Used, amount: int, now: datetime
) -> Exceeded:
    limit = getattr(subject.quota, quota) or 0
    taken = getattr(used, quota)
    resets = resets_at(quota, now)
    # Running turns give back what they do not use.
    soon = quota == "running_turns" or (
        quota == "tokens_a_day" and taken - used.reserved + amount <= limit
    )
    return Exceeded(
        quota=quota,
        of=subject.kind,
        limit=limit,
        left=max(0, limit - taken),
        needed=amount,
        resets_at=resets,
        retry_after=_TURN_SECONDS if soon or resets is None else seconds_until(resets, now),
    )

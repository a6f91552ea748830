"""Define the refusals of quotas that are used up."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from app.errors import TooManyRequestsError
from app.settings import QuotaName

SubjectKind = Literal["person", "guest", "address"]

CODES: dict[QuotaName, str] = {
    "requests_a_minute": "quota_requests",
    "running_turns": "quota_running_turns",
    "tokens_a_day": "quota_tokens",
    "uploads_a_day": "quota_uploads",
    "storage_bytes": "quota_storage",
}
_WHAT: dict[QuotaName, str] = {
    "requests_a_minute": "requests a minute",
    "running_turns": "replies at once",
    "tokens_a_day": "tokens a day",
    "uploads_a_day": "uploads a day",
    "storage_bytes": "bytes of storage",
}
_OF: dict[SubjectKind, str] = {
    "person": "You",
    "guest": "Guests",
    "address": "All guests of one address together",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Exceeded:
    """Describe the quota that a request would exceed."""

    quota: QuotaName
    of: SubjectKind
    limit: int
    left: int
    needed: int
    resets_at: datetime | None
    """When it is empty again; None where time alone does not help."""
    retry_after: int
    """Seconds."""


class QuotaExceededError(TooManyRequestsError):
    """Refuse a request that would exceed a quota; nothing was stored, and nothing was counted."""

    def __init__(self, found: Exceeded) -> None:
        resets = None if found.resets_at is None else found.resets_at.isoformat()
        super().__init__(
            CODES[found.quota],
            _sentence(found),
            retry_after=found.retry_after,
            quota=found.quota,
            of=found.of,
            limit=found.limit,
            left=found.left,
            needed=found.needed,
            resets_at=resets,
        )


def _sentence(found: Exceeded) -> str:
    sentence = (
        f"{_OF[found.of]} may use {found.limit:,} {_WHAT[found.quota]}; {found.left:,} are left, "
        f"and this needs up to {found.needed:,}. Nothing was stored."
    )
    if found.resets_at is not None:
        return f"{sentence} It starts anew at {found.resets_at:%Y-%m-%d %H:%M} UTC."
    if found.quota == "running_turns":
        return f"{sentence} Wait until a reply has ended."
    return f"{sentence} Delete what you no longer need, or ask an admin for more room."

"""Bound what each person may use, by role."""

from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, Field

QuotaName = Literal[
    "requests_a_minute", "running_turns", "tokens_a_day", "uploads_a_day", "storage_bytes"
]
QUOTA_NAMES: tuple[QuotaName, ...] = (
    "requests_a_minute",
    "running_turns",
    "tokens_a_day",
    "uploads_a_day",
    "storage_bytes",
)
LARGEST = 1_000_000_000_000_000
"""The largest limit; counters of 64 bits hold it many times over."""
_NONE = {"", "none", "null", "unlimited"}


def _read_limit(value: object) -> object:
    """Read ``none`` from the environment as no limit."""
    return None if isinstance(value, str) and value.strip().lower() in _NONE else value


Most = Annotated[Annotated[int, Field(ge=0, le=LARGEST)] | None, BeforeValidator(_read_limit)]
"""A limit; ``none`` sets none."""


class Quota(BaseModel, frozen=True):
    """Bound what one person may use. Days begin at midnight UTC."""

    requests_a_minute: Most = None
    """Requests that ask the engine for something: replies, summaries, drafts, and calls of ``/v1``.
    """
    running_turns: Most = None
    """Replies at once, also while they wait for a slot."""
    tokens_a_day: Most = None
    """Tokens of prompts and replies together, as the engine counts them."""
    uploads_a_day: Most = None
    """Stored files: scripts, cards, pictures, lorebooks, chats."""
    storage_bytes: Most = None
    """Bytes of scripts, pictures and cards together."""


class GuestQuota(Quota, frozen=True):
    """Bound what each guest, and all guests of one address together, may use."""

    requests_a_minute: Most = 20
    running_turns: Most = 2
    tokens_a_day: Most = 300_000
    uploads_a_day: Most = 20
    storage_bytes: Most = 50 * 1024**2


class ReaderQuota(Quota, frozen=True):
    """Bound what each reader may use."""

    requests_a_minute: Most = 30
    running_turns: Most = 3
    tokens_a_day: Most = 1_000_000
    uploads_a_day: Most = 50
    storage_bytes: Most = 200 * 1024**2


class AuthorQuota(Quota, frozen=True):
    """Bound what each author may use."""

    requests_a_minute: Most = 60
    running_turns: Most = 4
    tokens_a_day: Most = 3_000_000
    uploads_a_day: Most = 200
    storage_bytes: Most = 2 * 1024**3


class QuotaSettings(BaseModel):
    """Bound what people may use, by role.

    An open service bounds nothing, and so do admin keys. An admin may give one person other limits.
    """

    guest: GuestQuota = GuestQuota()
    reader: ReaderQuota = ReaderQuota()
    author: AuthorQuota = AuthorQuota()
    admin: Quota = Quota()
    guests_per_address: int = Field(default=1, ge=1, le=100_000)
    """How many guests' limits the guests of one address share: a school behind one address has
    many."""
    kept_days: int = Field(default=400, ge=31, le=3_660)
    """Days after which the daily figures of usage are deleted."""

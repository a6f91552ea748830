"""Define the bodies of limits and usage."""

import datetime as dt
from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from app.schemas import Page, Schema
from app.settings import QuotaName
from app.settings.quotas import LARGEST

MOST_DAYS = 366
"""Days that one request may ask for."""


class QuotaOut(Schema):
    """Describe one limit, and how much of it is used."""

    quota: QuotaName
    limit: int
    used: int
    """What running turns have reserved included."""
    left: int
    resets_at: datetime | None
    """When it is empty again; null where that depends on what its person does."""


class UsageSums(Schema):
    """Add up what was used."""

    prompt_tokens: int
    cached_tokens: int
    """The part of the prompt tokens that the engine found in its cache."""
    completion_tokens: int
    turns: int
    """Replies, of the pages and of `/v1`."""


class UsageDayOut(UsageSums):
    """Add up one day, from midnight to midnight UTC."""

    day: dt.date
    storage_bytes: int
    """Of scripts, pictures and cards, as last measured on that day; 0 where it was not."""


class UsedCharacter(Schema):
    """Name a character."""

    id: UUID
    slug: str | None
    """Null for a character that was deleted for good."""
    name: str | None


class UsedBy(Schema):
    """Name who used something."""

    kind: Literal["person", "guests", "service"]
    """All guests together; or admin keys, background work, and the user of an open service."""
    id: UUID | None = None
    login: str | None = None
    name: str | None = None


class UsageItem(UsageDayOut):
    """Add up one day and character."""

    character: UsedCharacter | None
    """Null for what is about no character: scripts, and `/v1` calls of the engine's own model."""


class UsageReport(Page[UsageItem]):
    """Report the caller's own use, newest days first."""

    first_day: dt.date
    last_day: dt.date
    totals: UsageSums
    storage_bytes: int
    """Of the caller's scripts, pictures and cards now."""
    days: list[UsageDayOut]
    """Every day on which something was used, oldest first."""
    limits: list[QuotaOut]
    """The limits that the caller has, if any."""


class AdminUsageItem(UsageItem):
    """Add up one day, person and character."""

    by: UsedBy


class TopPerson(UsageSums):
    """Add up what one person used."""

    by: UsedBy


class TopCharacter(UsageSums):
    """Add up what one character was used for."""

    character: UsedCharacter | None


class AdminUsageReport(Page[AdminUsageItem]):
    """Report everyone's use, newest days first."""

    first_day: dt.date
    last_day: dt.date
    totals: UsageSums
    days: list[UsageDayOut]
    people: list[TopPerson]
    """Who used most tokens: ten at most."""
    characters: list[TopCharacter]
    """For which most tokens were used: ten at most."""


Limited = Annotated[int, Field(ge=0, le=LARGEST)] | None


class PersonLimits(Schema):
    """Set limits of a person's own; one that is left out is the role's, and null sets none."""

    requests_a_minute: Limited = None
    running_turns: Limited = None
    tokens_a_day: Limited = None
    uploads_a_day: Limited = None
    storage_bytes: Limited = None


class PersonLimit(Schema):
    """Describe one limit of a person."""

    quota: QuotaName
    limit: int | None
    """In force; null: none."""
    of_role: int | None
    """What the person's role would give."""
    is_own: bool
    """Whether an admin set it for this person."""
    used: int | None
    """Null where nothing limits it, so nothing counts it."""


class PersonLimitsOut(Schema):
    """Describe the limits of a person."""

    items: list[PersonLimit]

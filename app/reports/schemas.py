"""Describe the bodies of ``/api/reports`` and ``/api/admin/reports``."""

from datetime import datetime
from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import Field, StringConstraints, model_validator

from app.schemas import Page, Schema
from app.text import Storable

Reason = Literal["sexual", "violent", "hateful", "self_harm", "private", "rights", "other"]
Outcome = Literal["acted", "noted", "no_breach"]
"""``acted``: something was done about it. ``noted``: nothing had to be. ``no_breach``: it is fine
as it is."""
ReportState = Literal["open", "closed", "all"]
ReportedBy = Literal["people", "moderation"]
_Note = Annotated[str, StringConstraints(strip_whitespace=True, max_length=500), Storable]


class NewReport(Schema):
    """Report a reply, by its conversation and message, or a character."""

    character: Annotated[str, StringConstraints(max_length=200), Storable] | None = None
    """The character's slug."""
    conversation: UUID | None = None
    message: UUID | None = None
    reason: Reason
    note: _Note = ""

    @model_validator(mode="after")
    def _names_one_subject(self) -> Self:
        of_character = self.character is not None
        names = [self.conversation is not None, self.message is not None]
        if of_character is any(names) or any(names) is not all(names):
            raise ValueError("name either a character, or a conversation and a message of it")
        return self


class ReportReceipt(Schema):
    """Confirm a report; who reports the same again replaces what they said."""

    reason: Reason
    note: str
    created_at: datetime


class ReportEntryOut(Schema):
    """Show what one reader said. Their name is not shown."""

    reason: str
    note: str
    created_at: datetime


class ReportedCharacter(Schema):
    """Name the character of a report."""

    slug: str
    name: str


class FindingOut(Schema):
    """Show what moderation found in a message."""

    source: str
    category: str
    detail: str
    action: str


class ReportOut(Schema):
    """Show a report: everything open about one message or one character."""

    id: UUID
    about: Literal["message", "character"]
    character: ReportedCharacter
    excerpt: str
    """The beginning of the message as its reader sees it; empty for a character."""
    by_moderation: bool
    people: int
    """How many readers reported it."""
    entries: list[ReportEntryOut]
    """What the newest twenty of them said."""
    findings: list[FindingOut]
    opened_at: datetime
    closed_at: datetime | None
    outcome: Outcome | None
    answer: str


class ReportPage(Page[ReportOut]):
    """Hold a page of the queue, newest first."""

    open: int
    """How many reports are open, whatever the page shows."""


class ReportedMessage(Schema):
    """Show a reported message, or one beside it."""

    id: UUID
    role: Literal["user", "assistant"]
    content: str
    """As its reader sees it."""
    reported: bool
    moderation: Literal["hidden", "refused"] | None
    withheld: str
    """What the model wrote and the reader did not see; empty where nothing was withheld, and
    beside the reported message."""
    findings: list[FindingOut]
    created_at: datetime


class ReportDetail(ReportOut):
    """Show a report with its message in context."""

    messages: list[ReportedMessage]
    """The reported message, up to three before it and two after; none for a character."""


class ReportClosing(Schema):
    """Close a report."""

    outcome: Outcome
    answer: Annotated[_Note, Field(description="For other admins; readers do not see it.")] = ""

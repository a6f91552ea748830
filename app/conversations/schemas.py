"""Bodies of ``/api/conversations``."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import StringConstraints

from app.catalog.schemas import Name
from app.schemas import Schema
from app.text import OneLine

MessageState = Literal["complete", "partial"]


class ConversationCreate(Schema):
    character: str
    """The character's slug."""
    user_name: Name | None = None
    """What the character calls the person; by default ``user``, as in the reference."""


class ConversationUpdate(Schema):
    title: (
        Annotated[str, StringConstraints(strip_whitespace=True, max_length=200), OneLine] | None
    ) = None
    user_name: Name | None = None


class MessageSend(Schema):
    content: str
    stream: bool = False
    """Answer with events: ``message``, ``examples``, ``delta`` …, ``done`` or ``error``."""


class RegenerateRequest(Schema):
    stream: bool = False


class MessageEdit(Schema):
    content: str


class ConversationCharacter(Schema):
    slug: str
    name: str
    tagline: str
    language: str
    status: str
    published: bool


class UsedExample(Schema):
    """An example as the prompt showed it."""

    id: int
    score: float
    lines: list[str]
    place: int = 0
    """Where in the prompt it stands: 0 is the first. The next turn's examples keep their places,
    where an engine finds them in its cache. All are 0 in replies from before places were kept,
    when examples stood as they are listed."""


class UsageOut(Schema):
    prompt_tokens: int
    completion_tokens: int
    cached_tokens: int | None = None


class Timings(Schema):
    """Milliseconds. ``first_token`` is counted from the moment the engine got the prompt."""

    embed: float
    search: float
    prepare: float
    """From the request's arrival to the prompt being sent, all included."""
    first_token: float | None = None
    total: float | None = None


class MessageOut(Schema):
    id: UUID
    parent_id: UUID | None
    role: Literal["user", "assistant"]
    content: str
    state: MessageState
    """``partial``: the stream was stopped or broke; ``content`` is what arrived."""
    finish_reason: Literal["stop", "length", "cancelled", "error"] | None
    error: str | None
    """Why a reply is partial, when the engine failed."""
    alternatives: list[UUID]
    """This message and its siblings, oldest first: other replies to the same message."""
    examples: list[UsedExample]
    model: str | None
    usage: UsageOut | None
    timings: Timings | None
    sampling: dict[str, object] | None
    created_at: datetime
    edited_at: datetime | None


class ConversationSummary(Schema):
    id: UUID
    title: str
    """Given by the user, or the beginning of their first message; empty before it."""
    character: ConversationCharacter
    user_name: str
    preview: str
    """The beginning of the newest message."""
    created_at: datetime
    updated_at: datetime


class ConversationOut(ConversationSummary):
    messages: list[MessageOut]
    """The visible branch, oldest first."""
    busy: bool
    """A turn is running in this conversation."""


class TurnOut(Schema):
    """One turn, when it was not streamed. ``message`` is absent for a regenerated reply."""

    message: MessageOut | None
    reply: MessageOut

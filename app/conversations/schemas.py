"""Bodies of ``/api/conversations``."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field, StringConstraints

from app.catalog.schemas import Name
from app.schemas import Schema
from app.scripts.schemas import RejectionOut
from app.settings import RetrievalMode
from app.text import OneLine, Storable

DEFAULT_USER_NAME = "user"
"""What the reference calls the person."""
UntilScene = Annotated[
    int | None,
    Field(
        ge=0,
        le=2**31 - 1,
        description="The point in time: how many scenes of its scripts, in their order, the"
        " character has lived through. Nothing of later scenes is in its prompts.",
    ),
]
LogFormat = Literal["sillytavern", "markdown", "text"]
MessageState = Literal["complete", "partial"]


class ConversationCreate(Schema):
    character: str
    """The character's slug."""
    user_name: Name | None = None
    """What the character calls the person; by default ``user``, as in the reference."""
    plays: Name | None = Field(default=None, alias="as")
    """A speaker of the character's scripts that the person plays: it is called so, and lines
    spoken to that speaker are preferred."""
    until_scene: UntilScene = None


class ConversationUpdate(Schema):
    title: (
        Annotated[str, StringConstraints(strip_whitespace=True, max_length=200), OneLine] | None
    ) = None
    user_name: Name | None = None
    until_scene: UntilScene = None
    """Absent: stays as it is; null: the whole script."""
    remembers_others: bool | None = None
    """Whether what was said in the caller's other conversations with the character comes back."""
    summarize: bool | None = None
    """Whether the summary is brought up to date by itself when lines fall out of the prompt."""


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
    avatar: str | None
    """The address of its picture."""


class UsedExample(Schema):
    """An example, an entry of a lorebook, an exchange that came back from memory, or lines that
    the character witnessed in silence, as the prompt showed it."""

    id: int
    """Of lore: the entry's place in its book; of a memory: its place among the exchanges of its
    conversation that were looked through; of what was witnessed: its place among all that the
    character heard in silence; all from 0."""
    score: float
    """Of lore: 0, for it is not ranked. Of a memory and of what was witnessed: the cosine with the
    user's message."""
    lines: list[str]
    kind: Literal["example", "lore", "memory", "witnessed"] = "example"
    name: str = ""
    """What the lore's author calls it; of a memory from another conversation, that one's title; of
    what was witnessed, the words of the script that say that the character is there; else empty."""
    key: str = ""
    """What called the lore up; empty for an example, and for lore that is always there."""
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
    """``partial``: the stream was stopped or broke, or goes on; ``content`` is what arrived."""
    hidden: bool = False
    """In an imported log, and left out of prompts."""
    finish_reason: Literal["stop", "length", "cancelled", "error"] | None
    """Of a partial reply: null while its turn runs, and where the service died before its end."""
    error: str | None
    """Why a reply is partial, when the engine failed."""
    alternatives: list[UUID]
    """This message and its siblings, oldest first: other replies to the same message."""
    examples: list[UsedExample]
    retrieval: RetrievalMode | None
    """The mode in which the examples of a reply were chosen."""
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
    until_scene: int | None
    """How many scenes the character has lived through; null: all."""
    remembers_others: bool
    summarize: bool
    preview: str
    """The beginning of the newest message."""
    created_at: datetime
    updated_at: datetime


class SummaryUpdate(Schema):
    text: Annotated[
        str, StringConstraints(strip_whitespace=True, min_length=1, max_length=2_000), Storable
    ]
    upto: UUID | None = None
    """The last message it stands for; by default as before, or all but the newest few."""


class SummaryOut(Schema):
    """What stands in the prompt for the oldest messages."""

    text: str
    upto: UUID | None
    """The last message that it stands for."""
    until_scene: int | None
    """The point in time it was written at; null: the end."""
    covered: int
    """How many messages of the visible branch it stands for. 0: it is not used, for the branch is
    another one, or the conversation stands at an earlier point in time."""


class ConversationOut(ConversationSummary):
    summary: SummaryOut | None
    messages: list[MessageOut]
    """The newest messages of the visible branch, oldest first; with ``before``, those that led to
    that message."""
    earlier: bool
    """Whether others stand before them: ask for them with ``before``, the first one's id."""
    busy: bool
    """A turn is running in this conversation."""
    writing: UUID | None
    """The reply that the running turn writes, once a part of it is stored: it goes on growing."""


class TurnOut(Schema):
    """One turn, when it was not streamed. ``message`` is absent for a regenerated reply."""

    message: MessageOut | None
    reply: MessageOut


class LogImport(Schema):
    """A conversation made of a chat log, and the rows that are no messages."""

    conversation: ConversationOut
    rejected: list[RejectionOut]

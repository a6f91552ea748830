"""Define the events of a turn, or of another generated text, for its listener."""

from dataclasses import dataclass
from uuid import UUID

from app.conversations.schemas import MessageOut, PromptOutline, PromptSource
from app.errors import describe_failure
from app.schemas import ErrorDetail, Schema


@dataclass(frozen=True, slots=True)
class BeginEvent:
    """Report which reply is on its way, to a listener who did not ask for it."""

    reply_id: UUID
    parent_id: UUID
    """The message that it answers."""
    continued: str
    """The text that it starts with, where it is continued."""


@dataclass(frozen=True, slots=True)
class WaitingEvent:
    """Report the position in the queue; 1 is the next to run."""

    position: int


@dataclass(frozen=True, slots=True)
class ExamplesEvent:
    """Report what the prompt contains: the texts beside the dialogue, and the rest in numbers."""

    items: list[PromptSource]
    prompt: PromptOutline | None = None


@dataclass(frozen=True, slots=True)
class DeltaEvent:
    """Report a piece of the text."""

    text: str


@dataclass(frozen=True, slots=True)
class DoneEvent:
    """Report the stored reply."""

    reply: MessageOut


@dataclass(frozen=True, slots=True)
class ErrorEvent:
    """Report a failure, with what is stored of the reply, if anything is."""

    error: ErrorDetail
    status: int
    retry_after: int | None = None
    reply: MessageOut | None = None


@dataclass(frozen=True, slots=True)
class WrittenEvent:
    """Report the end of a text other than a reply."""

    result: Schema


TurnEvent = BeginEvent | WaitingEvent | ExamplesEvent | DeltaEvent | DoneEvent | ErrorEvent
WritingEvent = WaitingEvent | DeltaEvent | WrittenEvent | ErrorEvent


def failure_of(error: Exception) -> ErrorEvent:
    """Return the event that reports a failure to the listener."""
    failure = describe_failure(error)
    return ErrorEvent(failure.error, failure.status, failure.retry_after)

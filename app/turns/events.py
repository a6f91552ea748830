"""What happens while something is generated for a listener."""

from dataclasses import dataclass

from app.conversations.schemas import MessageOut, UsedExample
from app.errors import describe_failure
from app.schemas import ErrorDetail, Schema


@dataclass(frozen=True, slots=True)
class WaitingEvent:
    """Others have the engine; 1 is the next to get it."""

    place: int


@dataclass(frozen=True, slots=True)
class ExamplesEvent:
    items: list[UsedExample]


@dataclass(frozen=True, slots=True)
class DeltaEvent:
    text: str


@dataclass(frozen=True, slots=True)
class DoneEvent:
    reply: MessageOut


@dataclass(frozen=True, slots=True)
class ErrorEvent:
    """It failed. ``reply`` is what had arrived of a turn, where anything had."""

    error: ErrorDetail
    status: int
    retry_after: int | None = None
    reply: MessageOut | None = None


@dataclass(frozen=True, slots=True)
class WrittenEvent:
    """A text other than a reply is done."""

    result: Schema


TurnEvent = WaitingEvent | ExamplesEvent | DeltaEvent | DoneEvent | ErrorEvent
WritingEvent = WaitingEvent | DeltaEvent | WrittenEvent | ErrorEvent


def failure_of(error: Exception) -> ErrorEvent:
    """A failure as the listener is told of it."""
    failure = describe_failure(error)
    return ErrorEvent(failure.error, failure.status, failure.retry_after)

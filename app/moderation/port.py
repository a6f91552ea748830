"""Define the contract of a moderator, which says what is wrong with a text."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

Side = Literal["message", "reply"]
LONGEST_CATEGORY = 60
LONGEST_DETAIL = 120


@dataclass(frozen=True, slots=True)
class Passage:
    """Hold a text to judge."""

    side: Side
    """Whether a user wrote it or the model."""
    text: str
    """A message; of a reply, all that is known of it, oldest first."""
    asked: str = ""
    """The message that a reply answers, for moderators that judge both together."""
    new: int | None = None
    """How many of the last characters were not judged before; None: all."""
    partial: bool = False
    """Whether more is to come, so that the last word may be half of one."""


@dataclass(frozen=True, slots=True)
class Finding:
    """Hold what a moderator found."""

    category: str
    """In lower case, at most :data:`LONGEST_CATEGORY` characters of one line."""
    detail: str = ""
    """Where the verdict comes from, for admins: a line of the file, a label of the guard. It never
    quotes the text, and has at most :data:`LONGEST_DETAIL` characters."""


class ModerationError(Exception):
    """Report that a moderator has no verdict. ``kind`` is its name in logs and metrics."""

    def __init__(self, kind: Literal["timeout", "unavailable", "unreadable"], message: str) -> None:
        super().__init__(message)
        self.kind = kind


class Moderator(Protocol):
    """Judge texts.

    Safe for concurrent calls on one event loop. A verdict depends on the passage alone. Every
    failure is a :class:`ModerationError`: the moderator is away (``unavailable``), has not answered
    within its time (``timeout``), or answers something else than a verdict (``unreadable``). It
    never passes a text because it could not judge it: that is the caller's decision. Cancelling
    ends the work. Neither errors nor logs quote the text.
    """

    @property
    def name(self) -> str:
        """The name in logs, metrics and stored findings."""
        ...

    @property
    def reach(self) -> int:
        """How many characters, folded, a finding may stretch over: so many stay back in a stream.

        0 for a moderator that judges meaning, not wording.
        """
        ...

    async def judge(self, passage: Passage) -> Sequence[Finding]:
        """Return what is wrong with the passage, each category once; nothing: it is fine."""
        ...

    async def aclose(self) -> None:
        """Release connections."""
        ...


def category_of(text: str) -> str:
    """Return a category as findings hold it: one line in lower case, of bounded length."""
    return " ".join(text.casefold().split())[:LONGEST_CATEGORY].strip() or "other"

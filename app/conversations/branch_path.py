"""Hold the path from a conversation's root to a message, as far as it was read. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple
from uuid import UUID


class BranchMessage(NamedTuple):
    """Hold what a prompt needs of a message.

    A plain row: a turn reads thousands in a long conversation, and a row costs a tenth of an ORM
    object.
    """

    id: UUID
    parent_id: UUID | None
    role: str
    content: str
    hidden: bool
    until_scene: int | None


class PositionedMessage(NamedTuple):
    """Hold a message and its position on the path; the root's is 0."""

    message: BranchMessage
    position: int


@dataclass(frozen=True, slots=True)
class BranchPath:
    """Hold the newest messages on a path, oldest first, and what is known of earlier ones."""

    messages: Sequence[BranchMessage] = ()
    start: int = 0
    """The position of the first of the messages."""
    root: BranchMessage | None = None
    summarized: PositionedMessage | None = None
    """The last message that the summary covers, where it is on the path."""

    def followed_by(self, message: BranchMessage) -> "BranchPath":
        """Return the path to a message that follows the last of this one."""
        root = self.root or message
        return replace(self, messages=[*self.messages, message], root=root)

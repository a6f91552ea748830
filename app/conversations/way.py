"""The way through a conversation's tree to one of its messages, as far as it was read. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple
from uuid import UUID


class BranchMessage(NamedTuple):
    """What a prompt needs to know of a message.

    A plain row: a turn reads thousands in a long conversation, and each costs a tenth of an object
    of the database's session.
    """

    id: UUID
    parent_id: UUID | None
    role: str
    content: str
    hidden: bool
    until_scene: int | None


class Placed(NamedTuple):
    """A message and its place on the way; the root's is 0."""

    message: BranchMessage
    place: int


@dataclass(frozen=True, slots=True)
class Way:
    """The newest messages on the way to one, oldest first, and what is known of those before."""

    messages: Sequence[BranchMessage] = ()
    start: int = 0
    """The place of the first of them."""
    root: BranchMessage | None = None
    summarized: Placed | None = None
    """The last message that the summary stands for, where it is on the way."""

    def followed_by(self, message: BranchMessage) -> "Way":
        """Return the way to a message that follows the last of this one."""
        root = self.root or message
        return replace(self, messages=[*self.messages, message], root=root)

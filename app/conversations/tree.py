"""The tree of messages a conversation is, all of it in memory: for exports. Pure."""

from collections.abc import Iterable, Sequence
from uuid import UUID

from app.db.models import Message


class MessageTree:
    """All messages of one conversation. Siblings are ordered by their time-sorted ids."""

    def __init__(self, messages: Iterable[Message]) -> None:
        self._by_id: dict[UUID, Message] = {}
        self._children: dict[UUID | None, list[Message]] = {}
        for message in sorted(messages, key=lambda message: message.id.int):
            self._by_id[message.id] = message
            self._children.setdefault(message.parent_id, []).append(message)

    def branch(self, leaf: UUID | None) -> list[Message]:
        """The way from the root to ``leaf``, oldest first."""
        way = []
        message = self._by_id.get(leaf) if leaf else None
        while message is not None:
            way.append(message)
            message = self._by_id.get(message.parent_id) if message.parent_id else None
        return way[::-1]

    def leaves(self) -> list[Message]:
        """The ends of all branches, the newest first."""
        ends = (each for each in self._by_id.values() if each.id not in self._children)
        return sorted(ends, key=lambda message: message.id, reverse=True)

    def siblings(self, message: Message) -> Sequence[Message]:
        """The message and its alternatives, oldest first."""
        return self._children[message.parent_id]

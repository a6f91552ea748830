"""The tree of messages a conversation is, all of it in memory: for exports. Pure."""

import json
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from characters.json_values import JsonObject


class StoredMessage(NamedTuple):
    """What an export needs of a message.

    A plain row, its source still a text: an export holds many thousands, and every object among
    them is one that Python's garbage collector goes through while all else waits.
    """

    id: UUID
    parent_id: UUID | None
    role: str
    content: str
    hidden: bool
    model: str | None
    created_at: datetime
    source_json: str | None = None

    @property
    def source(self) -> JsonObject:
        """The message of an imported chat log, as it came; empty for one of ours."""
        source: JsonObject | None = json.loads(self.source_json) if self.source_json else None
        return source or {}


class MessageTree:
    """All messages of one conversation. Siblings are ordered by their time-sorted ids."""

    def __init__(self, messages: Iterable[StoredMessage]) -> None:
        self._by_id: dict[UUID, StoredMessage] = {}
        self._children: dict[UUID | None, list[StoredMessage]] = {}
        for message in sorted(messages, key=lambda message: message.id.int):
            self._by_id[message.id] = message
            self._children.setdefault(message.parent_id, []).append(message)

    def branch(self, leaf: UUID | None) -> list[StoredMessage]:
        """The way from the root to ``leaf``, oldest first."""
        way = []
        message = self._by_id.get(leaf) if leaf else None
        while message is not None:
            way.append(message)
            message = self._by_id.get(message.parent_id) if message.parent_id else None
        return way[::-1]

    def leaves(self) -> list[StoredMessage]:
        """The ends of all branches, the newest first."""
        ends = (each for each in self._by_id.values() if each.id not in self._children)
        return sorted(ends, key=lambda message: message.id, reverse=True)

    def siblings(self, message: StoredMessage) -> Sequence[StoredMessage]:
        """The message and its alternatives, oldest first."""
        return self._children[message.parent_id]

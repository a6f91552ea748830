"""Hold all messages of a conversation as a tree, for exports. Pure."""

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from characters.json_values import JsonObject, JsonValue


class StoredMessage(NamedTuple):
    """Hold what an export needs of a message.

    A plain row, its source not yet parsed: an export holds many thousands, and Python's garbage
    collector goes through every object among them while all else waits.
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
        """The message as the imported chat log had it; empty for a message written here."""
        source: JsonObject | None = json.loads(self.source_json) if self.source_json else None
        return source or {}


class StagedLine(NamedTuple):
    """Hold who says and hears a message of a stage, by name."""

    kind: str
    speaker: str | None
    """None for the user, and for a direction without an entrance or exit."""
    circle: Sequence[str] | None
    """Who alone hears it, or is informed; None: all on stage."""
    about: UUID | None = None
    """Of ``told``: the message that they learn of."""
    id: UUID | None = None
    """The message's own id, where another is about it."""
    opens: Sequence[str] | None = None
    """Of a first message: who is on stage from the beginning; None: the whole cast."""

    def as_json(self) -> JsonObject:
        """Return it as a chat log has it."""
        circle: list[JsonValue] | None = None if self.circle is None else [*self.circle]
        shown: JsonObject = {"kind": self.kind, "speaker": self.speaker, "circle": circle}
        if self.opens is not None:
            shown["opens"] = [*self.opens]
        links = {"id": self.id, "about": self.about}
        return shown | {name: str(link) for name, link in links.items() if link is not None}


class MessageTree:
    """Walk the messages of one conversation. Siblings are ordered by their time-sorted ids."""

    def __init__(
        self,
        messages: Iterable[StoredMessage],
        staged: Mapping[UUID, StagedLine] | None = None,
        cast: Sequence[str] = (),
    ) -> None:
        """Take the messages; of a stage also who says and hears them, and all who take part."""
        self.staged = staged or {}
        self.cast = cast
        self._by_id: dict[UUID, StoredMessage] = {}
        self._children: dict[UUID | None, list[StoredMessage]] = {}
        for message in sorted(messages, key=lambda message: message.id.int):
            self._by_id[message.id] = message
            self._children.setdefault(message.parent_id, []).append(message)

    def branch(self, leaf: UUID | None) -> list[StoredMessage]:
        """Return the path from the root to ``leaf``, oldest first."""
        path = []
        message = self._by_id.get(leaf) if leaf else None
        while message is not None:
            path.append(message)
            message = self._by_id.get(message.parent_id) if message.parent_id else None
        return path[::-1]

    def leaves(self) -> list[StoredMessage]:
        """Return the last messages of all branches, the newest first."""
        ends = (each for each in self._by_id.values() if each.id not in self._children)
        return sorted(ends, key=lambda message: message.id, reverse=True)

    def siblings(self, message: StoredMessage) -> Sequence[StoredMessage]:
        """Return the message and its alternatives, oldest first."""
        return self._children[message.parent_id]

"""Account for what the service acknowledged, has not answered yet, and streams."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from fuzz.kills.events import EventLog
from fuzz.kills.facts import Fact, Fault, Key, Kind, MessageFact


@dataclass(eq=False, slots=True)
class Operation:
    """Describe a request whose outcome is open.

    Either all of ``changes`` happen or none; a value of None is a deletion.
    """

    what: str
    changes: Mapping[Key, Fact | None]
    unnamed: tuple[str, ...] = ()
    """Texts of messages that the request creates and whose ids only the answer has: the greeting
    of a conversation, the replies of an imported chat."""


@dataclass(eq=False, slots=True)
class Stream:
    """Hold a reply as its client receives it."""

    conversation: str
    asked: str | None
    """Id of the user's message that it answers, once known."""
    text: str = ""
    """The user's message, to find its id where no answer had it."""
    continues: str | None = None
    """Id of the reply that is continued; None for a new reply."""
    base: str = ""
    """The text of that reply before."""
    pieces: list[tuple[float, str]] = field(default_factory=list)
    """Times by the monotonic clock, and the texts that arrived."""

    @property
    def received(self) -> str:
        """Return all text that arrived."""
        return "".join(text for _, text in self.pieces)

    def received_before(self, time: float) -> str:
        """Return the text that had arrived by a time of the monotonic clock."""
        return "".join(text for at, text in self.pieces if at <= time)


@dataclass(eq=False, slots=True)
class Ledger:
    """Hold the account of one run; a fact of None was deleted, and must stay deleted."""

    log: EventLog
    facts: dict[Key, Fact | None] = field(default_factory=dict)
    ids: dict[Key, str] = field(default_factory=dict)
    """The server's ids; for characters, their slugs."""
    parents: dict[str, str | None] = field(default_factory=dict)
    """The message that each message follows, by id."""
    open: list[Operation] = field(default_factory=list)
    streams: list[Stream] = field(default_factory=list)
    unseen: dict[str, list[str]] = field(default_factory=dict)
    """By conversation: texts of stored replies whose ids no answer has shown yet."""
    interrupted: dict[str, float] = field(default_factory=dict)
    """Conversations whose last turn was interrupted by a kill, with the time of the monotonic clock
    from which the next turn must succeed."""
    touched: set[Key] = field(default_factory=set)
    """Keys acknowledged since the API was last compared."""
    faults: list[Fault] = field(default_factory=list)
    refusals: Counter[str] = field(default_factory=Counter)
    """Number of refused requests, by code."""
    changed_at: dict[Key, int] = field(default_factory=dict)
    """By key: the value of ``acknowledged`` after its last change."""
    acknowledged: int = 0
    """Number of acknowledged changes."""
    went_on: int = 0
    """Number of interrupted conversations in which a later turn succeeded."""

    def begin(
        self, what: str, changes: Mapping[Key, Fact | None], unnamed: tuple[str, ...] = ()
    ) -> Operation:
        """Note a request that is about to be sent."""
        operation = Operation(what, changes, unnamed)
        self.open.append(operation)
        self.log.write("sent", what=what, keys=list(map("/".join, changes)))
        return operation

    def acknowledge(self, operation: Operation, ids: Mapping[Key, str] | None = None) -> None:
        """Note that the service reported success; ``ids`` are from its answer."""
        self.open.remove(operation)
        self.facts.update(operation.changes)
        self.ids.update(ids or {})
        self.expect(operation)
        self.acknowledged += len(operation.changes)
        for key in operation.changes:
            self._touch(key)
        self.log.write(
            "acknowledged", what=operation.what, keys=list(map("/".join, operation.changes))
        )

    def expect(self, operation: Operation) -> None:
        """Expect the ids of the replies that the operation created."""
        for kind, name in operation.changes if operation.unnamed else ():
            if kind == "conversation":
                self.unseen[name] = list(operation.unnamed)

    def refuse(self, operation: Operation, code: str) -> None:
        """Note that the service refused the operation."""
        self.open.remove(operation)
        self.refusals[code] += 1
        self.log.write("refused", what=operation.what, code=code)

    def blame(self, kind: str, text: str) -> None:
        """Note a fault."""
        self.faults.append(Fault(kind, text))
        self.log.write("fault", kind=kind, text=text)

    def follow(self, stream: Stream) -> Stream:
        """Note a stream that is about to begin."""
        self.streams.append(stream)
        return stream

    def finish(self, stream: Stream, reply: str, content: str) -> None:
        """Note that the service reported a stored reply."""
        self.streams.remove(stream)
        self.acknowledged += 1
        self.know_message(stream.conversation, reply, content, stream.asked)
        if self.interrupted.pop(stream.conversation, None) is not None:
            self.went_on += 1
        self.log.write("replied", conversation=stream.conversation, reply=reply, content=content)

    def drop(self, stream: Stream) -> None:
        """Note that the turn ended without a reply."""
        self.streams.remove(stream)

    def know_message(self, conversation: str, id: str, content: str, parent: str | None) -> None:
        """Note a message of the character that an answer showed."""
        key: Key = ("reply", id)
        if content in (unseen := self.unseen.get(conversation, [])):
            unseen.remove(content)
        self.facts[key] = MessageFact(conversation, content)
        self.ids[key] = id
        self.parents[id] = parent
        self._touch(key)

    def _touch(self, key: Key) -> None:
        self.touched.add(key)
        self.changed_at[key] = self.acknowledged

    def present(self, kind: Kind, mark: str) -> list[str]:
        """Return the names of existing resources of a kind that begin with ``mark``."""
        return [
            name
            for (each, name), fact in self.facts.items()
            if each == kind and fact is not None and name.startswith(mark)
        ]

    def messages_of(self, conversation: str) -> list[Key]:
        """Return the existing messages of a conversation, in the order they became known."""
        return [
            key
            for key, fact in self.facts.items()
            if isinstance(fact, MessageFact) and fact.conversation == conversation
        ]

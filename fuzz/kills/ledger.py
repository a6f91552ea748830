"""What the service has acknowledged, what it was asked and has not answered, what it streams."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from fuzz.kills.events import EventLog
from fuzz.kills.facts import Fact, Fault, Key, Kind, MessageFact


@dataclass(eq=False, slots=True)
class Operation:
    """A request whose outcome is open. All of ``changes`` happen, or none; None is absence."""

    what: str
    changes: Mapping[Key, Fact | None]
    unnamed: tuple[str, ...] = ()
    """Texts of messages that come into being with it and whose ids only the answer tells: the
    greeting of a conversation, the replies of an imported chat."""


@dataclass(eq=False, slots=True)
class Stream:
    """A reply as its listener hears it."""

    conversation: str
    asked: str | None
    """Id of the user's message that it answers, once that is known."""
    text: str = ""
    """The user's message, by which its id is found where no answer told it."""
    continues: str | None = None
    """Id of the reply that grows; else a new one comes into being."""
    base: str = ""
    """What that reply held before."""
    pieces: list[tuple[float, str]] = field(default_factory=list)
    """What arrived when, by the monotonic clock."""

    @property
    def heard(self) -> str:
        """All that arrived."""
        return "".join(text for _, text in self.pieces)

    def heard_before(self, moment: float) -> str:
        """What had arrived by then."""
        return "".join(text for at, text in self.pieces if at <= moment)


@dataclass(eq=False, slots=True)
class Ledger:
    """The account of one run. A fact of None was deleted, and has to stay so."""

    log: EventLog
    facts: dict[Key, Fact | None] = field(default_factory=dict)
    ids: dict[Key, str] = field(default_factory=dict)
    """The server's ids; of characters their slugs."""
    parents: dict[str, str | None] = field(default_factory=dict)
    """Which message each message follows, by id."""
    open: list[Operation] = field(default_factory=list)
    streams: list[Stream] = field(default_factory=list)
    unseen: dict[str, list[str]] = field(default_factory=dict)
    """By conversation: texts of replies that exist and whose ids no answer has shown yet."""
    interrupted: dict[str, float] = field(default_factory=dict)
    """Conversations whose turn was cut off by a kill and that had none since, with the moment from
    which the next turn has to succeed."""
    touched: set[Key] = field(default_factory=set)
    """What was acknowledged since the API was last compared."""
    faults: list[Fault] = field(default_factory=list)
    refusals: Counter[str] = field(default_factory=Counter)
    """Requests that the service turned down, by code."""
    changed_at: dict[Key, int] = field(default_factory=dict)
    """The value of ``acknowledged`` after the last change of each."""
    acknowledged: int = 0
    """How many changes so far."""
    went_on: int = 0
    """Interrupted conversations in which a later turn succeeded."""

    def begin(
        self, what: str, changes: Mapping[Key, Fact | None], unnamed: tuple[str, ...] = ()
    ) -> Operation:
        """Note a request that is about to be sent."""
        operation = Operation(what, changes, unnamed)
        self.open.append(operation)
        self.log.write("sent", what=what, keys=list(map("/".join, changes)))
        return operation

    def acknowledge(self, operation: Operation, ids: Mapping[Key, str] | None = None) -> None:
        """The service said that it is done; ``ids`` are those that the answer told."""
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
        """Wait for the ids of the replies that came into being with it."""
        for kind, name in operation.changes if operation.unnamed else ():
            if kind == "conversation":
                self.unseen[name] = list(operation.unnamed)

    def refuse(self, operation: Operation, code: str) -> None:
        """The service said that it did nothing."""
        self.open.remove(operation)
        self.refusals[code] += 1
        self.log.write("refused", what=operation.what, code=code)

    def blame(self, kind: str, text: str) -> None:
        """Note a fault."""
        self.faults.append(Fault(kind, text))
        self.log.write("fault", kind=kind, text=text)

    def follow(self, stream: Stream) -> Stream:
        """Note a stream that is about to be heard."""
        self.streams.append(stream)
        return stream

    def finish(self, stream: Stream, reply: str, content: str) -> None:
        """The service said that a reply is stored, and what it is."""
        self.streams.remove(stream)
        self.acknowledged += 1
        self.know_message(stream.conversation, reply, content, stream.asked)
        if self.interrupted.pop(stream.conversation, None) is not None:
            self.went_on += 1
        self.log.write("replied", conversation=stream.conversation, reply=reply, content=content)

    def drop(self, stream: Stream) -> None:
        """The turn ended without a reply."""
        self.streams.remove(stream)

    def know_message(self, conversation: str, id: str, content: str, parent: str | None) -> None:
        """A message of the character that an answer showed."""
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
        """Names of what exists of a kind, and whose names begin with ``mark``."""
        return [
            name
            for (each, name), fact in self.facts.items()
            if each == kind and fact is not None and name.startswith(mark)
        ]

    def messages_of(self, conversation: str) -> list[Key]:
        """Its messages that exist, as they became known."""
        return [
            key
            for key, fact in self.facts.items()
            if isinstance(fact, MessageFact) and fact.conversation == conversation
        ]

"""Keep the witness ledger of a stage: who was there when something was said, and who learned it.

Everything that may reach a character's prompt of a stage is chosen by it. Pure.
"""

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

EventKind = Literal["line", "direction", "enters", "leaves", "told"]
Knowing = Literal["said", "present", "whispered", "told"]
"""How a character knows a line: it said it, heard it with all others on stage, was in the circle of
a whisper, or was informed later."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StageEvent:
    """Hold one event on a stage, independent of who is there."""

    id: Hashable
    kind: EventKind = "line"
    speaker: Hashable | None = None
    """Who says the line, enters or leaves; None: the user, or no one."""
    circle: frozenset[Hashable] | None = None
    """The only ones who hear it, or who are informed; None: all who are on stage."""
    about: Hashable | None = None
    """Of ``told``: the earlier event that the circle learns of."""


@dataclass(frozen=True, slots=True)
class Known:
    """Hold an event that a character knows, and how it does."""

    event: StageEvent
    how: Knowing


class Ledger:
    """Answer who witnessed what, for one branch of events, oldest first.

    A whisper reaches those of its circle who are on stage. What is passed on reaches its circle
    wherever they are. Who enters or leaves sees just that of what happens. Who speaks is on stage
    from then on: a script need not say that someone enters.
    """

    def __init__(self, opening: Iterable[Hashable], events: Iterable[StageEvent]) -> None:
        """Begin with the ``opening`` cast on stage."""
        self.events: list[StageEvent] = []
        self._by_id: dict[Hashable, StageEvent] = {}
        self._on_stage = dict.fromkeys(opening)
        self._witnesses: dict[Hashable, frozenset[Hashable]] = {}
        self._passed_on: dict[Hashable, set[Hashable]] = {}
        self._present: dict[Hashable, Sequence[Hashable]] = {}
        for event in events:
            self.add(event)

    @property
    def on_stage(self) -> Sequence[Hashable]:
        """Who is on stage after the last event, in the order of entering."""
        return [*self._on_stage]

    def add(self, event: StageEvent) -> None:
        """Add the next event."""
        if event.kind in ("enters", "line") and event.speaker is not None:
            self._on_stage[event.speaker] = None
        self._witnesses[event.id] = self._reached(event)
        self._present[event.id] = [*self._on_stage]
        if event.kind == "leaves":
            self._on_stage.pop(event.speaker, None)
        elif event.kind == "told" and event.about in self._witnesses:
            self._passed_on.setdefault(event.about, set()).update(event.circle or ())
        self.events.append(event)
        self._by_id[event.id] = event

    def event(self, id: Hashable) -> StageEvent | None:
        """Return an event of the branch; None where it has none with this id."""
        return self._by_id.get(id)

    def known_to(self, who: Hashable) -> list[Known]:
        """Return what a character witnessed, in order.

        What it learned later appears at the event by which it did, unless it had been there.
        """
        known = []
        for event in self.events:
            if who not in self._witnesses[event.id]:
                continue
            if event.kind == "told":
                if who not in self._witnesses.get(event.about, {who}):
                    known.append(Known(event, "told"))
            elif (how := self._knowing(who, event)) is not None:
                known.append(Known(event, how))
        return known

    def who_knows(self, id: Hashable) -> dict[Hashable, Knowing]:
        """Return everyone who knows an event, and how."""
        event = self._by_id.get(id)
        if event is None:
            return {}
        everyone = [*self._witnesses[id], *self._passed_on.get(id, ())]
        return {who: how for who in everyone if (how := self._knowing(who, event)) is not None}

    def met_by(self, who: Hashable) -> list[Hashable]:
        """Return whom a character has seen on stage, first seen first, without itself."""
        seen: dict[Hashable, None] = {}
        for event in self.events:
            if who in self._present[event.id]:
                seen |= dict.fromkeys(self._present[event.id])
        seen.pop(who, None)
        return [*seen]

    def _reached(self, event: StageEvent) -> frozenset[Hashable]:
        """Return who witnesses an event as it happens."""
        if event.kind == "told":
            return event.circle or frozenset()
        heard = frozenset(self._on_stage)
        if event.circle is not None:
            heard &= event.circle
        return heard if event.speaker is None else heard | {event.speaker}

    def _knowing(self, who: Hashable, event: StageEvent) -> Knowing | None:
        if who in self._witnesses[event.id]:
            if event.speaker == who and event.kind == "line":
                return "said"
            return "present" if event.circle is None else "whispered"
        return "told" if who in self._passed_on.get(event.id, ()) else None

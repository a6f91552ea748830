"""Plan the messages and pauses of all chatters, once for both sides of a run."""

import math
import random
from collections.abc import Sequence
from dataclasses import dataclass

_MIN_TURNS = 24
"""Of all chatters together: a median of fewer is noise."""


@dataclass(frozen=True, slots=True)
class Scenario:
    """Describe how a chatter behaves."""

    turns: int = 4
    """Of a conversation; few chatters have several conversations, one after another."""
    think_seconds: float = 2.0
    """Between a reply and the next message, on average; exponentially distributed."""
    arrival_seconds: float = 5.0
    """Over which chatters arrive, evenly: all at once would be another test."""
    seed: int = 1


@dataclass(frozen=True, slots=True)
class PlannedTurn:
    """Hold a message, and the seconds to wait before sending it."""

    pause: float
    message: str


@dataclass(frozen=True, slots=True)
class Chatter:
    """Hold the plan of one user, whose unique name identifies its prompts."""

    name: str
    conversations: Sequence[Sequence[PlannedTurn]]

    @property
    def turns(self) -> list[PlannedTurn]:
        """Return the turns of all conversations, in order."""
        return [turn for turns in self.conversations for turn in turns]


def plan(scenario: Scenario, chatters: int, messages: Sequence[str]) -> list[Chatter]:
    """Return chatters that each begin at a random message and go on from there."""
    conversations = math.ceil(_MIN_TURNS / (chatters * scenario.turns))
    apart = scenario.arrival_seconds / chatters
    return [
        _chatter(scenario, number, number * apart, conversations, messages)
        for number in range(chatters)
    ]


def _chatter(
    scenario: Scenario,
    number: int,
    arrival: float,
    conversations: int,
    messages: Sequence[str],
) -> Chatter:
    source = random.Random(f"{scenario.seed}/{number}")  # noqa: S311 (nothing secret)
    start = source.randrange(len(messages))
    turns = [
        PlannedTurn(
            _pause(source, scenario) if at else arrival, messages[(start + at) % len(messages)]
        )
        for at in range(conversations * scenario.turns)
    ]
    starts = range(0, len(turns), scenario.turns)
    return Chatter(f"Visitor{number:04d}", [turns[at : at + scenario.turns] for at in starts])


def _pause(source: random.Random, scenario: Scenario) -> float:
    return source.expovariate(1 / scenario.think_seconds) if scenario.think_seconds else 0.0

"""Who says what, and after how long: drawn once, so that both sides of a run get the same."""

import math
import random
from collections.abc import Sequence
from dataclasses import dataclass

_MIN_TURNS = 24
"""Of all chatters together: a median of fewer says little."""


@dataclass(frozen=True, slots=True)
class Scenario:
    """What each of the chatters does."""

    turns: int = 4
    """Of a conversation. Few chatters have several conversations, one after another."""
    think_seconds: float = 2.0
    """Between a reply and the next message, on average; exponentially distributed."""
    arrival_seconds: float = 5.0
    """Over which the chatters come in, evenly: all at once would be another test."""
    seed: int = 1


@dataclass(frozen=True, slots=True)
class PlannedTurn:
    """A message, and the seconds before it is sent."""

    pause: float
    message: str


@dataclass(frozen=True, slots=True)
class Chatter:
    """One person. The name is their own, so that their prompts can be told from others'."""

    name: str
    conversations: Sequence[Sequence[PlannedTurn]]

    @property
    def turns(self) -> list[PlannedTurn]:
        """Of all conversations, in order."""
        return [turn for turns in self.conversations for turn in turns]


def plan(scenario: Scenario, chatters: int, messages: Sequence[str]) -> list[Chatter]:
    """Chatters who begin somewhere in the messages each, and go on from there."""
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
    chance = random.Random(f"{scenario.seed}/{number}")  # noqa: S311 (nothing secret)
    start = chance.randrange(len(messages))
    turns = [
        PlannedTurn(
            _pause(chance, scenario) if at else arrival, messages[(start + at) % len(messages)]
        )
        for at in range(conversations * scenario.turns)
    ]
    starts = range(0, len(turns), scenario.turns)
    return Chatter(f"Visitor{number:04d}", [turns[at : at + scenario.turns] for at in starts])


def _pause(chance: random.Random, scenario: Scenario) -> float:
    return chance.expovariate(1 / scenario.think_seconds) if scenario.think_seconds else 0.0

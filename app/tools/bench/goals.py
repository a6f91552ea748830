"""Set goals for a run with the scripted engine at 50 tokens/s a stream, on two processors."""

from dataclasses import dataclass

from app.tools.bench.results import LoadResults

_FIRST_TOKEN_MS = {1: 10.0, 64: 40.0}
"""Added to the engine's own, by the number of chatters."""
_THROUGHPUT_SHARE = {64: 0.97}
_IDLE_MB_PER_CONVERSATION = 100 / 500
_SOAK_MB_PER_MINUTE = 0.2
"""Two megabytes in ten minutes: the allocator's own noise can be as large."""


@dataclass(frozen=True, slots=True)
class Goal:
    """Hold a figure and its bound."""

    name: str
    value: float
    bound: float
    unit: str
    at_most: bool = True

    @property
    def met(self) -> bool:
        return self.value <= self.bound if self.at_most else self.value >= self.bound


def goals_of(results: LoadResults) -> list[Goal]:
    """Return the goals that the run has figures for."""
    return [goal for find in (_latency, _throughput, _memory) for goal in find(results)]


def _latency(results: LoadResults) -> list[Goal]:
    return [
        Goal(f"first token added at {level.chatters}", added, bound, "ms")
        for level in results.levels
        if (bound := _FIRST_TOKEN_MS.get(level.chatters)) is not None
        and (added := level.added_first_token_ms) is not None
    ]


def _throughput(results: LoadResults) -> list[Goal]:
    return [
        Goal(f"tokens/s of the engine's at {level.chatters}", 100 * share, 100 * bound, "%", False)
        for level in results.levels
        if (bound := _THROUGHPUT_SHARE.get(level.chatters)) is not None
        and (share := level.throughput_share) is not None
    ]


def _memory(results: LoadResults) -> list[Goal]:
    goals = []
    if (idle := results.idle) is not None:
        bound = _IDLE_MB_PER_CONVERSATION * idle.conversations
        goals.append(Goal(f"{idle.conversations} idle conversations", idle.cost_mb, bound, "MB"))
    if (soak := results.soak) is not None:
        growth = soak.growth_mb_per_minute
        goals.append(Goal("growth under load", growth, _SOAK_MB_PER_MINUTE, "MB/min"))
    return goals

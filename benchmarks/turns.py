"""Time one turn between the request's arrival and the prompt's."""

from dataclasses import dataclass

from app.tools.bench.clocks import TimedEngine
from app.tools.bench.in_process import LoopbackService

MESSAGE = "今天天气真好，我们去哪里玩呢？"
"""One line, as people write."""


@dataclass(frozen=True, slots=True)
class TurnTime:
    """Hold the milliseconds from a request's arrival to its prompt reaching the engine."""

    total: float
    embed: float
    """Spent embedding the query."""
    search: float
    """Spent loading what is not in memory, and ranking."""

    @property
    def without_embedder(self) -> float:
        """Return the rest of the time: the service's own work."""
        return self.total - self.embed


async def time_turn(service: LoopbackService, engine: TimedEngine, conversation: str) -> TurnTime:
    """Send :data:`MESSAGE` in a conversation and return the time of the turn."""
    turn = await service.send(conversation, MESSAGE)
    total = (engine.asked_at - service.clock.received_at) * 1_000
    timings = turn["reply"]["timings"]
    return TurnTime(total, timings["embed"], timings["search"])

"""Run chatters side by side: each waits, sends, reads the reply to its end, and waits again."""

import asyncio
import time
from collections.abc import Coroutine, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from app.engines.recording import EngineCall
from app.tools.bench.engine_client import EngineClient
from app.tools.bench.errors import BenchError
from app.tools.bench.samples import TurnSample
from app.tools.bench.scenario import Chatter
from app.tools.bench.service_client import ServiceClient

Visit = Coroutine[Any, Any, list[TurnSample]]


@dataclass(frozen=True, slots=True)
class Round:
    """Hold the samples of all chatters, and the seconds from first message to last reply."""

    samples: list[TurnSample]
    seconds: float


async def all_at_once(visits: Iterable[Visit]) -> Round:
    """Run all visits side by side and return their samples.

    Visits do not raise: a failure is noted in its sample.
    """
    started = time.perf_counter()
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(visit) for visit in visits]
    samples = [sample for task in tasks for sample in task.result()]
    return Round(samples, time.perf_counter() - started)


async def visit(service: ServiceClient, slug: str, chatter: Chatter) -> list[TurnSample]:
    """Hold the chatter's conversations with the service; return a sample a turn."""
    samples = []
    for turns in chatter.conversations:
        conversation = ""
        for turn in turns:
            await asyncio.sleep(turn.pause)
            try:
                conversation = conversation or await service.open(slug, chatter.name)
            except BenchError as error:
                samples.append(TurnSample(error=str(error)))
            else:
                samples.append(await service.turn(conversation, turn.message))
    return samples


async def replay(
    engine: EngineClient, chatter: Chatter, calls: Sequence[EngineCall]
) -> list[TurnSample]:
    """Send the service's calls for this chatter straight to the engine, with the same pauses."""
    samples = []
    # A turn that failed before it reached the engine left no call.
    for turn, call in zip(chatter.turns, calls, strict=False):
        await asyncio.sleep(turn.pause)
        samples.append(await engine.generate(call))
    return samples


def calls_of(chatter: Chatter, calls: Iterable[EngineCall]) -> list[EngineCall]:
    """Return the calls made for this chatter, found by its name among their stop strings."""
    own = f"\n{chatter.name}:"
    return [call for call in calls if own in call.stop]

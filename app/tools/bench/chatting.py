"""Chatters at work: each waits, speaks, listens to the end, and waits again."""

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
    """What all chatters met with, and the seconds from the first message to the last reply."""

    samples: list[TurnSample]
    seconds: float


async def all_at_once(visits: Iterable[Visit]) -> Round:
    """Side by side. Visits note failures in their samples; they do not raise."""
    started = time.perf_counter()
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(visit) for visit in visits]
    samples = [sample for task in tasks for sample in task.result()]
    return Round(samples, time.perf_counter() - started)


async def visit(service: ServiceClient, slug: str, chatter: Chatter) -> list[TurnSample]:
    """The chatter's conversations with the service."""
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
    """What the service asked the engine for this chatter, asked directly, with the same pauses."""
    samples = []
    # A turn that failed before it reached the engine left no call.
    for turn, call in zip(chatter.turns, calls, strict=False):
        await asyncio.sleep(turn.pause)
        samples.append(await engine.generate(call))
    return samples


def calls_of(chatter: Chatter, calls: Iterable[EngineCall]) -> list[EngineCall]:
    """Those in which a reply ends where this chatter would begin to speak."""
    own = f"\n{chatter.name}:"
    return [call for call in calls if own in call.stop]

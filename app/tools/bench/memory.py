"""Measure the service's memory: with idle conversations, and over a long time under load."""

import asyncio
import time
from collections.abc import Sequence

from app.tools.bench.chatting import Round, all_at_once, visit
from app.tools.bench.resources import memory_mb
from app.tools.bench.results import Idle, Soak
from app.tools.bench.samples import TurnSample
from app.tools.bench.scenario import Chatter, PlannedTurn
from app.tools.bench.service_under_test import ServiceUnderTest

_SIDE_BY_SIDE = 32
_SETTLE_SECONDS = 2.0
_SAMPLE_SECONDS = 1.0


async def measure_idle(
    system: ServiceUnderTest, conversations: int, messages: Sequence[str]
) -> Idle:
    """Begin conversations with one turn each, and measure memory before and after."""
    before = memory_mb(system.service_pid)
    slots = asyncio.Semaphore(_SIDE_BY_SIDE)

    async def begin(number: int) -> list[TurnSample]:
        turn = PlannedTurn(0.0, messages[number % len(messages)])
        async with slots:
            return await visit(system.service, system.slug, Chatter(f"Idler{number:04d}", [[turn]]))

    begun = await all_at_once(begin(number) for number in range(conversations))
    await asyncio.sleep(_SETTLE_SECONDS)
    return Idle(conversations, _errors(begun), before, memory_mb(system.service_pid))


async def measure_soak(
    system: ServiceUnderTest, seconds: float, chatters: Sequence[Chatter]
) -> Soak:
    """Let chatters come again until the time is over, while memory is sampled.

    The visits under way at the end are finished.
    """
    started = time.perf_counter()
    memory: list[tuple[float, float]] = []

    async def visit_until_end(chatter: Chatter) -> list[TurnSample]:
        samples = []
        while time.perf_counter() - started < seconds:
            samples += await visit(system.service, system.slug, chatter)
        return samples

    watcher = asyncio.create_task(_watch(system.service_pid, started, memory))
    try:
        measured = await all_at_once(visit_until_end(chatter) for chatter in chatters)
    finally:
        watcher.cancel()
        await asyncio.gather(watcher, return_exceptions=True)
    return Soak(
        chatters=len(chatters),
        seconds=measured.seconds,
        turns=len(measured.samples),
        errors=_errors(measured),
        memory=memory,
    )


def _errors(measured: Round) -> int:
    return sum(sample.error is not None for sample in measured.samples)


async def _watch(pid: int, started: float, memory: list[tuple[float, float]]) -> None:
    while True:
        memory.append((time.perf_counter() - started, memory_mb(pid)))
        await asyncio.sleep(_SAMPLE_SECONDS)

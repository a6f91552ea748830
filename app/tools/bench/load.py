"""Measure one number of chatters: through the service, then straight at the engine."""

import os

from app.engines.recording import read_calls
from app.tools.bench.chatting import all_at_once, calls_of, replay, visit
from app.tools.bench.load_figures import figures_of
from app.tools.bench.resources import CpuMeter
from app.tools.bench.results import Level
from app.tools.bench.scenario import Chatter
from app.tools.bench.service_under_test import ServiceUnderTest


async def measure_level(system: ServiceUnderTest, chatters: list[Chatter]) -> Level:
    """Measure both sides, one after the other."""
    system.forget_calls()
    meter = CpuMeter(system.service_pid)
    through = await all_at_once(visit(system.service, system.slug, each) for each in chatters)
    spent = meter.spent()
    calls = list(read_calls(system.record))
    alone = await all_at_once(
        replay(system.engine, each, calls_of(each, calls)) for each in chatters
    )
    service = figures_of(through)
    thousands = service.tokens / 1_000
    return Level(
        chatters=len(chatters),
        service=service,
        engine=figures_of(alone),
        cpu_per_1000_tokens=spent.service / thousands if thousands else 0.0,
        load_cpu_per_1000_tokens=spent.load / thousands if thousands else 0.0,
        machine_busy=spent.machine / (through.seconds * (os.cpu_count() or 1)),
    )

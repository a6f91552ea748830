"""Carry out a run from beginning to end."""

import tempfile
from collections.abc import Callable
from pathlib import Path

from app.tools.bench.load import measure_level
from app.tools.bench.memory import measure_idle, measure_soak
from app.tools.bench.options import BenchOptions
from app.tools.bench.results import LoadResults
from app.tools.bench.scenario import plan
from app.tools.bench.service_under_test import set_up


async def run(options: BenchOptions, say: Callable[[str], None]) -> LoadResults:
    """Measure everything asked for; ``say`` gets lines about the progress.

    Raises :class:`~app.tools.bench.errors.BenchError`.
    """
    messages = options.corpus.messages()
    with tempfile.TemporaryDirectory(prefix="offbook-bench-") as folder:
        say("Starting the engine and the service.")
        async with set_up(options, Path(folder)) as system:
            levels = []
            for chatters in options.chatters:
                say(f"{chatters} chatters: through the service, then straight at the engine.")
                planned = plan(options.scenario, chatters, messages)
                levels.append(await measure_level(system, planned))
            idle = soak = None
            if options.idle_conversations:
                say(f"{options.idle_conversations} conversations that then lie idle.")
                idle = await measure_idle(system, options.idle_conversations, messages)
            if options.soak_seconds:
                chatters = max(options.chatters)
                say(f"{chatters} chatters for {options.soak_seconds:.0f} s.")
                planned = plan(options.scenario, chatters, messages)
                soak = await measure_soak(system, options.soak_seconds, planned)
    return LoadResults(levels, idle, soak)

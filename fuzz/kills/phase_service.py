"""Kill the service itself: under load, and while it starts."""

import asyncio

from fuzz.kills.processes import ProcessError
from fuzz.kills.stage import Stage

_SHORT_SHARE = 0.25
"""Share of kills under load that come before any reply is five seconds old."""


async def kill_under_load(stage: Stage, seconds: float | None = None) -> None:
    """Let the clients work for ``seconds``, by default at random, and kill the service."""
    if seconds is None:
        short = stage.random.random() < _SHORT_SHARE
        seconds = stage.random.uniform(0.2, 3.0) if short else stage.random.uniform(5, 13)
    stage.load.begin()
    await asyncio.sleep(seconds)
    stage.load.check()
    await stage.service.kill()
    stage.count("load")
    await stage.load.end()


async def kill_while_starting(stage: Stage) -> None:
    """Start the service, and kill it before or just after it answers."""
    process = await stage.service.spawn()
    await asyncio.sleep(stage.random.uniform(0, stage.service.start_seconds * 1.1))
    if process.ended:
        raise ProcessError(f"The service ended by itself.\n{process.said()}")
    await process.kill()
    stage.count("startup")

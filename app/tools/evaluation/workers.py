"""Many jobs, so many of them at once."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

Job = TypeVar("Job")

_TELLINGS = 20
"""How often progress is told."""


async def work_off(
    jobs: Sequence[Job],
    work: Callable[[Job], Awaitable[None]],
    side_by_side: int,
    on_progress: Callable[[int, int], None],
) -> None:
    """``work`` gets every job; ``on_progress`` how many are done, and of how many, now and then.

    The first failure stops all of them and is raised.
    """
    left = iter(jobs)
    step = max(1, len(jobs) // _TELLINGS)
    done = 0

    async def worker() -> None:
        nonlocal done
        for job in left:
            await work(job)
            done += 1
            if done % step == 0 or done == len(jobs):
                on_progress(done, len(jobs))

    try:
        async with asyncio.TaskGroup() as group:
            for _ in range(side_by_side):
                group.create_task(worker())
    except ExceptionGroup as failures:
        raise failures.exceptions[0] from None

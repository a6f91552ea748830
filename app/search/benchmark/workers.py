"""Work off many jobs, a bounded number at a time."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

Job = TypeVar("Job")

_REPORTS = 20
"""Number of progress reports in a run."""


async def run_jobs(
    jobs: Sequence[Job],
    work: Callable[[Job], Awaitable[None]],
    side_by_side: int,
    on_progress: Callable[[int, int], None] = lambda _done, _total: None,
) -> None:
    """Call ``work`` with every job, ``side_by_side`` at a time.

    ``on_progress`` gets the number of jobs done and of all jobs, about twenty times. The first
    failure cancels the other jobs and is raised.
    """
    left = iter(jobs)
    step = max(1, len(jobs) // _REPORTS)
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

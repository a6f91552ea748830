"""Many jobs, so many of them at once."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

Job = TypeVar("Job")


async def work_off(
    jobs: Sequence[Job], work: Callable[[int, Job], Awaitable[None]], side_by_side: int
) -> None:
    """``work`` gets every job and its number, counted from 1 in the order they are taken up.

    The first failure stops all of them and is raised.
    """
    left = iter(enumerate(jobs, start=1))

    async def worker() -> None:
        for number, job in left:
            await work(number, job)

    try:
        async with asyncio.TaskGroup() as group:
            for _ in range(side_by_side):
                group.create_task(worker())
    except ExceptionGroup as failures:
        raise failures.exceptions[0] from None

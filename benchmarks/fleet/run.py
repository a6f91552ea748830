"""Carry out a run: the fleet in trouble, then one process in peace."""

import asyncio
from collections.abc import Callable

from app.tools.bench.corpus import Corpus, sample_corpus
from benchmarks.fleet.chatters import Chatter
from benchmarks.fleet.judge import judge
from benchmarks.fleet.operator import import_characters
from benchmarks.fleet.options import FleetOptions
from benchmarks.fleet.report import Measured, describe
from benchmarks.fleet.system import System, alone, fleet
from benchmarks.fleet.talk import Talk
from benchmarks.fleet.trouble import Trouble

Say = Callable[[str], None]


async def run(options: FleetOptions, say: Say, *, beside: bool) -> tuple[str, bool]:
    """Return the report, and whether the run had no fault; ``beside`` measures one process too."""
    corpus = sample_corpus()
    say("Starting the fleet.")
    async with fleet(options) as system:
        slugs = await import_characters(system.base_url, corpus, options.characters)
        trouble = Trouble(system, corpus, slugs)
        say(f"{options.chatters} chatters for {options.minutes:g} minutes, in trouble.")
        together = await _measure(system, corpus, trouble)
    one = None
    if beside:
        say(describe(together, None, trouble))  # the second run may fail, or be broken off
        one = await _run_alone(options, corpus, say)
    good = not (trouble.faults or together.verdict.faults)
    return describe(together, one, trouble), good


async def _run_alone(options: FleetOptions, corpus: Corpus, say: Say) -> Measured:
    say(f"{options.chatters} chatters for {options.minutes:g} minutes with one process.")
    async with alone(options) as system:
        slugs = await import_characters(system.base_url, corpus, options.characters)
        return await _measure(system, corpus, Trouble(system, corpus, slugs), peace=True)


async def _measure(
    system: System, corpus: Corpus, trouble: Trouble, *, peace: bool = False
) -> Measured:
    """Let all chatters talk, meanwhile make the trouble, and judge what they saw."""
    options, messages = system.options, corpus.messages()
    slugs = [*trouble.slugs]
    talk, over = Talk(), asyncio.Event()
    system.meter.start()

    async def chat(number: int) -> None:
        slug = slugs[number % len(slugs)]
        async with Chatter(number, system.base_url, slug, messages, options) as chatter:
            await chatter.talk(talk, over)

    async def end() -> None:
        """End the talk once its time is up and all trouble has been made."""
        await asyncio.gather(asyncio.sleep(options.seconds), *([] if peace else [trouble.run()]))
        over.set()

    async with asyncio.TaskGroup() as group:
        for number in range(options.chatters):
            group.create_task(chat(number))
        group.create_task(end())
    costs = await system.meter.costs()
    log = None if peace else options.folder / "access.log"
    return Measured(talk, costs, await judge(talk, trouble.kills, system.database, log))

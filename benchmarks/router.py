"""``python -m benchmarks.router``: what a router between the service and two engines costs.

Scripted engines in processes of their own keep prefixes as vLLM does, and generate at once. The
same dialogues go to one engine, and to two behind vllm-router with either policy: how much of their
prompts was cached, how much later the first token comes, and what a killed engine costs.
"""

import argparse
import asyncio
import os
import signal
import statistics
import tempfile
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

from app.engines.openai_http import OpenAIEngine
from app.engines.port import ChatEngine, EngineError, Sampling, Usage
from app.engines.scripted_cache import BLOCK_TOKENS
from app.tools.bench.corpus import chosen_corpus
from app.tools.bench.figure_report import write_figures
from app.tools.bench.figures import Figure
from app.tools.bench.processes import Server, serving
from benchmarks.prompt_cache import dialogue_prompts
from tests.app.engines.router import Policy, routing

_DIALOGUES = 12
_TIMED = 200
_AFTER_THE_KILL = 100
_ENGINE = [
    "--tokens-per-second=1000000",
    "--reply-tokens=1",
    "--context-length=16384",
    # Enough for all dialogues: what is lost is lost by the choice of engines.
    "--cached-tokens=1000000",
]
_POLICIES: tuple[Policy, ...] = ("cache_aware", "consistent_hash")


async def _ask(engine: ChatEngine, prompt: str, affinity: str) -> tuple[float, Usage]:
    """Return the milliseconds to the first delta, and the usage."""
    started, first, usage = time.perf_counter(), 0.0, None
    async for delta in engine.stream(prompt, Sampling(max_tokens=1), affinity=affinity):
        first = first or time.perf_counter()
        usage = delta.usage or usage
    assert usage is not None
    return 1_000 * (first - started), usage


async def _cached_share(engine: ChatEngine, dialogues: Sequence[Sequence[str]]) -> float:
    """Return the percentage of all prompts that was cached, the dialogues side by side."""
    prompted = cached = 0
    for turns in zip(*dialogues, strict=True):
        asked = [_ask(engine, prompt, f"dialogue {at}") for at, prompt in enumerate(turns)]
        for _, usage in await asyncio.gather(*asked):
            prompted += usage.prompt_tokens
            cached += usage.cached_tokens or 0
    return 100 * cached / prompted


async def _held(engine: ChatEngine, dialogues: Sequence[Sequence[str]]) -> int:
    """Return the number of dialogues whose newest prompt an engine has read."""
    held = 0
    for at, turns in enumerate(dialogues):
        _, usage = await _ask(engine, turns[-1], f"held {at}")
        held += usage.prompt_tokens - (usage.cached_tokens or 0) <= BLOCK_TOKENS
    return held


async def _added(direct: ChatEngine, routed: ChatEngine, prompt: str) -> tuple[float, float]:
    """Return the median milliseconds to the first token, directly and routed, asked in turn."""
    times: tuple[list[float], list[float]] = ([], [])
    for at in range(_TIMED):
        for engine, taken in zip((direct, routed), times, strict=True):
            taken.append((await _ask(engine, prompt, f"timed {at}"))[0])
    return statistics.median(times[0]), statistics.median(times[1])


async def _failed(engine: ChatEngine, prompt: str) -> int:
    """Return the number of requests that failed, four at a time."""
    failed, slots = 0, asyncio.Semaphore(4)

    async def ask(at: int) -> None:
        nonlocal failed
        async with slots:
            try:
                await _ask(engine, prompt, f"after {at}")
            except EngineError as error:
                print(f"failed: {error}")
                failed += 1

    await asyncio.gather(*map(ask, range(_AFTER_THE_KILL)))
    return failed


@asynccontextmanager
async def _engines(count: int, folder: Path) -> AsyncIterator[list[Server]]:
    async with AsyncExitStack() as stack:
        starting = [
            serving(
                "app.engines.scripted_server", _ENGINE, ready="/health", log=folder / f"engine-{at}"
            )
            for at in range(count)
        ]
        yield [await stack.enter_async_context(each) for each in starting]


@asynccontextmanager
async def _client(address: str) -> AsyncIterator[OpenAIEngine]:
    engine = OpenAIEngine(address)
    await engine.limits()
    yield engine
    await engine.aclose()


async def _routed(
    policy: Policy, dialogues: Sequence[Sequence[str]], alone: float, folder: Path
) -> list[Figure]:
    """Measure two engines behind a router, and then with one of them killed."""
    async with _engines(2, folder) as servers:
        addresses = [server.base_url for server in servers]
        with routing(addresses, policy, folder / policy) as address:
            async with _client(address) as routed, _client(addresses[0]) as direct:
                share = await _cached_share(routed, dialogues)
                held = await _held(direct, dialogues)
                before, after = await _added(direct, routed, dialogues[0][-1])
                os.kill(servers[0].pid, signal.SIGKILL)
                failed = await _failed(routed, dialogues[0][-1])
    return [
        Figure(f"{policy}: cached of all prompts, two engines", share, "%"),
        Figure(f"{policy}: lost to one engine", alone - share, "pts", "<= 3"),
        Figure(
            f"{policy}: dialogues on the busier engine",
            max(held, _DIALOGUES - held),
            "",
            f"of {_DIALOGUES}",
        ),
        Figure(f"{policy}: first token, directly", before, "ms"),
        Figure(f"{policy}: first token, through the router", after, "ms"),
        Figure(f"{policy}: added", after - before, "ms", "<= 3"),
        Figure(f"{policy}: failed of {_AFTER_THE_KILL} after a kill", failed, "", "0"),
    ]


async def _measure(folder: Path) -> list[Figure]:
    corpus = chosen_corpus(None, None, None)
    first = dialogue_prompts(corpus, "〇")
    dialogues = [
        [prompt.replace("〇", f"（{at}）") for prompt in first] for at in range(_DIALOGUES)
    ]
    async with _engines(1, folder) as [server], _client(server.base_url) as engine:
        alone = await _cached_share(engine, dialogues)
    figures = [Figure("one engine: cached of all prompts", alone, "%")]
    for policy in _POLICIES:
        figures += await _routed(policy, dialogues, alone, folder)
    return figures


def main() -> None:
    """Measure and report."""
    parser = argparse.ArgumentParser(prog="benchmarks.router", description=__doc__)
    parser.add_argument("--out", type=Path, default=Path("build/router.json"))
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        figures = asyncio.run(_measure(Path(folder)))
    print(write_figures(figures, arguments.out))


if __name__ == "__main__":
    main()

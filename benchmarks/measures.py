"""Measure the running service: turns, ingestion, first tokens, start-up."""

import asyncio
import tempfile
import time
from pathlib import Path
from statistics import median

from app.search.passage_embedding import default_workers
from app.tools.bench.clocks import TimedEngine
from app.tools.bench.corpus import Corpus
from app.tools.bench.figures import Figure, percentile
from app.tools.bench.in_process import LoopbackService, on_loopback
from app.tools.bench.processes import serving
from benchmarks.turns import MESSAGE, TurnTime, time_turn
from benchmarks.unshipped import UnshippedEmbedder
from characters.passages.examples import build_examples
from retrieval.embedding.factory import create_embedder

_TURNS = 40


def _folder() -> Path:
    return Path(tempfile.mkdtemp(prefix="offbook-bench-"))


async def turn_overhead(corpus: Corpus) -> list[Figure]:
    """Measure the service's share of a turn, on the way to the engine and back to the client."""
    engine = TimedEngine()
    async with on_loopback(_folder(), engine) as service:
        slug, _ = await service.upload(corpus)
        await time_turn(service, engine, await service.open_conversation(slug))  # loads the index
        conversation = await service.open_conversation(slug)
        turns = [await time_turn(service, engine, conversation) for _ in range(_TURNS)]
        firsts = [await _first_turn(service, engine, slug) for _ in range(_TURNS)]
        replies = [await _first_event(service, engine, slug) for _ in range(_TURNS)]
    with_embedder = [turn.total for turn in turns]
    first = median(turn.total for turn in firsts)
    without = [turn.without_embedder for turn in turns]
    again = reembed_ms(corpus)
    return [
        Figure("turn overhead without embedder, p50", median(without), "ms", "<= 10"),
        Figure("turn overhead without embedder, p99", percentile(without, 0.99), "ms", "<= 40"),
        Figure("with embedder, one-line message, p50", first, "ms", "<= 60"),
        Figure("with embedder, in a long conversation, p50", median(with_embedder), "ms", "<= 60"),
        Figure("re-embedding the corpus, as the reference does", again, "ms"),
        Figure("re-embedding / one-line turn with embedder", again / first, "x", ">= 50"),
        Figure("turn 40 / turn 2, with embedder", _growth(with_embedder), "x", "about 1"),
        Figure("engine's first token to client's first event, p50", median(replies), "ms", "<= 5"),
    ]


def _growth(turns: list[float]) -> float:
    """Return the last five turns over turns 2 to 6, as medians: single turns are noise."""
    return median(turns[-5:]) / median(turns[1:6])


async def _first_turn(service: LoopbackService, engine: TimedEngine, slug: str) -> TurnTime:
    return await time_turn(service, engine, await service.open_conversation(slug))


async def _first_event(service: LoopbackService, engine: TimedEngine, slug: str) -> float:
    """Return the milliseconds from the engine's first token to its event at the client."""
    conversation = await service.open_conversation(slug)
    received_at = await service.first_delta(conversation, MESSAGE)
    return (received_at - engine.spoke_at) * 1_000


def reembed_ms(corpus: Corpus) -> float:
    """Time the embedding of all keys of the character's examples, the reference's every turn."""
    examples = build_examples(list(corpus.scenes()), [corpus.name], corpus.name).examples
    embedder = create_embedder("bundled")
    started = time.perf_counter()
    embedder.embed_keys([example.key for example in examples])
    return (time.perf_counter() - started) * 1_000


async def ingestion(corpus: Corpus) -> list[Figure]:
    """Measure the time from upload to ready, and the embedder's share of it."""
    async with on_loopback(_folder(), TimedEngine(), UnshippedEmbedder()) as service:
        _, seconds = await service.upload(corpus)
        inside = service.services.passages.embed_seconds / default_workers()
    return [
        Figure("upload to ready", seconds, "s", "<= 60"),
        Figure("share of it inside the embedder", 100 * inside / seconds, "%", ">= 90"),
    ]


async def first_token_beside_ingestion(corpus: Corpus) -> list[Figure]:
    """Measure a chat's first token with the demo model, alone and while scripts are indexed."""
    async with on_loopback(_folder()) as service:
        await service.until_engine_ready(print)
        slug, _ = await service.upload(corpus)
        alone = [await _first_token(service, slug, n) for n in range(5)]
        ingesting = asyncio.create_task(_ingest_forever(service, corpus))
        await asyncio.sleep(0.5)
        beside = [await _first_token(service, slug, n + 5) for n in range(5)]
        ingesting.cancel()
        await asyncio.gather(ingesting, return_exceptions=True)
    return [
        Figure("first token alone, p50", median(alone), "ms"),
        Figure("first token beside ingestion, p50", median(beside), "ms"),
        Figure("beside / alone", median(beside) / median(alone), "x", "<= 1.5"),
    ]


async def _first_token(service: LoopbackService, slug: str, number: int) -> float:
    conversation = await service.open_conversation(slug)
    started = time.perf_counter()
    received_at = await service.first_delta(conversation, f"{MESSAGE}（{number}）")
    return (received_at - started) * 1_000


async def _ingest_forever(service: LoopbackService, corpus: Corpus) -> None:
    """Index variants of a script, one after another: each is new to the database."""
    content = corpus.path.read_text(encoding="utf-8-sig")
    number = 0
    while True:
        number += 1
        path = _folder() / f"bench-{number}{corpus.path.suffix}"
        path.write_text(content.replace("：", f"：{number}，"), encoding="utf-8")
        await service.upload(Corpus(path, corpus.name))


async def start_up() -> list[Figure]:
    """Measure ``offbook serve`` from its start to ready, with its model on disk.

    The first start, which reads the model into the page cache, does not count.
    """
    folder = _folder()
    seconds = [await _start(folder) for _ in range(3)][1:]
    return [Figure("start to ready", max(seconds), "s", "<= 6")]


async def _start(folder: Path) -> float:
    started = time.perf_counter()
    async with serving(
        "app.cli",
        ["serve", f"--data-dir={folder}"],
        ready="/readyz",
        log=folder / "service.log",
        environment={"OFFBOOK_LOAD_SAMPLES": "false"},
    ):
        return time.perf_counter() - started

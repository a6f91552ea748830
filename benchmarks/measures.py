"""What is measured; each function gives figures of one run."""

import asyncio
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import httpx

from app.search.key_embedding import default_workers
from app.tools.bench.corpus import Corpus
from app.tools.bench.figures import percentile
from app.tools.bench.processes import free_port
from benchmarks.figures import Figure, median
from benchmarks.service import ClockedEngine, RunningService, running
from characters.passages.examples import build_examples
from characters.scripts.model import Scene
from characters.scripts.reader import read_script
from retrieval.embedding.factory import create_embedder

_TURNS = 40
_ONE_LINE = "今天天气真好，我们去哪里玩呢？"


def _folder() -> Path:
    return Path(tempfile.mkdtemp(prefix="offbook-bench-"))


async def turn_overhead(script: Corpus) -> list[Figure]:
    """From a request coming in to the prompt reaching the engine, and back to the client."""
    engine = ClockedEngine()
    async with running(_folder(), engine) as service:
        slug, _ = await service.upload(script)
        await _turn(service, engine, await service.converse(slug))  # builds the index
        conversation = await service.converse(slug)
        turns = [await _turn(service, engine, conversation) for _ in range(_TURNS)]
        firsts = [await _turn(service, engine, await service.converse(slug)) for _ in range(_TURNS)]
        replies = [await _first_event(service, engine, slug) for _ in range(_TURNS)]
    with_embedder = [total for total, _ in turns]
    first = median([total for total, _ in firsts])
    without = [total - embed for total, embed in turns]
    again = reembed_ms(script)
    return [
        Figure("turn overhead without embedder, p50", median(without), "ms", "<= 10"),
        Figure("turn overhead without embedder, p99", percentile(without, 0.99), "ms", "<= 40"),
        Figure("with embedder, one-line message, p50", first, "ms", "<= 60"),
        Figure("with embedder, in a long conversation, p50", median(with_embedder), "ms", "<= 60"),
        Figure("re-embedding the corpus, as the reference does", again, "ms"),
        Figure("re-embedding / one-line turn with embedder", again / first, "x", ">= 50"),
        Figure("turn 40 / turn 2, with embedder", _late(with_embedder), "x", "about 1"),
        Figure("engine's first token to client's first event, p50", median(replies), "ms", "<= 5"),
    ]


def _late(turns: list[float]) -> float:
    """The last five turns against turns 2 to 6: single ones are noise."""
    return median(turns[-5:]) / median(turns[1:6])


async def _turn(
    service: RunningService, engine: ClockedEngine, conversation: str
) -> tuple[float, float]:
    """Milliseconds to the engine, and those of them spent embedding."""
    answer = await service.client.post(
        f"/api/conversations/{conversation}/messages", json={"content": _ONE_LINE}
    )
    answer.raise_for_status()
    embed: float = answer.json()["reply"]["timings"]["embed"]
    return (engine.asked_at - service.clock.received_at) * 1_000, embed


async def _first_event(service: RunningService, engine: ClockedEngine, slug: str) -> float:
    """Milliseconds from the engine's first token to the client having it."""
    conversation = await service.converse(slug)
    async with service.client.stream(
        "POST",
        f"/api/conversations/{conversation}/messages",
        json={"content": _ONE_LINE, "stream": True},
    ) as answer:
        async for line in answer.aiter_lines():
            if line == "event: delta":
                return (time.perf_counter() - engine.spoke_at) * 1_000
    raise RuntimeError("The turn had no delta.")


def reembed_ms(script: Corpus) -> float:
    """Embedding every key of the character's examples, as the reference does each turn."""
    with script.path.open("rb") as file:
        scenes = [item for item in read_script(file, script.path.name) if isinstance(item, Scene)]
    keys = [example.key for example in build_examples(scenes, [script.name], script.name).examples]
    embedder = create_embedder("bundled")
    started = time.perf_counter()
    embedder.embed_keys(keys)
    return (time.perf_counter() - started) * 1_000


async def ingestion(script: Corpus) -> list[Figure]:
    """Upload to ready, and how much of it the embedder has."""
    async with running(_folder(), ClockedEngine()) as service:
        _, seconds = await service.upload(script)
        inside = service.services.keys.embed_seconds / default_workers()
    return [
        Figure("upload to ready", seconds, "s", "<= 10"),
        Figure("share of it inside the embedder", 100 * inside / seconds, "%", ">= 90"),
    ]


async def first_token_beside_ingestion(script: Corpus) -> list[Figure]:
    """A running chat's first token with the demo model, alone and while a script is indexed."""
    async with running(_folder(), None) as service:
        while (await service.client.get("/readyz")).status_code != httpx.codes.OK:
            await asyncio.sleep(0.2)
        slug, _ = await service.upload(script)
        alone = [await _first_token(service, slug, n) for n in range(5)]
        ingesting = asyncio.create_task(_ingest_forever(service, script))
        await asyncio.sleep(0.5)
        beside = [await _first_token(service, slug, n + 5) for n in range(5)]
        ingesting.cancel()
        await asyncio.gather(ingesting, return_exceptions=True)
    return [
        Figure("first token alone, p50", median(alone), "ms"),
        Figure("first token beside ingestion, p50", median(beside), "ms"),
        Figure("beside / alone", median(beside) / median(alone), "x", "<= 1.5"),
    ]


async def _first_token(service: RunningService, slug: str, n: int) -> float:
    conversation = await service.converse(slug)
    started = time.perf_counter()
    async with service.client.stream(
        "POST",
        f"/api/conversations/{conversation}/messages",
        json={"content": f"{_ONE_LINE}（{n}）", "stream": True},
    ) as answer:
        async for line in answer.aiter_lines():
            if line == "event: delta":
                return (time.perf_counter() - started) * 1_000
            if line == "event: error":
                break
    raise RuntimeError("The turn had no delta.")


async def _ingest_forever(service: RunningService, script: Corpus) -> None:
    """Index variants of a script, one after another: each is new to the database."""
    content = script.path.read_text(encoding="utf-8-sig")
    n = 0
    while True:
        n += 1
        folder = _folder()
        path = folder / f"bench-{n}{script.path.suffix}"
        path.write_text(content.replace("：", f"：{n}，"), encoding="utf-8")
        await service.upload(Corpus(path, script.name))


def start_up() -> list[Figure]:
    """``offbook serve`` with its model on disk, until a turn would be answered; second start."""
    folder = _folder()
    seconds = [_start(folder) for _ in range(3)][1:]
    return [Figure("start to ready", max(seconds), "s", "<= 6")]


def _start(folder: Path) -> float:
    port = free_port()
    started = time.perf_counter()
    process = subprocess.Popen(  # noqa: S603 (our own console script)
        [sys.executable, "-m", "app.cli", "serve", "--port", str(port), "--data-dir", str(folder)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env={**os.environ, "OFFBOOK_LOAD_SAMPLES": "false"},
    )
    try:
        while time.perf_counter() - started < 120:
            try:
                answer = httpx.get(f"http://127.0.0.1:{port}/readyz", timeout=5)
                if json.loads(answer.text)["ready"]:
                    return time.perf_counter() - started
            except httpx.TransportError:
                pass
            time.sleep(0.05)
    finally:
        process.terminate()
        process.wait(30)
    raise RuntimeError("The service did not become ready in two minutes.")

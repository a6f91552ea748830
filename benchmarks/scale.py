"""Many characters, and a character with very many lines: ``python -m benchmarks.scale``."""

import argparse
import asyncio
import random
import tempfile
import time
from pathlib import Path

import numpy as np
from sqlalchemy import text

from app.bench.corpus import Corpus
from app.bench.figures import percentile
from app.db.ids import new_id
from benchmarks.figures import Figure, median, write_report
from benchmarks.parsing import memory_of
from benchmarks.service import ClockedEngine, RunningService, running
from retrieval.embedding.hashing import HashingEmbedder
from retrieval.embedding.port import Vectors
from retrieval.index.exact import ExactIndex
from retrieval.index.faiss import FaissIndex

_DIMENSION = 384
_SCENES = 500
"""Of eight lines: two windows of the character's each."""
_LETTERS = [chr(0x4E00 + number) for number in range(2_500)]
_OFTEN = [1 / (number + 3) for number in range(2_500)]
"""Letters are as unequally frequent as words are (Zipf)."""
_MESSAGE = "今天天气真好，我们去哪里玩呢？"

_VECTORS = 200_000
_TOPICS = 2_000
_QUERIES = 50


async def many_characters(count: int) -> list[Figure]:
    """First turns of characters whose lines are in the database only, one after the other.

    All say the same lines, but each is stored, loaded and kept by itself. Nothing is embedded by
    a model: the time is what a turn takes beyond that.
    """
    folder = Path(tempfile.mkdtemp(prefix="offbook-scale-"))
    engine = ClockedEngine()
    async with running(folder, engine, HashingEmbedder(_DIMENSION)) as service:
        slug, _ = await service.upload(_write_script(folder))
        slugs = await _multiply(service, slug, count)
        await _turn(service, engine, slug)
        wall, processor = [], []
        for each in slugs:
            before = time.process_time()
            wall.append(await _turn(service, engine, each))
            processor.append((time.process_time() - before) * 1_000)
        held = service.services.finder.selections.statistics
        settings = service.services.settings.retrieval
    name = f"first turn of {count:,} characters"
    return [
        Figure(f"{name}, p50", median(wall), "ms", "<= 100"),
        Figure(f"{name}, p95", percentile(wall, 0.95), "ms"),
        Figure(f"{name}, processor, p50", median(processor), "ms"),
        Figure("characters kept in memory", held.size, "", f"<= {settings.cached_indexes}"),
        Figure("what they take", held.nbytes / 1e6, "MB", f"<= {settings.cached_megabytes}"),
        Figure("memory of the process", memory_of("VmRSS") / 1e6, "MB", "<= 1500"),
    ]


def many_windows() -> list[Figure]:
    """One index of 200,000 vectors about 2,000 topics, asked for what is near to one of them."""
    vectors = _about_topics(_VECTORS)
    queries = _near(vectors, _QUERIES)
    index, exact = FaissIndex(_DIMENSION), ExactIndex(_DIMENSION)
    for each in (index, exact):
        each.add(range(_VECTORS), vectors)
    started = time.process_time()
    quality = index.settle()
    settled = time.process_time() - started
    wall, processor, found = [], [], 0
    for query in queries:
        before, busy = time.perf_counter(), time.process_time()
        hits = index.search(query, 20)
        wall.append((time.perf_counter() - before) * 1_000)
        processor.append((time.process_time() - busy) * 1_000)
        found += len({hit.id for hit in hits} & {hit.id for hit in exact.search(query, 20)})
    name = f"search among {_VECTORS:,} windows"
    return [
        Figure(f"{name}, p50", median(wall), "ms", "<= 10"),
        Figure(f"{name}, processor, p50", median(processor), "ms"),
        Figure(f"{name}, recall at 20 measured at build", quality.recall, "", ">= 0.97"),
        Figure(f"{name}, recall at 20 of these queries", found / (20 * _QUERIES), ""),
        Figure(f"{name}, built, processor", settled, "s"),
        Figure(f"{name}, memory", index.nbytes / 1e6, "MB"),
    ]


async def _turn(service: RunningService, engine: ClockedEngine, slug: str) -> float:
    """Milliseconds from the message to the engine, less what embedding took."""
    conversation = await service.converse(slug)
    answer = await service.client.post(
        f"/api/conversations/{conversation}/messages", json={"content": _MESSAGE}
    )
    answer.raise_for_status()
    embedding: float = answer.json()["reply"]["timings"]["embed"]
    return (engine.asked_at - service.clock.received_at) * 1_000 - embedding


async def _multiply(service: RunningService, slug: str, count: int) -> list[str]:
    """The same character under other names, written past the service: to index each takes long."""
    slugs = []
    for number in range(count):
        slugs.append(f"{slug}-copy-{number}")
        async with service.services.database.write() as session:
            names = {"slug": slugs[-1], "id": new_id().bytes, "of": slug}
            for statement in await _copying(session, "characters", "selections"):
                await session.execute(statement, names)
    return slugs

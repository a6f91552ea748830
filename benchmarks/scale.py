"""Measure many characters, and one with many lines: ``python -m benchmarks.scale``.

``--parts`` chooses: ``search`` among 100,000 characters, first ``turns`` with 1,000 of them,
``windows``, an index of 200,000.
"""

import argparse
import asyncio
import math
import os
import random
import tempfile
import time
from pathlib import Path
from statistics import median
from typing import Any, cast

import numpy as np
from sqlalchemy import ColumnElement, Select, Table, insert, select

from app.db.base import Base
from app.db.ids import new_id
from app.db.models import Character, StoredReplyIndex
from app.resident_memory import resident_bytes
from app.tools.bench.clocks import TimedEngine
from app.tools.bench.corpus import Corpus
from app.tools.bench.figure_report import write_figures
from app.tools.bench.figures import Figure, percentile
from app.tools.bench.in_process import LoopbackService, on_loopback
from benchmarks.random_data import random_line, unit_length
from benchmarks.searches import time_searches
from benchmarks.turns import TurnTime, time_turn
from retrieval.embedding.hashing import HashingEmbedder
from retrieval.embedding.port import Vectors
from retrieval.vector_index.exact import ExactIndex
from retrieval.vector_index.faiss import FaissIndex

_DIMENSION = 384
_SCENES = 500
"""Of eight lines; two windows of the character each."""
_REPLIES_OF_SCENE = 4

_IN_MEMORY = 20
"""The newest characters, fewer than the cache holds."""

_PARTS = ("search", "turns", "windows")

_VECTORS = 200_000
_TOPICS = 2_000
_QUERIES = 50


async def many_characters(count: int) -> list[Figure]:
    """Measure first turns of characters whose lines are in the database only, one after another.

    All say the same lines, but each is stored, loaded and cached by itself. The hashing embedder
    takes no time: the figures are a turn's time beside embedding.
    """
    with tempfile.TemporaryDirectory(prefix="offbook-scale-") as folder:
        return await _first_turns(Path(folder), count)


async def _first_turns(folder: Path, count: int) -> list[Figure]:
    engine = TimedEngine()
    async with on_loopback(folder, engine, HashingEmbedder(_DIMENSION)) as service:
        slug, _ = await service.upload(_write_script(folder))
        slugs = await _multiply(service, slug, count)
        await _turn(service, engine, slug)
        wall, ranked, processor = [], [], []
        for each in slugs:
            before = time.process_time()
            turn = await _turn(service, engine, each)
            processor.append((time.process_time() - before) * 1_000)
            wall.append(turn.without_embedder)
            ranked.append(turn.search)
        newest = slugs[-min(_IN_MEMORY, len(slugs)) :]
        again = [(await _turn(service, engine, each)).without_embedder for each in newest]
        held = service.services.retriever.reply_indexes.statistics
        settings = service.services.settings.retrieval
        stored = await asyncio.to_thread(_size_of, folder)
    name = f"first turn of {count:,} characters"
    return [
        Figure(f"{name}, loading and ranking, p50", median(ranked), "ms", "<= 100"),
        Figure(f"{name}, loading and ranking, p95", percentile(ranked, 0.95), "ms"),
        Figure(f"{name}, p50", median(wall), "ms", "<= 100"),
        Figure(f"{name}, p95", percentile(wall, 0.95), "ms"),
        Figure(f"{name}, processor, p50", median(processor), "ms"),
        Figure(f"{name}, at most", max(wall), "ms"),
        Figure("first turn of one in memory, p50", median(again), "ms"),
        Figure("a character in the database", stored / (count + 1) / 1e6, "MB"),
        Figure("characters kept in memory", held.size, "", f"<= {settings.cached_indexes}"),
        Figure("what they take", held.nbytes / 1e6, "MB", f"<= {settings.cached_megabytes}"),
        Figure(
            "memory of the process", (resident_bytes("VmRSS") or math.nan) / 1e6, "MB", "<= 1500"
        ),
    ]


async def many_replies(count: int) -> list[Figure]:
    """Measure one character with many lines: from the upload to its reply index, and its turns."""
    engine = TimedEngine()
    with tempfile.TemporaryDirectory(prefix="offbook-scale-") as folder:
        async with on_loopback(Path(folder), engine, HashingEmbedder(_DIMENSION)) as service:
            script = _write_script(Path(folder), scenes=count // _REPLIES_OF_SCENE)
            slug, seconds = await service.upload(script)
            built = resident_bytes("VmHWM") or math.nan
            first = (await _turn(service, engine, slug)).without_embedder
            turns = [(await _turn(service, engine, slug)).without_embedder for _ in range(_QUERIES)]
            held = service.services.retriever.reply_indexes.statistics
    name = f"{count:,} replies"
    return [
        Figure(f"{name}, upload to reply index", seconds, "s"),
        Figure(f"{name}, peak memory of the process while it is built", built / 1e6, "MB"),
        Figure(f"{name}, first turn", first, "ms"),
        Figure(f"{name}, further turns, p50", median(turns), "ms"),
        Figure(f"{name}, further turns, p95", percentile(turns, 0.95), "ms"),
        Figure(f"{name}, reply index in memory", held.nbytes / 1e6, "MB"),
    ]


def many_windows() -> list[Figure]:
    """Measure searches in one index of 200,000 vectors in 2,000 clusters."""
    vectors = _about_topics(_VECTORS)
    queries = _near(vectors, _QUERIES)
    index, exact = FaissIndex(_DIMENSION), ExactIndex(_DIMENSION)
    for each in (index, exact):
        each.add(range(_VECTORS), vectors)
    started = time.process_time()
    quality = index.optimize()
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


def _size_of(folder: Path) -> int:
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())


async def _turn(service: LoopbackService, engine: TimedEngine, slug: str) -> TurnTime:
    conversation = await service.open_conversation(slug)
    return await time_turn(service, engine, conversation)


async def _multiply(service: LoopbackService, slug: str, count: int) -> list[str]:
    """Copy a character under other names and return their slugs.

    The rows are written past the service: indexing each character would take long.
    """
    database = service.services.database
    async with database.read() as session:
        character = (await session.execute(_row_of(Character, Character.slug == slug))).one()
        own = StoredReplyIndex.character_id == character.id
        reply_index = (await session.execute(_row_of(StoredReplyIndex, own))).one()
    slugs = [f"{slug}-{number}" for number in range(count)]
    for each in slugs:
        id, version = new_id(), new_id()
        renamed = {"id": id, "slug": each, "reply_index_version": version}
        owned = {"character_id": id, "version": version}
        async with database.write() as session:
            await session.execute(insert(_table_of(Character)), [{**character._mapping, **renamed}])
            await session.execute(
                insert(_table_of(StoredReplyIndex)), [{**reply_index._mapping, **owned}]
            )
    return slugs


def _table_of(model: type[Base]) -> Table:
    """Return the table, whose columns may have other names than the model's attributes."""
    return cast(Table, model.__table__)


def _row_of(model: type[Base], which: ColumnElement[bool]) -> Select[Any]:
    return select(*_table_of(model).columns).where(which)


def _write_script(folder: Path, scenes: int = _SCENES) -> Corpus:
    source = random.Random(1)  # noqa: S311 (the same script in every run)

    def line(number: int) -> str:
        return f"{'乙甲'[number % 2]}：{random_line(source)}"

    said = ["\n".join(map(line, range(2 * _REPLIES_OF_SCENE))) for _ in range(scenes)]
    path = folder / "script.txt"
    path.write_text("\n\n".join(said), encoding="utf-8")
    return Corpus(path, "甲")


def _about_topics(count: int) -> Vectors:
    """Return unit vectors like an embedder's: all in one direction, in clusters."""
    numbers = np.random.default_rng(1)
    topics = numbers.standard_normal((_TOPICS, _DIMENSION), dtype=np.float32)
    vectors = topics[numbers.integers(0, _TOPICS, count)]
    vectors += numbers.standard_normal((count, _DIMENSION), dtype=np.float32)
    vectors += 2 * numbers.standard_normal(_DIMENSION, dtype=np.float32)
    return unit_length(vectors)


def _near(vectors: Vectors, count: int) -> Vectors:
    numbers = np.random.default_rng(2)
    chosen = vectors[numbers.integers(0, len(vectors), count)]
    away = unit_length(numbers.standard_normal(chosen.shape, dtype=np.float32))
    return unit_length(chosen + 0.4 * away)


def main() -> None:
    """Measure and report."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--parts", nargs="+", choices=_PARTS, default=_PARTS, help="what is measured"
    )
    parser.add_argument("--characters", type=int, default=1_000, help="each takes 2 MB of disk")
    parser.add_argument(
        "--postgres",
        default=os.environ.get("OFFBOOK_TEST_POSTGRES_URL"),
        help="a server on which to search, too, in a database that is made and dropped",
    )
    parser.add_argument(
        "--replies", type=int, help="in place of that, one character who says so many lines"
    )
    parser.add_argument("--out", type=Path, default=Path("build/scale.json"))
    arguments = parser.parse_args()
    if arguments.replies:
        figures = asyncio.run(many_replies(arguments.replies))
    else:
        figures = []
        if "search" in arguments.parts:
            figures += asyncio.run(time_searches(arguments.postgres))
        if "turns" in arguments.parts:
            figures += asyncio.run(many_characters(arguments.characters))
        if "windows" in arguments.parts:
            figures += many_windows()
    print(write_figures(figures, arguments.out))


if __name__ == "__main__":
    main()

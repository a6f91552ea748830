"""Passages are embedded once, in batches, and background work yields to what users wait for."""

import asyncio
import threading
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, nullcontext
from datetime import datetime
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import pytest

from app.catalog.service import present
from app.cpu_gate import CpuGate
from app.db.ids import new_id
from app.db.models import IndexJob
from app.db.session import Database
from app.observability import Metrics
from app.search import indexing_progress, passage_embedding
from app.search.indexing_progress import IndexingProgress, SupersededError
from app.search.jobs import Job
from app.search.passage_embedding import PassageEmbedder, cut_batches, hash_key
from retrieval.embedding.hashing import HashingEmbedder
from retrieval.embedding.port import Vectors
from tests.app.catalog.test_service import character
from tests.app.running import until

pytestmark = pytest.mark.anyio


class Store(Database):
    """Vectors by text hash, and the progress of each job; a job may be told to wait, or be gone."""

    def __init__(self) -> None:
        self.vectors: dict[bytes, bytes] = {}
        self.progress: dict[UUID, list[tuple[int, int]]] = {}
        self.starts: list[datetime | None] = []
        self.gates: dict[UUID, asyncio.Event] = {}
        self.gone: set[UUID] = set()

    @asynccontextmanager
    async def read(self) -> AsyncIterator[Any]:
        yield self

    write = read

    async def report(self, job: Job, done: int, total: int, started_at: datetime | None) -> bool:
        if gate := self.gates.get(job.character_id):
            await gate.wait()
        self.progress.setdefault(job.character_id, []).append((done, total))
        self.starts.append(started_at)
        return job.character_id not in self.gone


class Repository:
    """Stands for the table of vectors."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def embedded(self, hashes: Sequence[bytes], _: str) -> set[bytes]:
        return {each for each in hashes if each in self._store.vectors}

    async def vectors(self, hashes: Sequence[bytes], _: str) -> dict[bytes, bytes]:
        return {each: self._store.vectors[each] for each in hashes}

    async def add_vectors(self, _: str, vectors: Sequence[tuple[bytes, bytes]]) -> None:
        self._store.vectors |= dict(vectors)


class Noting(HashingEmbedder):
    """Notes its batches; a text waits in its thread until it may go on."""

    def __init__(self) -> None:
        super().__init__(8)
        self.batches: list[list[str]] = []
        self.held: dict[str, threading.Event] = {}

    def embed_keys(self, texts: Sequence[str]) -> Vectors:
        self.batches.append(list(texts))
        for text in texts:
            if held := self.held.get(text):
                assert held.wait(10)
        return super().embed_keys(texts)


@pytest.fixture
def store(monkeypatch: pytest.MonkeyPatch) -> Store:
    made = Store()

    async def report(session: Store, job: Job, **progress: Any) -> bool:
        return await session.report(job, **progress)

    monkeypatch.setattr(passage_embedding, "ExampleRepository", Repository)
    monkeypatch.setattr(indexing_progress, "ExampleRepository", Repository)
    monkeypatch.setattr(indexing_progress, "report_progress", report)
    return made


@pytest.fixture
def embedder() -> Noting:
    return Noting()


@pytest.fixture
async def passages(store: Store, embedder: Noting) -> AsyncIterator[PassageEmbedder]:
    made = PassageEmbedder(store, embedder, Metrics(), CpuGate(shared_processor=False), 1)
    yield made
    for held in embedder.held.values():
        held.set()
    await made.aclose()


def job() -> Job:
    return Job(character_id=new_id(), generation=1, background=False)


async def test_each_text_is_embedded_once_the_shortest_first(
    passages: PassageEmbedder, embedder: Noting, store: Store
) -> None:
    texts = ["dddd", "a", "灯塔", "ccc", "eeeee", "a"]
    mine = job()
    await passages.embed(mine, texts)
    assert embedder.batches == [["a", "灯塔", "ccc", "dddd"], ["eeeee"]]
    assert store.progress[mine.character_id][0] == (0, 5)
    assert store.progress[mine.character_id][-1] == (5, 5)
    later = job()
    await passages.embed(later, [*texts, "new"])
    assert embedder.batches[2:] == [["new"]]
    assert store.progress[later.character_id] == [(5, 6), (6, 6)]
    assert passages.embed_seconds > 0


async def test_the_vectors_are_found_by_their_texts(
    passages: PassageEmbedder, embedder: Noting
) -> None:
    await passages.embed(job(), ["灯塔", "half \ud800"])
    found = await passages.vectors(["half \ud800", "灯塔"])
    for text in ("灯塔", "half \ud800"):
        assert found[text].tolist() == HashingEmbedder(8).embed_keys([text])[0].tolist()
    assert hash_key("灯塔") != hash_key("灯 塔")


async def test_a_job_requested_anew_ends(
    passages: PassageEmbedder, embedder: Noting, store: Store
) -> None:
    mine = job()
    store.gone.add(mine.character_id)
    with pytest.raises(SupersededError):
        await passages.embed(mine, ["a"])
    assert embedder.batches == []


async def test_background_work_waits_for_urgent_work(
    passages: PassageEmbedder, embedder: Noting, store: Store
) -> None:
    embedder.held["urgent"] = threading.Event()
    urgent = asyncio.create_task(passages.embed(job(), ["urgent"]))
    await until(lambda: embedder.batches)
    mine = job()
    aside = asyncio.create_task(passages.embed(mine, ["aside"], urgent=False))
    await until(lambda: mine.character_id in store.progress)
    embedder.held["urgent"].set()
    await asyncio.gather(urgent, aside)
    assert embedder.batches == [["urgent"], ["aside"]]
    assert store.vectors.keys() == {hash_key("urgent"), hash_key("aside")}


async def test_background_work_goes_on_though_one_urgent_job_follows_another_at_once(
    passages: PassageEmbedder, embedder: Noting, store: Store
) -> None:
    embedder.held["first"] = threading.Event()
    first = asyncio.create_task(passages.embed(job(), ["first"]))
    await until(lambda: embedder.batches)
    mine, next_job = job(), job()
    aside = asyncio.create_task(passages.embed(mine, ["aside"], urgent=False))
    await until(lambda: mine.character_id in store.progress)
    store.gates[next_job.character_id] = asyncio.Event()
    second = asyncio.create_task(passages.embed(next_job, ["second"]))
    await asyncio.sleep(0)  # it waits at its gate now
    # In one round of the event loop the first ends, and the second begins before the background
    # work, which the first woke, has its turn.
    first.cancel()
    store.gates[next_job.character_id].set()
    embedder.held["first"].set()
    await asyncio.gather(second, aside)
    assert embedder.batches == [["first"], ["second"], ["aside"]]
    assert store.vectors.keys() == {hash_key("second"), hash_key("aside")}


async def test_the_time_left_is_told_by_characters_not_by_passages(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two passages had a vector before; of two more, the short one took ten seconds."""
    now = 1_000.0
    monkeypatch.setattr(indexing_progress, "time", SimpleNamespace(monotonic=lambda: now))
    texts = {b"short": "a" * 12, b"long": "b" * 92}
    progress = IndexingProgress(store, job(), "hashing", texts, known=2)
    await progress.report()
    assert left(store, done=2, total=4) is None  # nothing was embedded yet: no pace is known
    progress.add([(b"short", b"")])
    now += 10
    await progress.store()
    # The short one cost 12 + 8 characters in 10 s; the long one costs 92 + 8.
    assert left(store, done=3, total=4) == pytest.approx(50, abs=1)
    progress.add([(b"long", b"")])
    await progress.store()
    assert left(store, done=4, total=4) is None


def left(store: Store, done: int, total: int) -> float | None:
    """Return the seconds left that the API shows after the newest report."""
    stored = IndexJob(done=done, total=total, started_at=store.starts[-1])
    shown = present(character(), stored).progress
    assert shown is not None
    return shown.seconds_left


def test_batches_are_of_like_length_and_the_first_of_them_are_as_long_as_the_rest() -> None:
    texts = {bytes([n]): "x" * (n + 1) for n in range(200)}
    batches = cut_batches(texts, 4)
    assert sorted(key for batch in batches for key in batch) == sorted(texts)
    for batch in batches:
        lengths = [len(text) for text in batch.values()]
        assert max(lengths) - min(lengths) < len(lengths) <= 4
        assert sum(lengths) <= 600
    mean = sum(map(len, texts.values())) / len(texts)
    begun = [len(text) for batch in batches[:10] for text in batch.values()]
    assert sum(begun) / len(begun) == pytest.approx(mean, rel=0.15)


def test_a_long_text_is_a_batch_of_its_own() -> None:
    texts = {b"1": "x", b"2": "y" * 700, b"3": "z" * 701, b"4": "w"}
    assert sorted(len(batch) for batch in cut_batches(texts, 4)) == [1, 1, 2]
    assert cut_batches({}, 4) == []


class Counting(HashingEmbedder):
    """Hold every call until it may go on, and count the calls under way."""

    batch_size = 1

    def __init__(self) -> None:
        super().__init__(8)
        self.inside = 0
        self.go_on = threading.Event()

    def embed_keys(self, texts: Sequence[str]) -> Vectors:
        self.inside += 1
        assert self.go_on.wait(10)
        return super().embed_keys(texts)


class Announcing(CpuGate):
    """Count the threads that have passed, with no patience."""

    passed = 0

    def wait_for_turns(self, at_most: float) -> bool:
        free = super().wait_for_turns(0)
        self.passed += 1
        return free


@pytest.mark.parametrize(("talking", "at_once"), [(False, 3), (True, 2)])
async def test_all_threads_embed_while_nobody_talks_and_one_fewer_beside_a_turn(
    store: Store, talking: bool, at_once: int
) -> None:
    gate, embedder = Announcing(shared_processor=True), Counting()
    passages = PassageEmbedder(store, embedder, Metrics(), gate, 3)
    with gate.turn() if talking else nullcontext():
        embedding = asyncio.create_task(passages.embed(job(), ["a", "bb", "ccc", "dddd"]))
        await until(lambda: gate.passed == 3 and embedder.inside >= at_once)
        await asyncio.sleep(0.05)  # a thread too many would have gone in by now
        assert embedder.inside == at_once
        embedder.go_on.set()
        await embedding
    assert len(store.vectors) == 4
    await passages.aclose()


async def test_closing_waits_for_what_is_embedded_and_not_on_the_event_loop(store: Store) -> None:
    embedder = Counting()
    passages = PassageEmbedder(store, embedder, Metrics(), CpuGate(shared_processor=False), 1)
    embedding = asyncio.create_task(passages.embed(job(), ["a"]))
    await until(lambda: embedder.inside)
    closing = asyncio.create_task(passages.aclose())
    await asyncio.sleep(0.05)  # which a loop that waited for the thread would not come back from
    assert not closing.done()
    embedder.go_on.set()
    await closing
    await embedding

"""Passages are embedded once, in batches, and background work yields to what users wait for."""

import asyncio
import threading
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

import pytest

from app.cpu_gate import CpuGate
from app.db.ids import new_id
from app.db.session import Database
from app.observability import Metrics
from app.search import passage_embedding
from app.search.jobs import Job
from app.search.passage_embedding import PassageEmbedder, SupersededError, hash_key
from retrieval.embedding.hashing import HashingEmbedder
from retrieval.embedding.port import Vectors
from tests.app.running import until

pytestmark = pytest.mark.anyio


class Store(Database):
    """Vectors by text hash, and the progress of each job; a job may be told to wait, or be gone."""

    def __init__(self) -> None:
        self.vectors: dict[bytes, bytes] = {}
        self.progress: dict[UUID, list[tuple[int, int]]] = {}
        self.gates: dict[UUID, asyncio.Event] = {}
        self.gone: set[UUID] = set()

    @asynccontextmanager
    async def read(self) -> AsyncIterator[Any]:
        yield self

    write = read

    async def report(self, character: UUID, _: int, done: int, total: int) -> bool:
        if gate := self.gates.get(character):
            await gate.wait()
        self.progress.setdefault(character, []).append((done, total))
        return character not in self.gone


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

    async def report(session: Store, *job: Any) -> bool:
        return await session.report(*job)

    monkeypatch.setattr(passage_embedding, "ExampleRepository", Repository)
    monkeypatch.setattr(passage_embedding, "report_progress", report)
    return made


@pytest.fixture
def embedder() -> Noting:
    return Noting()


@pytest.fixture
def passages(store: Store, embedder: Noting) -> Iterator[PassageEmbedder]:
    made = PassageEmbedder(store, embedder, Metrics(), CpuGate(shared_processor=False), 1)
    yield made
    for held in embedder.held.values():
        held.set()
    made.close()


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

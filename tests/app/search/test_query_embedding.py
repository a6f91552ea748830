"""Queries of many turns, embedded together."""

import asyncio
import threading
from collections.abc import Sequence

import numpy as np
import pytest

from app.errors import UnavailableError
from app.search.query_embedding import QueryEmbedder
from app.settings import EmbedderSettings
from retrieval.embedding.hashing import HashingEmbedder
from retrieval.embedding.port import Vectors

pytestmark = pytest.mark.anyio


class GatedEmbedder(HashingEmbedder):
    """Tells what it is asked in one call, and answers once it may."""

    def __init__(self) -> None:
        super().__init__()
        self.calls: list[list[str]] = []
        self.entered = threading.Semaphore(0)
        self.gate = threading.Event()
        self.failure: Exception | None = None

    def embed_queries(self, texts: Sequence[str]) -> Vectors:
        self.calls.append(list(texts))
        self.entered.release()
        assert self.gate.wait(5)
        if self.failure is not None:
            raise self.failure
        return super().embed_queries(texts)


@pytest.fixture
def embedder() -> GatedEmbedder:
    return GatedEmbedder()


def make(embedder: GatedEmbedder, **settings: int) -> QueryEmbedder:
    return QueryEmbedder(embedder, EmbedderSettings(query_workers=1, **settings))


async def entered(embedder: GatedEmbedder) -> None:
    assert await asyncio.to_thread(embedder.entered.acquire, timeout=5)


async def started() -> None:
    """New tasks have come as far as waiting for their vectors."""
    await asyncio.sleep(0)


async def test_what_waits_is_embedded_together_and_everybody_gets_their_own(
    embedder: GatedEmbedder,
) -> None:
    queries = make(embedder)
    first = asyncio.create_task(queries.embed(["one"]))
    await entered(embedder)
    others = [asyncio.create_task(queries.embed([text, "same"])) for text in ("two", "三")]
    await started()
    embedder.gate.set()
    vectors = await asyncio.gather(first, *others)
    assert embedder.calls == [["one"], ["two", "same", "三", "same"]]
    expected = HashingEmbedder()
    for texts, found in zip((["one"], ["two", "same"], ["三", "same"]), vectors, strict=True):
        np.testing.assert_array_equal(found, expected.embed_keys(texts))


async def test_a_batch_has_its_bound(embedder: GatedEmbedder) -> None:
    embedder.gate.set()
    queries = make(embedder, query_batch=2)
    await queries.embed(["a", "b", "c", "d", "e"])
    assert embedder.calls == [["a", "b"], ["c", "d"], ["e"]]


async def test_a_text_is_not_embedded_again(embedder: GatedEmbedder) -> None:
    embedder.gate.set()
    queries = make(embedder)
    before = await queries.embed(["a", "b"])
    after = await queries.embed(["b", "c", "a"])
    assert embedder.calls == [["a", "b"], ["c"]]
    np.testing.assert_array_equal(after[[2, 0]], before)


async def test_nothing_is_nothing(embedder: GatedEmbedder) -> None:
    assert (await make(embedder).embed([])).shape == (0, embedder.dimension)
    assert not embedder.calls


async def test_a_full_queue_refuses_at_once(embedder: GatedEmbedder) -> None:
    queries = make(embedder, query_queue=2)
    running = asyncio.create_task(queries.embed(["running"]))
    await entered(embedder)
    queued = asyncio.create_task(queries.embed(["a", "b"]))
    await started()
    with pytest.raises(UnavailableError) as refused:
        await queries.embed(["c"])
    assert (refused.value.code, refused.value.status) == ("embedder_busy", 503)
    embedder.gate.set()
    await asyncio.gather(running, queued)
    assert (await queries.embed(["c"])).shape == (1, embedder.dimension)


async def test_a_turn_that_was_given_up_is_not_embedded(embedder: GatedEmbedder) -> None:
    queries = make(embedder)
    running = asyncio.create_task(queries.embed(["running"]))
    await entered(embedder)
    left = asyncio.create_task(queries.embed(["left"]))
    stays = asyncio.create_task(queries.embed(["stays"]))
    await started()
    left.cancel()
    embedder.gate.set()
    await asyncio.gather(running, stays)
    assert embedder.calls == [["running"], ["stays"]]


async def test_a_failure_reaches_whoever_waits_and_nobody_later(embedder: GatedEmbedder) -> None:
    embedder.gate.set()
    embedder.failure = RuntimeError("out of memory")
    queries = make(embedder)
    with pytest.raises(RuntimeError, match="out of memory"):
        await queries.embed(["a"])
    embedder.failure = None
    assert (await queries.embed(["a"])).shape == (1, embedder.dimension)

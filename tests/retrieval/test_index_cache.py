import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval.vector_index.cache import CacheStatistics, IndexCache
from retrieval.vector_index.exact import ExactIndex
from retrieval.vector_index.port import VectorIndex

SECONDS = 10.0  # how long a test waits before it fails instead of hanging


def build() -> VectorIndex:
    return ExactIndex(2)


def never() -> VectorIndex:
    raise AssertionError("built although it was there")


class Gate:
    """A build that waits until it is let through."""

    def __init__(self, outcome: Callable[[], VectorIndex] = build) -> None:
        self.entered, self.opened = threading.Event(), threading.Event()
        self.outcome, self.times = outcome, 0

    def __call__(self) -> VectorIndex:
        self.times += 1
        self.entered.set()
        assert self.opened.wait(SECONDS)
        return self.outcome()


def until_joined(cache: IndexCache[VectorIndex], hits: int) -> None:
    pause = threading.Event()
    for _ in range(int(SECONDS / 0.01)):
        if cache.statistics.hits >= hits:
            return
        pause.wait(0.01)
    raise AssertionError("the other callers did not arrive")


def test_builds_once_and_keeps() -> None:
    cache: IndexCache[VectorIndex] = IndexCache(2)
    index = cache.get(("三三", 1), build)
    assert cache.get(("三三", 1), never) is index
    assert cache.get(("三三", 2), build) is not index
    assert cache.statistics == CacheStatistics(hits=1, misses=2, evictions=0, size=2)


def test_evicts_the_least_recently_used() -> None:
    cache: IndexCache[VectorIndex] = IndexCache(2)
    kept = cache.get("a", build)
    cache.get("b", build)
    cache.get("a", never)
    cache.get("c", build)
    assert cache.get("a", never) is kept
    cache.get("b", build)
    assert cache.statistics == CacheStatistics(hits=2, misses=4, evictions=2, size=2)


def test_what_is_held_may_weigh_so_much() -> None:
    cache: IndexCache[VectorIndex] = IndexCache(9, 100, lambda index: index.dimension)
    for key, weight in [("a", 40), ("b", 50), ("c", 20)]:
        cache.get(key, lambda weight=weight: ExactIndex(weight))  # type: ignore[misc]
    cache.get("b", never)
    assert cache.statistics == CacheStatistics(hits=1, misses=3, evictions=1, size=2, nbytes=70)
    heavy = cache.get("heavy", lambda: ExactIndex(300))
    assert cache.get("heavy", never) is heavy
    assert (cache.statistics.size, cache.statistics.nbytes) == (1, 300)
    cache.clear()
    assert cache.statistics.nbytes == 0


def test_capacity_must_be_positive() -> None:
    with pytest.raises(ValueError, match="capacity"):
        IndexCache(0)


def test_concurrent_callers_build_once() -> None:
    cache: IndexCache[VectorIndex] = IndexCache(2)
    gate = Gate()
    with ThreadPoolExecutor(8) as pool:
        calls = [pool.submit(cache.get, "key", gate) for _ in range(8)]
        until_joined(cache, 7)
        gate.opened.set()
        indexes = {id(call.result(SECONDS)) for call in calls}
    assert (len(indexes), gate.times) == (1, 1)
    assert cache.statistics == CacheStatistics(hits=7, misses=1, evictions=0, size=1)


def test_concurrent_callers_get_the_same_error_and_it_is_not_kept() -> None:
    error = RuntimeError("no such character")

    def fail() -> VectorIndex:
        raise error

    cache: IndexCache[VectorIndex] = IndexCache(2)
    gate = Gate(fail)
    with ThreadPoolExecutor(3) as pool:
        calls = [pool.submit(cache.get, "key", gate) for _ in range(3)]
        until_joined(cache, 2)
        gate.opened.set()
        assert [call.exception(SECONDS) for call in calls] == [error] * 3
    assert gate.times == 1
    assert cache.get("key", build).count() == 0
    assert cache.statistics.misses == 2


def test_other_keys_do_not_wait() -> None:
    cache: IndexCache[VectorIndex] = IndexCache(2)
    gate = Gate()
    cache.get("ready", build)
    with ThreadPoolExecutor(1) as pool:
        call = pool.submit(cache.get, "slow", gate)
        assert gate.entered.wait(SECONDS)
        cache.get("quick", build)
        cache.get("ready", never)
        assert not call.done()
        gate.opened.set()
        call.result(SECONDS)
    assert cache.statistics.size == 2


def test_drop_and_clear() -> None:
    cache: IndexCache[VectorIndex] = IndexCache(5)
    for key in [("三三", 1), ("三三", 2), ("二二", 1)]:
        cache.get(key, build)
    assert cache.drop(lambda key: isinstance(key, tuple) and key[0] == "三三") == 2
    cache.get(("二二", 1), never)
    assert cache.clear() == 1
    assert cache.statistics == CacheStatistics(hits=1, misses=3, evictions=0, size=0)


def test_what_is_dropped_while_it_is_built_is_not_kept() -> None:
    cache: IndexCache[VectorIndex] = IndexCache(2)
    gate, second = Gate(), Gate()
    with ThreadPoolExecutor(2) as pool:
        first_call = pool.submit(cache.get, "key", gate)
        assert gate.entered.wait(SECONDS)
        cache.clear()
        second_call = pool.submit(cache.get, "key", second)
        assert second.entered.wait(SECONDS)
        gate.opened.set()
        stale = first_call.result(SECONDS)
        assert cache.statistics.size == 0
        second.opened.set()
        fresh = second_call.result(SECONDS)
    assert fresh is not stale
    assert cache.get("key", never) is fresh


@given(st.integers(1, 4), st.lists(st.integers(0, 6), max_size=40))
def test_is_an_lru(capacity: int, keys: list[int]) -> None:
    cache: IndexCache[VectorIndex] = IndexCache(capacity)
    model = list[int]()
    for key in keys:
        expected_hit = key in model
        model = [each for each in model if each != key][-(capacity - 1) :] if capacity > 1 else []
        before = cache.statistics.misses
        cache.get(key, build)
        assert (cache.statistics.misses == before) is expected_hit
        model.append(key)
        assert cache.statistics.size == len(model)

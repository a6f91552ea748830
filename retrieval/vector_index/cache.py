"""Indexes that are in memory: a bounded cache of what can be built again."""

import math
import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Generic, TypeVar

Index = TypeVar("Index")


@dataclass(frozen=True, slots=True)
class CacheStatistics:
    """Counts since the cache was made. ``size`` is the number of indexes held now."""

    hits: int
    """Calls that found their index, or one that another caller was already building."""
    misses: int
    """Calls that had to build."""
    evictions: int
    """Indexes that gave way to others; those dropped on request are not counted."""
    size: int
    nbytes: int = 0
    """What those held now weigh together."""


class IndexCache(Generic[Index]):
    """Least-recently-used cache; safe from several threads.

    Its callers put the index's version into the key, so an index never has to be updated: the
    next version has another key, and the old one drops out. What an index is made of is the
    caller's matter: a vector index alone, or with what belongs to it. One that alone is heavier
    than all may be is still held, so that it is not built for every query.
    """

    def __init__(
        self,
        capacity: int,
        most_bytes: float = math.inf,
        weigh: Callable[[Index], int] = lambda _: 0,
    ) -> None:
        """``capacity``: how many indexes are held at most, at least 1.

        ``most_bytes``: how much they may weigh together, as ``weigh`` tells of each.
        """
        if capacity < 1:
            raise ValueError(f"capacity must be at least 1, not {capacity}")
        self._capacity = capacity
        self._most_bytes = most_bytes
        self._weigh = weigh
        self._weights: dict[Hashable, int] = {}
        self._lock = threading.Lock()
        self._ready: OrderedDict[Hashable, Index] = OrderedDict()
        self._building: dict[Hashable, Future[Index]] = {}
        self._hits = self._misses = self._evictions = 0

    def get(self, key: Hashable, build: Callable[[], Index]) -> Index:
        """The index for ``key``, built by ``build()`` when it is not here.

        Callers of one missing key build once: the first builds on its own thread, the others wait
        and get the same index or the same error. Errors are not kept: the next call builds again.
        Different keys build in parallel. ``build`` must not ask for its own key.
        """
        with self._lock:
            if (index := self._ready.get(key)) is not None:
                self._ready.move_to_end(key)
                self._hits += 1
                return index
            if (future := self._building.get(key)) is None:
                mine = self._building[key] = Future[Index]()
                self._misses += 1
            else:
                self._hits += 1
        if future is not None:
            return future.result()
        return self._build(key, build, mine)

    def _build(self, key: Hashable, build: Callable[[], Index], future: Future[Index]) -> Index:
        try:
            index = build()
            weight = self._weigh(index)
        except BaseException as error:
            with self._lock:
                if self._building.get(key) is future:
                    del self._building[key]
            future.set_exception(error)
            raise
        with self._lock:
            # Dropped while it was being built: those who wait get it, but it is not kept.
            if self._building.get(key) is future:
                del self._building[key]
                self._ready[key], self._weights[key] = index, weight
                while self._overflows():
                    oldest, _ = self._ready.popitem(last=False)
                    del self._weights[oldest]
                    self._evictions += 1
        future.set_result(index)
        return index

    def _overflows(self) -> bool:
        heavy = sum(self._weights.values()) > self._most_bytes
        return len(self._ready) > self._capacity or (heavy and len(self._ready) > 1)

    def drop(self, predicate: Callable[[Hashable], bool]) -> int:
        """Forget all keys that ``predicate`` holds for. Returns how many indexes were held."""
        with self._lock:
            ready = [key for key in self._ready if predicate(key)]
            for key in ready:
                del self._ready[key], self._weights[key]
            for key in [key for key in self._building if predicate(key)]:
                del self._building[key]
            return len(ready)

    def clear(self) -> int:
        """Forget everything. Returns how many indexes were held."""
        return self.drop(lambda _: True)

    @property
    def statistics(self) -> CacheStatistics:
        """The counters, all of one moment."""
        with self._lock:
            return CacheStatistics(
                hits=self._hits,
                misses=self._misses,
                evictions=self._evictions,
                size=len(self._ready),
                nbytes=sum(self._weights.values()),
            )

"""Cache indexes in memory within bounds; evicted ones can be built again."""

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
    """Hold counts since the cache was created. ``size`` is the number of indexes held now."""

    hits: int
    """Calls that found their index, ready or being built by another caller."""
    misses: int
    """Calls that had to build."""
    evictions: int
    """Indexes evicted for others, without indexes dropped on request."""
    size: int
    nbytes: int = 0
    """Bytes of the indexes held now."""


class IndexCache(Generic[Index]):
    """Cache indexes, evicting the least recently used; safe from several threads.

    Callers put the index's version into the key, so an index is never updated: the next version
    has another key, and the old one is evicted. An index larger than the whole bound is still
    held, so that it is not built for every query.
    """

    def __init__(
        self,
        capacity: int,
        most_bytes: float = math.inf,
        size_of: Callable[[Index], int] = lambda _: 0,
    ) -> None:
        """Hold at most ``capacity`` indexes, at least 1 (:class:`ValueError` below).

        ``most_bytes`` bounds the sum of their sizes, which ``size_of`` returns for each.
        """
        if capacity < 1:
            raise ValueError(f"capacity must be at least 1, not {capacity}")
        self._capacity = capacity
        self._most_bytes = most_bytes
        self._size_of = size_of
        self._weights: dict[Hashable, int] = {}
        self._lock = threading.Lock()
        self._ready: OrderedDict[Hashable, Index] = OrderedDict()
        self._building: dict[Hashable, Future[Index]] = {}
        self._hits = self._misses = self._evictions = 0

    def get(self, key: Hashable, build: Callable[[], Index]) -> Index:
        """Return the index for ``key``, built by ``build()`` when it is missing.

        Concurrent callers of a missing key build once: the first builds on its own thread, the
        others wait and get the same index or the same error. Errors are not cached: the next call
        builds again. Different keys build in parallel. ``build`` must not request its own key.
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
            weight = self._size_of(index)
        except BaseException as error:
            with self._lock:
                if self._building.get(key) is future:
                    del self._building[key]
            future.set_exception(error)
            raise
        with self._lock:
            # A key dropped while it was being built is returned to waiting callers, not cached.
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
        """Drop all keys that ``predicate`` holds for. Returns how many indexes were held."""
        with self._lock:
            ready = [key for key in self._ready if predicate(key)]
            for key in ready:
                del self._ready[key], self._weights[key]
            for key in [key for key in self._building if predicate(key)]:
                del self._building[key]
            return len(ready)

    def keys(self) -> list[Hashable]:
        """Return the keys that are held or being built."""
        with self._lock:
            return [*self._ready, *self._building]

    def clear(self) -> int:
        """Drop all indexes. Returns how many were held."""
        return self.drop(lambda _: True)

    @property
    def statistics(self) -> CacheStatistics:
        """A consistent snapshot of the counters."""
        with self._lock:
            return CacheStatistics(
                hits=self._hits,
                misses=self._misses,
                evictions=self._evictions,
                size=len(self._ready),
                nbytes=sum(self._weights.values()),
            )

"""Bound the time of a place's operations, and count them."""

import asyncio
import time
from collections.abc import Awaitable
from typing import TypeVar

import structlog

from app.blobs.errors import BlobLostError, BlobUnavailableError
from app.blobs.port import BlobStore
from app.observability import Metrics
from app.settings import Place

log = structlog.get_logger(__name__)

Result = TypeVar("Result")


class WatchedStore:
    """Pass calls on to a place; each ends in time, and is seen in the metrics."""

    def __init__(self, store: BlobStore, metrics: Metrics, seconds: float) -> None:
        """``seconds``: how long a call may take, tries again included."""
        self._store = store
        self._metrics = metrics
        self._seconds = seconds
        self.place: Place = store.place

    async def put(self, name: str, content: bytes) -> None:
        """See :meth:`BlobStore.put`."""
        await self._watch("put", self._store.put(name, content))

    async def get(self, name: str) -> bytes:
        """See :meth:`BlobStore.get`."""
        return await self._watch("get", self._store.get(name))

    async def delete(self, name: str) -> None:
        """See :meth:`BlobStore.delete`."""
        await self._watch("delete", self._store.delete(name))

    async def _watch(self, operation: str, asking: Awaitable[Result]) -> Result:
        began = time.perf_counter()
        try:
            async with asyncio.timeout(self._seconds):
                return await asking
        except TimeoutError as error:
            log.warning("blob_place_too_slow", place=self.place, operation=operation)
            self._metrics.blob_failures.labels(self.place, operation).inc()
            raise BlobUnavailableError from error
        except (BlobUnavailableError, BlobLostError):
            self._metrics.blob_failures.labels(self.place, operation).inc()
            raise
        finally:
            seconds = time.perf_counter() - began
            self._metrics.blob_seconds.labels(self.place, operation).observe(seconds)

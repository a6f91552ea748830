"""Store the vectors of an indexing job as they arrive, with the job's progress."""

import time
from collections.abc import Mapping, Sequence
from datetime import timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from app.db.base import utc_now
from app.db.session import Database
from app.search.jobs import Job, report_progress
from app.search.repository import ExampleRepository

_STORE_SECONDS = 0.5
_TEXT_COST = 8
"""What a text costs beside its characters, in characters: prefix, marks of beginning and end."""


class SupersededError(Exception):
    """The job was requested anew, or its character was deleted."""


class IndexingProgress:
    """Collect vectors to be stored, and report how far their job is.

    The time left is estimated from the characters still to be embedded: passages differ a
    hundredfold in length, so their number alone would promise too little or too much.
    """

    def __init__(
        self, database: Database, job: Job, embedder: str, texts: Mapping[bytes, str], known: int
    ) -> None:
        """Begin; ``texts`` are still to be embedded, by hash, and ``known`` have a vector."""
        self._database = database
        self._job = job
        self._embedder = embedder
        self._costs = {each: _TEXT_COST + len(text) for each, text in texts.items()}
        self._done = known
        self._total = known + len(texts)
        self._left = sum(self._costs.values())
        self._made = 0
        self._waiting: list[tuple[bytes, bytes]] = []
        self._began = self._stored_at = time.monotonic()

    def add(self, vectors: Sequence[tuple[bytes, bytes]]) -> None:
        """Take (passage hash, vector) pairs."""
        self._waiting += vectors

    async def store_if_due(self) -> None:
        """Store every half second."""
        if time.monotonic() - self._stored_at >= _STORE_SECONDS:
            await self.store()

    async def store(self) -> None:
        """Store the collected vectors, report progress and renew the lease.

        Raises :class:`SupersededError` when the job was requested anew.
        """
        async with self._database.write() as session:
            await ExampleRepository(session).add_vectors(self._embedder, self._waiting)
            made = sum(self._costs[key_hash] for key_hash, _ in self._waiting)
            self._made += made
            self._left -= made
            self._done += len(self._waiting)
            self._waiting = []
            await self._report(session)
        self._stored_at = time.monotonic()

    async def report(self) -> None:
        """Report progress and renew the lease; raises as :meth:`store` does."""
        async with self._database.write() as session:
            await self._report(session)

    async def _report(self, session: AsyncSession) -> None:
        past = self._past_seconds()
        started_at = None if past is None else utc_now() - timedelta(seconds=past)
        if not await report_progress(
            session, self._job, done=self._done, total=self._total, started_at=started_at
        ):
            raise SupersededError

    def _past_seconds(self) -> float | None:
        """Return how long the passages done would have taken at the pace of those left.

        Readers expect the rest to take as long a passage as what is done. None until the pace is
        known.
        """
        passages_left = self._total - self._done
        if not self._made or not passages_left:
            return None
        seconds_left = (time.monotonic() - self._began) * self._left / self._made
        return seconds_left * self._done / passages_left

"""Notice, in a web process, that no worker indexes for the space that it searches."""

import asyncio
import contextlib
from datetime import timedelta

import structlog

from app.db.base import utc_now
from app.db.errors import DATABASE_ERRORS, reason_of
from app.db.session import Database
from app.observability import Metrics
from app.search.seen_spaces import last_worked, note_seen
from app.search.spaces import Space

log = structlog.get_logger(__name__)

_LOOK_SECONDS = 60.0
_PATIENCE = timedelta(minutes=10)
"""Time without a worker that a rolling change may take."""


class SpaceWatch:
    """Note that the space is in use, so that its indexes are kept, and look for its workers.

    Characters that no worker of this space has embedded are ranked by words, which looks like an
    answer and is a worse one. It requests no jobs: only a worker of the space could do them, and it
    finds by itself what is lacking.
    """

    def __init__(self, database: Database, space: Space, metrics: Metrics) -> None:
        self._database = database
        self._space = space
        self._lacking = metrics.space_without_worker
        self._since = utc_now()
        self._reported = False

    async def keep_looking(self, stopping: asyncio.Event) -> None:
        """Look at once and every minute; end when ``stopping``."""
        while not stopping.is_set():
            try:
                await self.look()
            except DATABASE_ERRORS as error:
                log.warning("space_not_noted", error=reason_of(error))
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(stopping.wait(), _LOOK_SECONDS)

    async def look(self) -> bool:
        """Return whether a worker is lacking; report it once, and by a metric for as long."""
        async with self._database.write() as session:
            await note_seen(session, self._space, _LOOK_SECONDS, works=False)
        async with self._database.read() as session:
            worked = await last_worked(session, self._space)
        lacking = max(worked or self._since, self._since) < utc_now() - _PATIENCE
        self._lacking.set(lacking)
        if lacking and not self._reported:
            log.warning(
                "space_without_worker",
                embedder=self._space.embedder,
                format=self._space.format,
                remedy="Start a worker of this version with the same OFFBOOK_EMBEDDER__NAME; "
                "until then, characters that it lacks are ranked by words.",
            )
        self._reported = lacking
        return lacking

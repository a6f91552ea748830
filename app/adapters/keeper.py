"""Let the engine of this process serve what is registered, whichever process registered it.

Each process looks when a signal says that an adapter was registered or removed, or every few
seconds.
"""

import asyncio
import contextlib

import structlog

from app.adapters.files import AdapterFiles
from app.adapters.repository import AdapterRepository
from app.db.errors import DATABASE_ERRORS, reason_of
from app.db.session import Database
from app.db.signals import Topic
from app.engines.adapters import ServedAdapter
from app.engines.host import EngineHost
from app.engines.port import EngineError

log = structlog.get_logger(__name__)

_LOOKS_EVERY = 15.0


class AdapterKeeper:
    """Watch the registered adapters, and pass them to the engine."""

    def __init__(self, database: Database, files: AdapterFiles, engine: EngineHost) -> None:
        self._database = database
        self._files = files
        self._engine = engine
        self._served: list[ServedAdapter] = []
        self._task: asyncio.Task[None] | None = None
        self._wake = asyncio.Event()

    async def start(self) -> None:
        """Begin to watch; call it before the engine starts, which then loads them at once."""
        self._database.signals.subscribe(Topic.ADAPTERS, lambda _: self.wake())
        await self.look()
        self._task = asyncio.create_task(self._watch(), name="adapters")

    def wake(self) -> None:
        """Look now."""
        self._wake.set()

    async def aclose(self) -> None:
        """Stop watching."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def look(self) -> None:
        """Pass them to the engine where something was registered or removed since the last look."""
        try:
            registered = await registered_adapters(self._database, self._files)
        except DATABASE_ERRORS as error:
            log.warning("adapters_not_read", reason=reason_of(error))
            return
        if registered == self._served:
            return
        self._served = registered
        try:
            await self._engine.serve_adapters(registered)
        except EngineError as error:  # the engine's own state says so, too
            log.error("adapters_not_served", reason=str(error))

    async def _watch(self) -> None:
        while True:
            pause = self._database.signals.pause(_LOOKS_EVERY)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(pause):
                    await self._wake.wait()
            self._wake.clear()
            await self.look()


async def registered_adapters(database: Database, files: AdapterFiles) -> list[ServedAdapter]:
    """Return what an engine is to serve, the oldest first."""
    async with database.read() as session:
        rows = await AdapterRepository(session).all()
        return [
            ServedAdapter(row.name, files.folder(row.name).absolute(), row.base)
            for row in reversed(rows)
        ]

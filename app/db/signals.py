"""Announce to the other processes of a database what they may want to look at.

On PostgreSQL these are its notifications: one is sent when the transaction that announced it
commits, and each process receives them on one connection of its own. On SQLite there are none, and
processes look every now and then. A signal only says where to look; what counts is in the tables,
so that a lost one delays work and loses nothing.
"""

import asyncio
import contextlib
from collections import defaultdict
from collections.abc import Awaitable, Callable
from enum import StrEnum
from typing import Any
from uuid import UUID, uuid4

import structlog
from psycopg import Error as DriverError
from sqlalchemy import func, make_url, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncSession, create_async_engine
from sqlalchemy.pool import NullPool

log = structlog.get_logger(__name__)

SAFETY_SECONDS = 60.0
"""Between looks of a process that receives signals: for one that was lost."""
_CHANNEL = "offbook"
_HELLO = "hello"
_HELLO_SECONDS = 5.0
_RETRY_SECONDS = (1.0, 2.0, 5.0, 15.0, 30.0)
"""Pauses before the connection is opened again; the last one repeats."""
_KEPT_ALIVE = {
    "connect_timeout": 5,
    "keepalives_idle": 30,
    "keepalives_interval": 10,
    "keepalives_count": 3,
}
"""The system notices a connection that was lost without a word; no statement is needed."""

_KEPT_BACK = (
    "A pooler in transaction mode keeps them back, or another database was named."
    " Give the server's own address as OFFBOOK_DATABASE__DIRECT_URL."
)

Look = Callable[[str], None]


class Topic(StrEnum):
    """Name what a signal is about."""

    INDEX_JOBS = "index_jobs"
    SCENE_MEMORIES = "scene_memories"
    AUDITIONS = "auditions"
    TURNS = "turns"
    """What others want of the turns of a process has changed."""
    REPLIES = "replies"
    """More of a turn is stored; the key is the turn's id."""
    ERASURES = "erasures"
    ADAPTERS = "adapters"
    """An adapter was registered, or removed."""


async def announce(session: AsyncSession, topic: Topic, key: UUID | str = "") -> None:
    """Announce a change with the transaction of ``session``; nothing on SQLite.

    Equal signals of one transaction arrive once.
    """
    if session.get_bind().dialect.name == "postgresql":
        await session.execute(select(func.pg_notify(_CHANNEL, f"{topic} {key}")))


class Signals:
    """Receive the signals of a database, for as long as the process runs."""

    def __init__(self, url: str, write: Callable[[str], Awaitable[None]]) -> None:
        """Listen at ``url``; ``write`` sends a text from one of the pool's connections."""
        self._url = make_url(url)
        self._write = write
        self._looks: dict[str, list[Look]] = defaultdict(list)
        self._task: asyncio.Task[None] | None = None
        self._stopping = asyncio.Event()
        self._receiving = False
        self._greeting = ""
        self._heard = asyncio.Event()
        self.live = False
        """Whether signals arrive, so that there is no need to look for news by the clock."""

    def subscribe(self, topic: Topic, look: Look) -> Callable[[], None]:
        """Call ``look`` with the key of each signal; return what ends it.

        It is also called, with an empty key, when signals begin or cease to arrive.
        """
        self._looks[topic].append(look)
        return lambda: self._looks[topic].remove(look)

    def pause(self, polling: float, safety: float = SAFETY_SECONDS) -> float:
        """Return the seconds until the next look: ``polling`` where no signals arrive."""
        return safety if self.live else polling

    def start(self) -> None:
        """Begin to listen, on PostgreSQL."""
        if self._url.get_backend_name() == "postgresql" and self._task is None:
            self._task = asyncio.create_task(self._listen(), name="signals")

    async def aclose(self) -> None:
        """Stop listening."""
        self._stopping.set()
        if self._task is None:
            return
        # Not while it is connecting: PostgreSQL keeps a connection that is cancelled then.
        if self._receiving:
            self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)

    async def _listen(self) -> None:
        failures = 0
        while not self._stopping.is_set():
            pause, reason = _RETRY_SECONDS[min(failures, len(_RETRY_SECONDS) - 1)], _KEPT_BACK
            try:
                await self._receive()
            except (SQLAlchemyError, DriverError, OSError) as error:
                reason = str(getattr(error, "orig", error)).strip()
            finally:
                was_live = self.live
                self._set_live(live=False)  # whatever ended it: who trusts in signals would wait
            failures = 0 if was_live else failures + 1
            if failures <= 1 and not self._stopping.is_set():
                log.warning(
                    "signals_do_not_arrive", reason=reason, meanwhile="looking by the clock"
                )
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(pause):
                    await self._stopping.wait()

    async def _receive(self) -> None:
        """Receive signals until the connection is lost, or is found to bring none."""
        engine = create_async_engine(
            self._url,
            poolclass=NullPool,
            isolation_level="AUTOCOMMIT",
            connect_args=_KEPT_ALIVE,
        )
        async with engine.connect() as connection:
            driver: Any = (await connection.get_raw_connection()).driver_connection
            await driver.execute(f"LISTEN {_CHANNEL}")
            self._greeting, self._heard = f"{_HELLO} {uuid4()}", asyncio.Event()
            receiving = asyncio.create_task(self._take_all(driver))
            try:
                if await self._greet(receiving):
                    self._set_live(live=True)
                    self._receiving = True
                    await receiving
                elif receiving.done():
                    await receiving  # for its error
            finally:
                self._receiving = False
                receiving.cancel()
                await asyncio.gather(receiving, return_exceptions=True)

    async def _greet(self, receiving: asyncio.Task[None]) -> bool:
        """Return whether a signal that another connection sends arrives here."""
        await self._write(self._greeting)
        heard = asyncio.create_task(self._heard.wait())
        await asyncio.wait(
            {heard, receiving}, timeout=_HELLO_SECONDS, return_when=asyncio.FIRST_COMPLETED
        )
        heard.cancel()
        return self._heard.is_set() and not self._stopping.is_set()

    async def _take_all(self, driver: Any) -> None:
        async for notification in driver.notifies():
            self._take(notification.payload)

    def _take(self, payload: str) -> None:
        if payload == self._greeting:
            self._heard.set()
            return
        topic, _, key = payload.partition(" ")
        for look in [*self._looks.get(topic, ())]:
            _call(look, key)

    def _set_live(self, *, live: bool) -> None:
        """Note whether signals arrive; all look, for what was missed and at their new pace."""
        if live == self.live:
            return
        self.live = live
        log.info("signals_arrive" if live else "signals_ended")
        for looks in [*self._looks.values()]:
            for look in [*looks]:
                _call(look, "")


def _call(look: Look, key: str) -> None:
    """Call a subscriber; an error of its own keeps no signal from the others."""
    try:
        look(key)
    except Exception:
        log.exception("signal_not_taken")


async def send(session: AsyncSession, text: str) -> None:
    """Send a text to all who listen, with the transaction of ``session``."""
    await session.execute(select(func.pg_notify(_CHANNEL, text)))

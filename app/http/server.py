"""Run the HTTP server with bounded connections and a shutdown without tracebacks."""

import asyncio
import contextlib
import signal
import socket
from collections.abc import Awaitable, Callable
from types import FrameType

import structlog
import uvicorn
from fastapi import FastAPI
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.draining import Draining
from app.errors import StoppingError, error_response
from app.http.connections import BoundedProtocol
from app.schemas import ErrorDetail
from app.settings import ServerSettings

log = structlog.get_logger(__name__)

_ENDING_SECONDS = 5
"""Seconds for streams to send their last event once their turns have ended; then the requests are
cancelled."""


def server_config(app: FastAPI, settings: ServerSettings) -> uvicorn.Config:
    """Return uvicorn's configuration; the caller runs the app's lifespan or sets ``lifespan``."""
    protocol = type("Protocol", (BoundedProtocol,), {"bounds": settings})
    return uvicorn.Config(
        _QuietEnd(app),
        host=settings.host,
        port=settings.port,
        http=protocol,
        ws="none",  # no route uses WebSockets
        log_config=None,
        lifespan="on",
        timeout_graceful_shutdown=settings.shutdown_timeout,
        server_header=False,
        # app/access/forwarding.py reads the headers of trusted proxies; uvicorn would believe any
        # process on this machine.
        proxy_headers=False,
    )


class BoundedServer(uvicorn.Server):
    """Close overdue connections, and end streams with their last event at the shutdown."""

    def __init__(
        self,
        config: uvicorn.Config,
        end_streams: Callable[[], Awaitable[None]],
        draining: Draining | None = None,
        drain_seconds: float = 0.0,
    ) -> None:
        """``end_streams`` ends the replies under way and stores the received part of each.

        Once asked to stop, the server begins ``draining`` and listens for ``drain_seconds`` more.
        """
        super().__init__(config)
        self._end_streams = end_streams
        self._draining = draining or Draining()
        self._drain_seconds = drain_seconds
        self._drained_at: float | None = None

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Begin to stop; a second signal, or Ctrl-C, does not wait for the balancer."""
        if sig == signal.SIGINT or self.should_exit:
            self._drain_seconds = 0.0
            self._drained_at = None
        super().handle_exit(sig, frame)

    async def on_tick(self, counter: int) -> bool:
        """Check the connections once a second; return whether to close the listener."""
        if counter % 10 == 0:
            now = asyncio.get_running_loop().time()
            for connection in list(self.server_state.connections):
                if isinstance(connection, BoundedProtocol):
                    connection.end_if_overdue(now)
        return await super().on_tick(counter) and self._is_drained()

    def _is_drained(self) -> bool:
        now = asyncio.get_running_loop().time()
        if self._drained_at is None:
            if not self._draining.begun:
                log.info("stopping", seconds_until_listener_closes=self._drain_seconds)
            self._draining.begun = True
            self._drained_at = now + self._drain_seconds
        return now >= self._drained_at

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Let replies finish for the seconds of ``shutdown_timeout``, then end them."""
        grace = self.config.timeout_graceful_shutdown or 0
        self.config.timeout_graceful_shutdown = grace + _ENDING_SECONDS
        ending = asyncio.create_task(self._end_after(grace), name="end-streams")
        await super().shutdown(sockets)
        ending.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await ending

    async def _end_after(self, seconds: float) -> None:
        await asyncio.sleep(seconds)
        await self._end_streams()


class _QuietEnd:
    """Answer 503 where the stopping server cancels a request; uvicorn would log a traceback."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = False

        async def watched_send(message: Message) -> None:
            nonlocal started
            started = True
            await send(message)

        try:
            await self._app(scope, receive, watched_send)
        except asyncio.CancelledError:
            if not started:
                stopping = StoppingError()
                detail = ErrorDetail(code=stopping.code, message=stopping.message)
                headers = {"Retry-After": str(stopping.retry_after), "Connection": "close"}
                await error_response(scope, 503, detail, headers)(scope, receive, send)

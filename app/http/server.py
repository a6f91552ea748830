"""The HTTP server: bounded connections, and an end without tracebacks."""

import asyncio
import contextlib
import socket
from collections.abc import Awaitable, Callable

import uvicorn
from fastapi import FastAPI
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.errors import StoppingError, error_response
from app.http.connections import BoundedProtocol
from app.schemas import ErrorDetail
from app.settings import ServerSettings

_ENDING_SECONDS = 5
"""For streams to send their last event once their turns were ended; what is left is cancelled."""


def server_config(app: FastAPI, settings: ServerSettings) -> uvicorn.Config:
    """Return how uvicorn serves ``app``; the caller runs its lifespan or sets ``lifespan``."""
    protocol = type("Protocol", (BoundedProtocol,), {"bounds": settings})
    return uvicorn.Config(
        _QuietEnd(app),
        host=settings.host,
        port=settings.port,
        http=protocol,
        ws="none",  # nothing here speaks it
        log_config=None,
        lifespan="on",
        timeout_graceful_shutdown=settings.shutdown_timeout,
        server_header=False,
        # app/access/forwarding.py reads what trusted proxies say; uvicorn would believe anyone on
        # this machine.
        proxy_headers=False,
    )


class BoundedServer(uvicorn.Server):
    """Ends connections that are overdue, and when it is stopped, streams by their last event."""

    def __init__(self, config: uvicorn.Config, end_streams: Callable[[], Awaitable[None]]) -> None:
        """``end_streams`` stores what there is of the replies under way and ends them."""
        super().__init__(config)
        self._end_streams = end_streams

    async def on_tick(self, counter: int) -> bool:
        """Look through the connections once a second; return whether to stop."""
        if counter % 10 == 0:
            now = asyncio.get_running_loop().time()
            for connection in list(self.server_state.connections):
                if isinstance(connection, BoundedProtocol):
                    connection.end_if_overdue(now)
        return await super().on_tick(counter)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Let replies finish for as long as the settings say, then end them."""
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
    """Answers 503 where the stopping server cancels a request; uvicorn would log a traceback."""

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

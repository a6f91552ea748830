"""Bound connections: the time for a head, for reading an answer, and the number open at once.

uvicorn bounds the idle time between two requests and nothing else. This protocol records since
when a connection is overdue; :class:`~app.http.server.BoundedServer` checks all of them once a
second.
"""

import asyncio
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from app.http.head_limit import HEAD_BYTES
from app.settings import ServerSettings

LINGER_SECONDS = 5.0
"""Seconds for the rest of a body that was answered early: a client that is disconnected at once may
never see the answer (RFC 9112, section 9.6)."""
_BUSY = (
    b"HTTP/1.1 503 Service Unavailable\r\nretry-after: 1\r\nconnection: close\r\n"
    b"content-length: 0\r\n\r\n"
)
_HEAD_TOO_LARGE = (
    b"HTTP/1.1 431 Request Header Fields Too Large\r\nconnection: close\r\n"
    b"content-length: 0\r\n\r\n"
)


class BoundedProtocol(HttpToolsProtocol):
    """Speak HTTP/1.1 with a timeout for everything that a client can leave half done."""

    bounds = ServerSettings()
    """Replaced by a subclass for each server."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._head_since: float | None = None
        self._paused_since: float | None = None
        self._lingers_since: float | None = None
        self._closing_since: float | None = None
        self._body_open = False
        self._body_begun = False
        self._unparsed = 0
        """Bytes since the parser last completed a head, a piece of a body or a message."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn's own
        super().connection_made(transport)
        self._head_since = self.loop.time()
        if len(self.connections) > self.bounds.connections:
            transport.write(_BUSY)
            transport.close()

    def data_received(self, data: bytes) -> None:
        self._unparsed += len(data)
        super().data_received(data)
        if self.transport.is_closing():
            return
        if self._unparsed > HEAD_BYTES:
            self._refuse_head()
        elif self._head_since is None and not (self._answering or self._body_open):
            self._head_since = self.loop.time()  # blank lines between requests begin none

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._head_since = self.loop.time()

    def on_headers_complete(self) -> None:
        self._head_since, self._unparsed = None, 0
        self._body_open, self._body_begun = True, False
        super().on_headers_complete()

    def on_header(self, name: bytes, value: bytes) -> None:
        if not self._body_open:  # else a trailer, which the application does not read
            super().on_header(name, value)

    def on_body(self, body: bytes) -> None:
        self._unparsed, self._body_begun = 0, True
        super().on_body(body)

    def on_message_complete(self) -> None:
        self._unparsed, self._body_open, self._lingers_since = 0, False, None
        super().on_message_complete()

    def on_response_complete(self) -> None:
        super().on_response_complete()
        if not self._body_open or self._answering or self.transport.is_closing():
            return
        if self.expect_100_continue and not self._body_begun:
            self.transport.close()  # a body or another request may follow; they look alike
        else:
            self._lingers_since = self.loop.time()

    def pause_writing(self) -> None:
        super().pause_writing()
        self._paused_since = self.loop.time()

    def resume_writing(self) -> None:
        super().resume_writing()
        self._paused_since = None

    def end_if_overdue(self, now: float) -> None:
        """Close the connection where the client has exceeded a timeout."""
        if self.transport.is_closing():
            self._closing_since = self._closing_since or now
        patience = self.bounds.write_timeout
        if _over(self._closing_since, patience, now) or _over(self._paused_since, patience, now):
            self.transport.abort()  # closing would wait for the client to read
        elif _over(self._lingers_since, LINGER_SECONDS, now) or (
            _over(self._head_since, self.bounds.head_timeout, now) and not self._answering
        ):
            self.transport.close()

    @property
    def _answering(self) -> bool:
        cycle: RequestResponseCycle | None = self.cycle  # uvicorn's annotation omits the None
        return cycle is not None and not cycle.response_complete

    def _refuse_head(self) -> None:
        if not self._answering:
            self.transport.write(_HEAD_TOO_LARGE)
        self.transport.close()


def _over(since: float | None, seconds: float, now: float) -> bool:
    return since is not None and now - since > seconds

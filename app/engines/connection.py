"""Send HTTP requests to an engine's server, and time out silent streams."""

import asyncio
import ipaddress
import socket
import struct
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit
from weakref import WeakSet

import aiohttp
from opentelemetry import propagate

from app.engines.affinity import session_headers
from app.engines.openai_payload import RETRY_AFTER
from app.engines.port import EngineUnavailableError

# Close with a reset instead of a FIN: a server that is still reading the prompt notices at its next
# write that the client is gone, not at the one after that.
_LINGER_ZERO = (socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
_KEPT_SECONDS = 1.0
"""Keep-alive: a turn counts tokens and generates over one connection; the server may just have
closed an older one, as vLLM does after five seconds."""
LOST = (aiohttp.ClientError, OSError)  # OSError includes TimeoutError
"""Exceptions of an unreachable server or a broken connection."""
_BUFFER_BYTES = 65_536
"""Read-ahead of a stream; at most twice as much is buffered."""
MOST_BYTES = 4_000_000
"""Default bound of an answer: the longest listings of models stay under a million bytes."""
_ERROR_BYTES = 64_000
"""Bytes read of an error's body."""


@dataclass(frozen=True, slots=True)
class Answer:
    """Hold a response with its body; an error's body is truncated."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class EngineHttp:
    """Send requests to one server. A stream's connection is closed with it."""

    def __init__(
        self, base_url: str, api_key: str | None, connect_timeout: float, *, reset: bool
    ) -> None:
        """With ``reset``, every request has its own connection, closed with a TCP reset."""
        self.root = base_url.rstrip("/").removesuffix("/v1")
        self._headers = {"Authorization": f"Bearer {api_key}"} if api_key else {}
        self._connect_timeout = connect_timeout
        self._reset = reset
        self._session: aiohttp.ClientSession | None = None
        self._waiting: set[asyncio.Timeout] = set()
        self._responses: WeakSet[aiohttp.ClientResponse] = WeakSet()
        self._is_closed = False

    async def send(
        self,
        method: str,
        path: str,
        body: Mapping[str, object] | None = None,
        *,
        affinity: str | None = None,
    ) -> aiohttp.ClientResponse:
        """Return the response once its head has arrived; the caller closes it.

        ``affinity`` is sent as :func:`~app.engines.affinity.session_headers` has it. Raises
        :class:`EngineUnavailableError` for a compressed response: compression was not accepted,
        and a few bytes could expand without bound.
        """
        session = self._open()
        try:
            async with asyncio.timeout(None) as waiting:
                self._waiting.add(waiting)
                try:
                    response = await session.request(
                        method,
                        self.root + path,
                        json=body,
                        headers=_trace_headers() | session_headers(affinity),
                        allow_redirects=False,
                    )
                finally:
                    self._waiting.discard(waiting)
        except TimeoutError as error:
            if self._is_closed:
                raise _closed() from error
            raise
        self._responses.add(response)
        if response.headers.get("content-encoding", "identity").strip().lower() != "identity":
            response.close()
            raise EngineUnavailableError(
                "The engine compresses its answers, and was asked not to.", retry_after=RETRY_AFTER
            )
        return response

    async def ask(
        self,
        method: str,
        path: str,
        body: Mapping[str, object] | None = None,
        *,
        most_bytes: int = MOST_BYTES,
        affinity: str | None = None,
    ) -> Answer:
        """Return the whole response; raise :class:`EngineUnavailableError` over ``most_bytes``."""
        response = await self.send(method, path, body, affinity=affinity)
        try:
            if not is_success(response.status):
                return Answer(response.status, response.headers, await read_error(response))
            content = await _read(response, most_bytes)
            if len(content) > most_bytes:
                raise EngineUnavailableError(
                    f"The engine answers {path} with more than {most_bytes} bytes.",
                    retry_after=RETRY_AFTER,
                )
        except BaseException:
            response.close()
            raise
        return Answer(response.status, response.headers, content)

    async def aclose(self) -> None:
        """End all requests; closing the session alone would leave them waiting."""
        self._is_closed = True
        for waiting in self._waiting:
            waiting.reschedule(0)
        for response in self._responses:
            response.close()
        if self._session is not None:
            await self._session.close()

    def _open(self) -> aiohttp.ClientSession:
        """Return the session, created at the first request, within the running event loop."""
        if self._is_closed:
            raise _closed()
        if self._session is None:
            self._session = aiohttp.ClientSession(
                connector=self._connector(),
                headers={"Accept-Encoding": "identity", **self._headers},
                auto_decompress=False,
                read_bufsize=_BUFFER_BYTES,
                cookie_jar=aiohttp.DummyCookieJar(),
                timeout=aiohttp.ClientTimeout(total=None, sock_connect=self._connect_timeout),
                # A proxy of the environment does not reach loopback addresses.
                trust_env=not _is_loopback(urlsplit(self.root).hostname),
            )
        return self._session

    def _connector(self) -> aiohttp.TCPConnector:
        if self._reset:
            return aiohttp.TCPConnector(limit=0, force_close=True, socket_factory=_resetting_socket)
        return aiohttp.TCPConnector(limit=0, keepalive_timeout=_KEPT_SECONDS)


def _trace_headers() -> dict[str, str]:
    """Return ``traceparent`` of the present span, where the request is traced; vLLM goes on."""
    headers: dict[str, str] = {}
    propagate.inject(headers)
    return headers


async def read_error(response: aiohttp.ClientResponse) -> bytes:
    """Return the beginning of an error's body, and close the response."""
    try:
        return (await _read(response, _ERROR_BYTES))[:_ERROR_BYTES]
    finally:
        response.close()


async def _read(response: aiohttp.ClientResponse, most_bytes: int) -> bytes:
    """Return the body, or, of a longer one, more than ``most_bytes`` by one buffer at most."""
    pieces, size = [], 0
    while size <= most_bytes and (piece := await response.content.readany()):
        pieces.append(piece)
        size += len(piece)
    return b"".join(pieces)


def _closed() -> aiohttp.ClientConnectionError:
    return aiohttp.ClientConnectionError("The engine is closed.")


def _resetting_socket(address: aiohttp.AddrInfoType) -> socket.socket:
    family, kind, protocol, _, _ = address
    made = socket.socket(family, kind, protocol)
    if sys.platform != "win32":  # the structure of SO_LINGER differs there
        made.setsockopt(*_LINGER_ZERO)
    return made


class StreamDeadline:
    """Close a stream that is silent for too long, or lasts too long.

    The timer fires at the deadline it was set with and checks the current one, so that a renewal,
    which every token causes, costs next to nothing.
    """

    def __init__(self, response: aiohttp.ClientResponse, until: float, latest: float) -> None:
        """Close the stream at ``until`` unless renewed, and at ``latest`` (event loop's clock)."""
        self.lost = False
        self._response = response
        self._loop = asyncio.get_running_loop()
        self._latest = latest
        self._until = min(until, latest)
        self._alarm = self._loop.call_at(self._until, self._check)

    @property
    def is_total_time_over(self) -> bool:
        """Whether the stream was closed because its total time was over."""
        return self.lost and self._until >= self._latest

    def renew(self, seconds: float) -> None:
        """Move the deadline to ``seconds`` from now."""
        self._until = min(self._loop.time() + seconds, self._latest)
        if self._until < self._alarm.when():
            self._alarm.cancel()
            self._alarm = self._loop.call_at(self._until, self._check)

    def end(self) -> None:
        self._alarm.cancel()

    def _check(self) -> None:
        if self._loop.time() < self._until:
            self._alarm = self._loop.call_at(self._until, self._check)
        else:
            self.lost = True
            self._response.close()


def is_success(status: int) -> bool:
    """Return whether an HTTP status is in the 200s."""
    return 200 <= status < 300


def _is_loopback(host: str | None) -> bool:
    if host is None or host == "localhost":
        return host is not None
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False

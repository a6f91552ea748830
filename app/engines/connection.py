"""HTTP requests to an engine's server, and how long a silent one is waited for."""

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

from app.engines.openai_payload import RETRY_AFTER
from app.engines.port import EngineUnavailableError

# Close with a reset instead of a farewell: a server that is still reading the prompt learns at
# its next write that nobody listens, not at the one after that.
_LINGER_ZERO = (socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
_KEPT_SECONDS = 1.0
"""A turn counts tokens and generates over one connection; an older one its server may just have
closed, and vLLM does after five seconds."""
LOST = (aiohttp.ClientError, OSError)  # a TimeoutError is one, too
"""What a server that is away, or goes away, ends in."""
_BUFFER_BYTES = 65_536
"""What is read ahead of a stream, at most twice as much."""
MOST_BYTES = 4_000_000
"""Of an answer that says nothing else: the longest listings of models stay under a million."""
_ERROR_BYTES = 64_000
"""What is read of an error, and of an answer whose text does not matter."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A response that was read to its end, an error at most to the end of its beginning."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class EngineHttp:
    """Requests to one server. A stream's connection is closed with it."""

    def __init__(
        self, base_url: str, api_key: str | None, connect_timeout: float, *, reset: bool
    ) -> None:
        """``reset``: every request has its own connection, which ends with a reset."""
        self.root = base_url.rstrip("/").removesuffix("/v1")
        self._headers = {"Authorization": f"Bearer {api_key}"} if api_key else {}
        self._connect_timeout = connect_timeout
        self._reset = reset
        self._session: aiohttp.ClientSession | None = None
        self._waiting: set[asyncio.Timeout] = set()
        self._responses: WeakSet[aiohttp.ClientResponse] = WeakSet()
        self._is_closed = False

    async def send(
        self, method: str, path: str, body: Mapping[str, object] | None = None
    ) -> aiohttp.ClientResponse:
        """The response once its head is there; the caller closes it.

        Raises :class:`EngineUnavailableError` where it is compressed: it was not asked to be, and
        a few bytes could become any number.
        """
        session = self._open()
        try:
            async with asyncio.timeout(None) as waiting:
                self._waiting.add(waiting)
                try:
                    response = await session.request(
                        method, self.root + path, json=body, allow_redirects=False
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
    ) -> Answer:
        """The whole response. Raises :class:`EngineUnavailableError` beyond ``most_bytes``."""
        response = await self.send(method, path, body)
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
        """End all requests: closing a session would leave them waiting."""
        self._is_closed = True
        for waiting in self._waiting:
            waiting.reschedule(0)
        for response in self._responses:
            response.close()
        if self._session is not None:
            await self._session.close()

    def _open(self) -> aiohttp.ClientSession:
        """Made at the first request: a session belongs to the event loop it is made in."""
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
                # A proxy of the environment is for the internet, not for this machine.
                trust_env=not _is_loopback(urlsplit(self.root).hostname),
            )
        return self._session

    def _connector(self) -> aiohttp.TCPConnector:
        if self._reset:
            return aiohttp.TCPConnector(limit=0, force_close=True, socket_factory=_resetting_socket)
        return aiohttp.TCPConnector(limit=0, keepalive_timeout=_KEPT_SECONDS)


async def read_error(response: aiohttp.ClientResponse) -> bytes:
    """The beginning of an error's body; closes the response."""
    try:
        return (await _read(response, _ERROR_BYTES))[:_ERROR_BYTES]
    finally:
        response.close()


async def _read(response: aiohttp.ClientResponse, most_bytes: int) -> bytes:
    """The body, or more than ``most_bytes`` of it, by one buffer at most."""
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
    if sys.platform != "win32":  # where the structure is another
        made.setsockopt(*_LINGER_ZERO)
    return made


class Patience:
    """Ends a stream that has been silent for too long, or goes on for too long.

    It looks at the clock when the time it last knew of is over, so that renewing it, as every
    token does, costs next to nothing.
    """

    def __init__(self, response: aiohttp.ClientResponse, until: float, latest: float) -> None:
        """Times of the event loop's clock: for the first token, and for all of the stream."""
        self.lost = False
        self._response = response
        self._loop = asyncio.get_running_loop()
        self._latest = latest
        self._until = min(until, latest)
        self._alarm = self._loop.call_at(self._until, self._look)

    @property
    def at_its_end(self) -> bool:
        """Whether it was the time for all of the stream that was over."""
        return self.lost and self._until >= self._latest

    def renew(self, seconds: float) -> None:
        """From now on, so many seconds."""
        self._until = min(self._loop.time() + seconds, self._latest)
        if self._until < self._alarm.when():
            self._alarm.cancel()
            self._alarm = self._loop.call_at(self._until, self._look)

    def end(self) -> None:
        self._alarm.cancel()

    def _look(self) -> None:
        if self._loop.time() < self._until:
            self._alarm = self._loop.call_at(self._until, self._look)
        else:
            self.lost = True
            self._response.close()


def is_success(status: int) -> bool:
    return 200 <= status < 300


def _is_loopback(host: str | None) -> bool:
    if host is None or host == "localhost":
        return host is not None
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False

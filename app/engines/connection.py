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

# Close with a reset instead of a farewell: a server that is still reading the prompt learns at
# its next write that nobody listens, not at the one after that.
_LINGER_ZERO = (socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
_KEPT_SECONDS = 1.0
"""A turn counts tokens and generates over one connection; an older one its server may just have
closed, and vLLM does after five seconds."""
LOST = (aiohttp.ClientError, TimeoutError)
"""What a server that is away, or goes away, ends in."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A response that was read to its end."""

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
        """The response once its head is there; whoever asked closes it."""
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
        return response

    async def ask(self, method: str, path: str, body: Mapping[str, object] | None = None) -> Answer:
        """The whole response."""
        async with await self.send(method, path, body) as response:
            return Answer(response.status, response.headers, await response.read())

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
                headers=self._headers,
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


def _closed() -> aiohttp.ClientConnectionError:
    return aiohttp.ClientConnectionError("The engine is closed.")


def _resetting_socket(address: aiohttp.AddrInfoType) -> socket.socket:
    family, kind, protocol, _, _ = address
    made = socket.socket(family, kind, protocol)
    if sys.platform != "win32":  # where the structure is another
        made.setsockopt(*_LINGER_ZERO)
    return made


class Patience:
    """Ends a stream that has been silent for too long.

    It looks at the clock when the time it last knew of is over, so that renewing it, as every
    token does, costs next to nothing.
    """

    def __init__(self, response: aiohttp.ClientResponse, until: float) -> None:
        """``until``: a time of the event loop's clock."""
        self.lost = False
        self._response = response
        self._loop = asyncio.get_running_loop()
        self._until = until
        self._alarm = self._loop.call_at(until, self._look)

    def renew(self, seconds: float) -> None:
        """From now on, so many seconds."""
        self._until = self._loop.time() + seconds
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

"""Requests as bytes: what no client library would send."""

import http.client
import socket
from dataclasses import dataclass, replace
from urllib.parse import urlsplit

import requests

_SECONDS = 30
_MOST = 50_000_000
"""Bytes of an answer that are read."""


@dataclass(frozen=True, slots=True)
class Request:
    """A request in its parts; ``target`` is path and query, percent-encoded."""

    method: bytes
    target: bytes
    headers: tuple[tuple[bytes, bytes], ...]
    body: bytes

    def with_header(self, name: bytes, value: bytes) -> "Request":
        """Return it with one header replaced or added."""
        kept = tuple(each for each in self.headers if each[0].lower() != name.lower())
        return replace(self, headers=(*kept, (name, value)))

    def header(self, name: bytes) -> bytes:
        """Return a header's value, empty where it has none."""
        return next((value for key, value in self.headers if key.lower() == name.lower()), b"")

    def encode(self) -> bytes:
        """Return the bytes of it, with the length of its body."""
        lines = [b"%b %b HTTP/1.1" % (self.method, self.target)]
        lines += [b"%b: %b" % header for header in self.headers]
        lines += [b"Content-Length: %d" % len(self.body), b"Connection: close"]
        return b"\r\n".join(lines) + b"\r\n\r\n" + self.body


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back."""

    status: int
    headers: dict[str, str]
    """By lower-case names."""
    body: bytes


_OWN_HEADERS = {"content-length", "connection", "transfer-encoding", "accept-encoding"}


def take_apart(sent: requests.PreparedRequest) -> Request:
    """Return a request that was sent, ready to be changed."""
    parts = urlsplit(sent.url or "")
    target = parts.path + (f"?{parts.query}" if parts.query else "")
    headers = [(b"Host", parts.netloc.encode())]
    for name, value in sent.headers.items():
        if name.lower() not in _OWN_HEADERS:
            raw = value if isinstance(value, bytes) else value.encode("latin-1")
            headers.append((name.encode(), raw))
    body = sent.body or b""
    content = body.encode() if isinstance(body, str) else body
    if not isinstance(content, bytes):
        raise TypeError("a body that is a stream")
    return Request((sent.method or "").encode(), target.encode(), tuple(headers), content)


def leave(address: str, request: Request, read: int) -> None:
    """Send it, and go after ``read`` bytes of the answer."""
    parts = urlsplit(address)
    with socket.create_connection((parts.hostname, parts.port), timeout=_SECONDS) as connection:
        connection.sendall(request.encode())
        if read:
            connection.recv(read)


def send(address: str, request: Request) -> Answer:
    """Send it on a connection of its own.

    Raises :class:`OSError` or :class:`http.client.HTTPException` where no answer comes.
    """
    parts = urlsplit(address)
    with socket.create_connection((parts.hostname, parts.port), timeout=_SECONDS) as connection:
        connection.sendall(request.encode())
        response = http.client.HTTPResponse(connection, method=request.method.decode("latin-1"))
        response.begin()
        body = response.read(_MOST)
        headers = {name.lower(): value for name, value in response.getheaders()}
        return Answer(response.status, headers, body)

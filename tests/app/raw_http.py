"""HTTP as bytes on a socket, for clients that do not keep to it."""

import select
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager

import httpx

_PATIENCE = 20.0


class RawClient:
    """One connection."""

    def __init__(self, connection: socket.socket) -> None:
        self.socket = connection

    def send(self, data: bytes) -> None:
        """Send it; what the server does not want any more is lost without an error."""
        try:
            self.socket.sendall(data)
        except OSError:
            return

    def head(self, line: str, *headers: str) -> None:
        """Send a request's line and headers, ``Host`` among them."""
        lines = [f"{line} HTTP/1.1", "Host: 127.0.0.1", *headers, "", ""]
        self.send("\r\n".join(lines).encode())

    def answer(self) -> bytes:
        """Return what comes until one whole answer with a length is here, or the end."""
        data = b""
        while not _whole(data):
            try:
                more = self.socket.recv(65_536)
            except ConnectionResetError:
                return data
            if not more:
                return data
            data += more
        return data

    def ended(self) -> bool:
        """Read on; return True once the server has closed. Fails when that takes long."""
        try:
            while self.socket.recv(65_536):
                pass
        except ConnectionResetError:
            pass
        return True

    def drip(self, data: bytes, pause: float) -> bytes:
        """Send ``data`` over and over, a ``pause`` apart, until the server says something.

        Returns what it said; nothing where it just closed.
        """
        end = time.monotonic() + _PATIENCE
        while time.monotonic() < end:
            self.send(data)
            if select.select([self.socket], [], [], pause)[0]:
                return self.answer()
        raise AssertionError("the server listens on and on")


def _whole(data: bytes) -> bool:
    head, found, body = data.partition(b"\r\n\r\n")
    if not found:
        return False
    for line in head.lower().split(b"\r\n"):
        if line.startswith(b"content-length:"):
            return len(body) >= int(line.partition(b":")[2])
    return b"chunked" in head and data.endswith(b"0\r\n\r\n")


@contextmanager
def connected(client: httpx.Client) -> Iterator[RawClient]:
    """Connect to the server that ``client`` talks to."""
    port = client.base_url.port or 80
    with socket.create_connection(("127.0.0.1", port), timeout=_PATIENCE) as connection:
        yield RawClient(connection)

"""An HTTP server that answers with bytes of a test's choice, and counts those that were taken."""

import asyncio
import itertools
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

Answer = bytes | Callable[[], Iterable[bytes]]
"""A response with its head; or pieces, sent for as long as they are taken."""

STREAM = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n"
_MODELS = b'{"data": [{"id": "m", "max_model_len": 4096}]}'


def answer(body: bytes, status: str = "200 OK", headers: Mapping[str, str] | None = None) -> bytes:
    """A whole response."""
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", "Connection: close"]
    lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
    return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + body


def stream(*payloads: bytes) -> bytes:
    """A streamed response with these events."""
    return STREAM + b"".join(b"data: " + each + b"\n\n" for each in payloads)


def endless(first: bytes, again: bytes) -> Callable[[], Iterator[bytes]]:
    return lambda: itertools.chain([first], itertools.repeat(again))


@dataclass
class HostileServer:
    """What each path is answered with; anything else is missing."""

    answers: dict[str, Answer] = field(default_factory=lambda: {"/v1/models": answer(_MODELS)})
    pause: float = 0.0
    """Seconds between two pieces."""
    base_url: str = ""
    sent: int = 0
    """Bytes that left, with those in the sockets' buffers."""
    requests: list[bytes] = field(default_factory=list)

    def generates(self, answer: Answer) -> None:
        self.answers["/v1/completions"] = answer

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = await reader.readuntil(b"\r\n\r\n")
            self.requests.append(head)
            path = head.split(b" ", 2)[1].decode()
            given: Answer = self.answers.get(path, answer(b"", "404 Not Found"))
            for piece in [given] if isinstance(given, bytes) else given():
                writer.write(piece)
                await writer.drain()
                self.sent += len(piece)
                await asyncio.sleep(self.pause)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.transport.abort() if self.pause else writer.close()


@asynccontextmanager
async def hostile() -> AsyncIterator[HostileServer]:
    server = HostileServer()
    tasks: set[asyncio.Task[Any]] = set()

    def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.create_task(server.serve(reader, writer))
        tasks.add(task)
        task.add_done_callback(tasks.discard)

    listening = await asyncio.start_server(accept, "127.0.0.1", 0)
    server.base_url = f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}"
    try:
        yield server
    finally:
        listening.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

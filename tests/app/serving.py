"""The application behind a real server, in a thread of its own."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import httpx
from fastapi import FastAPI

from app.http.server import BoundedServer, server_config
from app.settings import ServerSettings
from tests.app.running import SCRIPT, Json, as_object


@contextmanager
def serving(app: FastAPI, **bounds: Any) -> Iterator[httpx.Client]:
    """Serve on a free port, as the service does but for ``bounds``; yield a client of it."""
    config = server_config(app, ServerSettings(port=0, **bounds))
    server = BoundedServer(config, _end_nothing)
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        wait_for(lambda: server.started, seconds=20)
        port = server.servers[0].sockets[0].getsockname()[1]
        address = f"http://127.0.0.1:{port}"
        # Without certificates, which take longer to read than most of the tests.
        with httpx.Client(base_url=address, timeout=20, verify=False) as client:
            yield client
    finally:
        server.should_exit = True
        thread.join(20)


async def _end_nothing() -> None:
    """End no stream: these tests stop when theirs are over."""


def wait_for(condition: Callable[[], object], seconds: float, every: float = 0.005) -> None:
    """Until it holds, asked ``every`` so many seconds; fails when that takes longer."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it took too long"
        time.sleep(every)


def open_conversation(client: httpx.Client) -> Json:
    """A conversation with the Ben of the sample script."""
    client.post("/api/characters/import", files={"file": ("Ben.txt", SCRIPT.encode())})
    wait_for(lambda: client.get("/api/characters/ben").json()["status"] == "ready", seconds=20)
    return as_object(client.post("/api/conversations", json={"character": "ben"}))

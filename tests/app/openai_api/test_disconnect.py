"""Clients that go: the engine stops within a second, whatever it was doing for them."""

import json
import socket
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import pytest

from app.engines.openai_http import OpenAIEngine
from app.engines.scripted import ScriptedEngine
from app.main import create_app
from app.openai_api.generation import Generation
from app.settings import Settings
from tests.app.engines.fake_vllm import FakeVLLM, ServerThread, app_of
from tests.app.openai_api.talking import CHARACTER_CHAT, CHAT, user
from tests.app.running import Json
from tests.app.serving import open_conversation, serving, wait_for

CHAT_BODY: Json = {"model": "ben", "messages": [user("Hi")], "n": 2}
REQUESTS: list[tuple[str, Json]] = [
    (path, body | {"stream": stream})
    for path, body in (
        (CHAT, CHAT_BODY),
        (CHAT, CHAT_BODY | {"model": "index-raw"}),
        (CHARACTER_CHAT, CHAT_BODY),
        ("/v1/completions", {"prompt": "Once", "n": 2}),
    )
    for stream in (True, False)
]

pytestmark = pytest.mark.one_database


@pytest.fixture
def engine() -> ScriptedEngine:
    return ScriptedEngine(reply="word " * 400)


@pytest.fixture
def client(settings: Settings, engine: ScriptedEngine) -> Iterator[httpx.Client]:
    settings.openai_api.keep_alive = 0.1
    with serving(create_app(settings, engine=engine)) as client:
        open_conversation(client)
        yield client


@contextmanager
def posted(client: httpx.Client, path: str, body: Json, *headers: str) -> Iterator[socket.socket]:
    """A request under way; at the end of the block its connection is dropped."""
    address, data = client.base_url, json.dumps(body).encode()
    more = "".join(f"{header}\r\n" for header in headers)
    head = (
        f"POST {path} HTTP/1.1\r\nHost: {address.host}\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(data)}\r\n{more}\r\n"
    )
    with socket.create_connection((address.host, address.port), timeout=10) as connection:
        connection.sendall(head.encode() + data)
        yield connection


def read_until(connection: socket.socket, part: bytes) -> None:
    received = b""
    while part not in received:
        chunk = connection.recv(65_536)
        assert chunk, "the answer ended"
        received += chunk


def test_leaving_while_it_speaks(client: httpx.Client, engine: ScriptedEngine) -> None:
    engine.delay = 0.02
    for path, body in REQUESTS:
        with posted(client, path, body) as connection:
            wait_for(lambda: engine.running == 2, seconds=5)
            if body["stream"]:
                read_until(connection, b"word")
        wait_for(lambda: engine.running == 0, seconds=1)


def test_leaving_before_the_first_word(client: httpx.Client, engine: ScriptedEngine) -> None:
    engine.delay = 30
    for path, body in REQUESTS:
        with posted(client, path, body):
            wait_for(lambda: engine.running == 2, seconds=5)
        wait_for(lambda: engine.running == 0, seconds=1)


def test_leaving_after_a_comment(client: httpx.Client, engine: ScriptedEngine) -> None:
    engine.delay = 30
    with posted(client, CHAT, CHAT_BODY | {"stream": True}) as connection:
        read_until(connection, b": still here")
        assert engine.running == 2
    wait_for(lambda: engine.running == 0, seconds=1)


@pytest.mark.parametrize("by_header", [True, False], ids=["header", "setting"])
def test_where_it_is_wanted_replies_are_finished(
    settings: Settings, engine: ScriptedEngine, by_header: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    left: list[Generation] = []
    leave = Generation.leave

    def note(generation: Generation) -> None:
        leave(generation)
        left.append(generation)

    monkeypatch.setattr(Generation, "leave", note)
    settings.openai_api.on_close = "stop" if by_header else "finish"
    settings.limits.unheard_seconds = 600
    header = ["X-Offbook-On-Close: finish"] if by_header else []
    with serving(create_app(settings, engine=engine)) as client:
        open_conversation(client)
        for path, body in REQUESTS:
            engine.delay = 0.02
            with posted(client, path, body, *header) as connection:
                wait_for(lambda: engine.running == 2, seconds=5)
                if body["stream"]:
                    read_until(connection, b"word")
            wait_for(lambda: left, seconds=5)
            client.get("/v1/models")  # whatever was cancelled has ended by then
            assert engine.running == 2
            engine.delay = 0.0
            wait_for(lambda: engine.running == 0, seconds=5)
            left.clear()


def test_a_header_stops_what_the_setting_would_finish(
    settings: Settings, engine: ScriptedEngine
) -> None:
    settings.openai_api.on_close = "finish"
    engine.delay = 0.02
    with serving(create_app(settings, engine=engine)) as client:
        open_conversation(client)
        with posted(client, CHAT, CHAT_BODY, "X-Offbook-On-Close: stop"):
            wait_for(lambda: engine.running == 2, seconds=5)
        wait_for(lambda: engine.running == 0, seconds=1)


def test_the_outcome_is_counted(client: httpx.Client, engine: ScriptedEngine) -> None:
    engine.delay = 0.02
    with posted(client, CHAT, CHAT_BODY | {"stream": True}) as connection:
        read_until(connection, b"word")
    wait_for(
        lambda: 'offbook_turns_total{outcome="cancelled"} 1.0' in client.get("/metrics").text,
        seconds=1,
    )
    assert "offbook_running_turns 0.0" in client.get("/metrics").text


def test_a_server_elsewhere_is_told(settings: Settings) -> None:
    fake = FakeVLLM(reply="好" * 400, delay=0.05)
    server = ServerThread(app_of(fake))
    try:
        with serving(create_app(settings, engine=OpenAIEngine(server.base_url))) as client:
            open_conversation(client)
            for path, body in REQUESTS:
                with posted(client, path, body):
                    wait_for(lambda: fake.running == 2, seconds=5)
                wait_for(lambda: fake.running == 0, seconds=1)
    finally:
        server.close()

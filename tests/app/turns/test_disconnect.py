"""Clients that go: the reply goes on until it is stopped or has had no listener for long."""

import json
import socket
import struct
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import pytest

from app.engines.scripted import ScriptedEngine
from app.main import create_app
from app.settings import Settings
from tests.app.running import Json
from tests.app.serving import open_conversation, serving, wait_for

WORDS = "word " * 400


@pytest.fixture
def engine() -> ScriptedEngine:
    return ScriptedEngine(reply=WORDS)


@pytest.fixture
def client(settings: Settings, engine: ScriptedEngine) -> Iterator[httpx.Client]:
    with serving(create_app(settings, engine=engine)) as client:
        yield client


def address(talk: Json) -> str:
    return f"/api/conversations/{talk['id']}"


def stopped(client: httpx.Client, engine: ScriptedEngine, talk: Json) -> list[Json]:
    """The messages once the engine stopped, which it must within a second."""
    wait_for(lambda: engine.running == 0, seconds=1)
    return idle(client, talk)


def whole(client: httpx.Client, engine: ScriptedEngine, talk: Json) -> Json:
    """The reply once it is whole; the engine speaks fast from now on."""
    assert engine.running == 1
    engine.delay = 0.0
    _, reply = idle(client, talk)
    return reply


def idle(client: httpx.Client, talk: Json) -> list[Json]:
    """The messages once no turn runs."""
    wait_for(lambda: not client.get(address(talk)).json()["busy"], seconds=10)
    messages: list[Json] = client.get(address(talk)).json()["messages"]
    return messages


def leave_after_first_word(client: httpx.Client, engine: ScriptedEngine, talk: Json) -> None:
    engine.delay = 0.02
    url = f"/api/conversations/{talk['id']}/messages"
    with client.stream("POST", url, json={"content": "Hello?", "stream": True}) as response:
        for line in response.iter_lines():
            if line == "event: delta":
                assert engine.running == 1
                return  # which closes the connection
    pytest.fail("not a word arrived")


@contextmanager
def asked(client: httpx.Client, talk: Json, *, stream: bool) -> Iterator[socket.socket]:
    """A request under way, on a connection that is closed at the end of the block."""
    address, body = client.base_url, json.dumps({"content": "Hello?", "stream": stream}).encode()
    head = (
        f"POST /api/conversations/{talk['id']}/messages HTTP/1.1\r\nHost: {address.host}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    with socket.create_connection((address.host, address.port), timeout=10) as connection:
        connection.sendall(head.encode() + body)
        yield connection


def test_leaving_a_stream(client: httpx.Client, engine: ScriptedEngine) -> None:
    talk = open_conversation(client)
    leave_after_first_word(client, engine, talk)
    reply = whole(client, engine, talk)
    assert (reply["content"], reply["state"]) == (WORDS.rstrip(), "complete")


@pytest.mark.parametrize("reset", [False, True], ids=["closed", "reset"])
def test_a_connection_that_is_dropped(
    client: httpx.Client, engine: ScriptedEngine, reset: bool
) -> None:
    engine.delay = 0.02
    talk = open_conversation(client)
    with asked(client, talk, stream=True) as connection:
        while b"event: delta" not in connection.recv(65_536):
            pass
        if reset:  # no farewell, as from a process that is killed
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    assert whole(client, engine, talk)["state"] == "complete"


@pytest.mark.parametrize("stream", [True, False], ids=["stream", "whole"])
def test_leaving_before_the_first_word(
    client: httpx.Client, engine: ScriptedEngine, stream: bool
) -> None:
    engine.delay = 0.5
    talk = open_conversation(client)
    with asked(client, talk, stream=stream):
        wait_for(lambda: engine.running == 1, seconds=10)
    assert whole(client, engine, talk)["state"] == "complete"


@pytest.mark.parametrize("stream", [True, False], ids=["stream", "whole"])
def test_a_reply_that_nobody_listens_to_is_stopped(
    settings: Settings, engine: ScriptedEngine, stream: bool
) -> None:
    settings.limits.unheard_seconds = 0.3
    engine.delay = 0.05
    with serving(create_app(settings, engine=engine)) as client:
        talk = open_conversation(client)
        with asked(client, talk, stream=stream):
            wait_for(lambda: engine.running == 1, seconds=10)
        wait_for(lambda: engine.running == 0, seconds=10)
        _, reply = idle(client, talk)
    assert (reply["state"], reply["finish_reason"]) == ("partial", "cancelled")
    assert WORDS.startswith(reply["content"])


def test_stop_stops(client: httpx.Client, engine: ScriptedEngine) -> None:
    talk = open_conversation(client)
    leave_after_first_word(client, engine, talk)
    assert client.delete(f"{address(talk)}/turn").status_code == 204
    message, reply = stopped(client, engine, talk)
    assert message["content"] == "Hello?"
    assert (reply["state"], reply["finish_reason"]) == ("partial", "cancelled")
    assert 0 < len(reply["content"]) < len(WORDS) / 2
    assert client.delete(f"{address(talk)}/turn").status_code == 204  # nothing to stop


def test_stop_before_the_first_word(client: httpx.Client, engine: ScriptedEngine) -> None:
    engine.delay = 30
    talk = open_conversation(client)
    with asked(client, talk, stream=True) as connection:
        wait_for(lambda: engine.running == 1, seconds=10)
        client.delete(f"{address(talk)}/turn")
        assert [message["content"] for message in stopped(client, engine, talk)] == ["Hello?"]
        received = b""
        while b"event: error" not in received:
            received += connection.recv(65_536)


def test_stopping_the_service_stores_what_had_arrived(
    settings: Settings, engine: ScriptedEngine
) -> None:
    engine.delay = 0.02
    with serving(create_app(settings, engine=engine)) as client:
        talk = open_conversation(client)
        leave_after_first_word(client, engine, talk)
    with serving(create_app(settings)) as client:
        talk = client.get(f"/api/conversations/{talk['id']}").json()
        assert (talk["messages"][1]["state"], talk["busy"]) == ("partial", False)


def test_words_arrive_while_the_engine_still_speaks(
    client: httpx.Client, engine: ScriptedEngine
) -> None:
    engine.reply, engine.delay = "一二三四五", 0.1
    talk = open_conversation(client)
    url = f"/api/conversations/{talk['id']}/messages"
    with client.stream("POST", url, json={"content": "数。", "stream": True}) as response:
        lines = response.iter_lines()
        first = next(line for line in lines if line.startswith('data: {"text"'))
        assert (first, engine.running) == ('data: {"text": "一"}', 1)
        rest = [line for line in lines if line.startswith('data: {"text"')]
    assert rest == [f'data: {{"text": "{word}"}}' for word in "二三四五"]

"""Clients that go: the engine stops within a second, and what arrived is stored."""

import json
import socket
import struct
import time
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


def after(client: httpx.Client, engine: ScriptedEngine, talk: Json) -> list[Json]:
    """The messages once the engine stopped, which it must within a second."""
    wait_for(lambda: engine.running == 0, seconds=1)
    url = f"/api/conversations/{talk['id']}"
    wait_for(lambda: not client.get(url).json()["busy"], seconds=2)
    messages: list[Json] = client.get(url).json()["messages"]
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


def leave_before_first_word(
    client: httpx.Client, engine: ScriptedEngine, talk: Json, *, stream: bool
) -> None:
    engine.delay = 30
    with asked(client, talk, stream=stream):
        wait_for(lambda: engine.running == 1, seconds=10)


def test_leaving_a_stream(client: httpx.Client, engine: ScriptedEngine) -> None:
    talk = open_conversation(client)
    leave_after_first_word(client, engine, talk)
    message, reply = after(client, engine, talk)
    assert message["content"] == "Hello?"
    assert (reply["state"], reply["finish_reason"]) == ("partial", "cancelled")
    assert WORDS.startswith(reply["content"])
    assert 0 < len(reply["content"]) < len(WORDS) / 2


@pytest.mark.parametrize("reset", [False, True], ids=["closed", "reset"])
def test_a_connection_that_is_dropped(
    client: httpx.Client, engine: ScriptedEngine, reset: bool
) -> None:
    engine.delay = 0.02
    talk = open_conversation(client)
    with asked(client, talk, stream=True) as connection:
        while b"event: delta" not in connection.recv(65_536):
            pass
        assert engine.running == 1
        if reset:  # no farewell, as from a process that is killed
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    _, reply = after(client, engine, talk)
    assert (reply["state"], reply["finish_reason"]) == ("partial", "cancelled")


def test_leaving_a_stream_before_its_first_word(
    client: httpx.Client, engine: ScriptedEngine
) -> None:
    talk = open_conversation(client)
    leave_before_first_word(client, engine, talk, stream=True)
    assert [message["content"] for message in after(client, engine, talk)] == ["Hello?"]


def test_not_waiting_for_an_answer(client: httpx.Client, engine: ScriptedEngine) -> None:
    talk = open_conversation(client)
    leave_before_first_word(client, engine, talk, stream=False)
    assert [message["content"] for message in after(client, engine, talk)] == ["Hello?"]


def test_not_waiting_for_the_end_of_an_answer(client: httpx.Client, engine: ScriptedEngine) -> None:
    talk = open_conversation(client)
    engine.delay = 0.02
    with asked(client, talk, stream=False):
        wait_for(lambda: engine.running == 1, seconds=10)
        time.sleep(0.3)  # a dozen words
    _, reply = after(client, engine, talk)
    assert (reply["state"], reply["finish_reason"]) == ("partial", "cancelled")
    assert WORDS.startswith(reply["content"])


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

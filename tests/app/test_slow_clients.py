"""Clients that leave things half done: heads, bodies, answers, and the connection itself."""

import asyncio
import threading
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI
from fastapi.responses import StreamingResponse

from app.engines.scripted import ScriptedEngine
from app.http import connections
from app.main import create_app
from tests.app.conftest import make_settings
from tests.app.raw_http import RawClient, connected
from tests.app.serving import open_conversation, serving

CHUNK = b"x" * 65_536


@pytest.fixture
def database(sqlite_template: Path, tmp_path: Path) -> str:
    (tmp_path / "offbook.sqlite3").write_bytes(sqlite_template.read_bytes())
    return f"sqlite:///{tmp_path / 'offbook.sqlite3'}"


@pytest.fixture
def client(database: str, tmp_path: Path) -> Iterator[httpx.Client]:
    """A service with little patience."""
    patience = {
        "head_timeout": 0.5,
        "body_idle_timeout": 0.5,
        "body_rate": 10_000,
        "body_grace": 0.5,
    }
    settings = make_settings(
        database,
        tmp_path,
        server={"host": "0.0.0.0", **patience},
        access={"admin_key": "ob_a_key_of_the_test"},
    )
    with serving(create_app(settings), **patience) as client:
        yield client


def post(raw: RawClient, *headers: str) -> None:
    raw.head("POST /api/admin/session", "Content-Type: application/json", *headers)


def test_a_body_that_stops_coming_is_given_up(client: httpx.Client) -> None:
    for length in ("Content-Length: 100", "Transfer-Encoding: chunked"):
        with connected(client) as raw:
            post(raw, length)
            raw.send(b'5\r\n{"key\r\n')
            answer = raw.answer()
            assert answer.startswith(b"HTTP/1.1 408 "), answer
            assert b'"too_slow"' in answer
            assert raw.ended()


def test_a_body_that_drips_is_given_up(client: httpx.Client) -> None:
    with connected(client) as raw:
        post(raw, "Content-Length: 15000")
        assert raw.drip(b" ", 0.05).startswith(b"HTTP/1.1 408 ")
        assert raw.ended()


def test_chunks_that_bring_nothing_are_no_body(client: httpx.Client) -> None:
    with connected(client) as raw:
        post(raw, "Transfer-Encoding: chunked")
        # The extension of a chunk that never begins.
        assert raw.drip(b"1;" + b"x" * 100, 0.05).startswith(b"HTTP/1.1 4")
        assert raw.ended()


def test_whoever_sends_without_end_but_may_not_is_cut_off(
    client: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connections, "LINGER_SECONDS", 0.5)
    with connected(client) as raw:
        raw.head("POST /api/scripts", "Content-Type: text/plain", "Content-Length: 400000000")
        assert raw.answer().startswith(b"HTTP/1.1 403 ")
        assert raw.drip(b" ", 0.05) == b""


def test_a_client_that_finishes_its_refused_body_may_go_on(client: httpx.Client) -> None:
    with connected(client) as raw:
        raw.head("POST /api/scripts", "Content-Type: text/plain", "Transfer-Encoding: chunked")
        assert raw.answer().startswith(b"HTTP/1.1 403 ")
        raw.send(b"3\r\nabc\r\n0\r\n\r\n")
        raw.head("GET /healthz")
        assert raw.answer().startswith(b"HTTP/1.1 200 ")


def test_a_client_that_asks_first_is_not_asked_for_the_body(client: httpx.Client) -> None:
    with connected(client) as raw:
        length = "Content-Length: 400000000"
        raw.head("POST /api/scripts", "Expect: 100-continue", length)
        assert raw.answer().startswith(b"HTTP/1.1 403 ")
        assert raw.ended()  # whether a body or a request comes next, only the client knows
    with connected(client) as raw:
        post(raw, "Expect: 100-continue", "Content-Length: 15")
        assert raw.socket.recv(25) == b"HTTP/1.1 100 Continue\r\n\r\n"
        raw.send(b'{"key": "wrong"')
        assert raw.answer().startswith(b"HTTP/1.1 422 ")


@pytest.mark.parametrize(
    "lengths",
    [
        ("Content-Length: -5",),
        ("Content-Length: 5", "Content-Length: 6"),
        ("Content-Length: 5", "Transfer-Encoding: chunked"),
        ("Content-Length: 5x",),
    ],
)
def test_lengths_that_cannot_be_are_refused(client: httpx.Client, lengths: tuple[str]) -> None:
    with connected(client) as raw:
        post(raw, *lengths)
        raw.send(b"0\r\n\r\nGET /metrics HTTP/1.1\r\n\r\n")
        assert raw.answer().startswith(b"HTTP/1.1 4")
        assert raw.ended()


@pytest.mark.parametrize("begun", [b"", b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Slow: "])
def test_a_head_that_never_ends_is_given_up(client: httpx.Client, begun: bytes) -> None:
    with connected(client) as raw:
        raw.send(begun)
        assert raw.drip(b"x" if begun else b"\r\n", 0.05) == b""


def test_between_two_requests_nothing_but_a_request_counts(client: httpx.Client) -> None:
    with connected(client) as raw:
        raw.head("GET /healthz")
        assert raw.answer().startswith(b"HTTP/1.1 200 ")
        assert raw.drip(b"\r\n", 0.05) == b""


@pytest.mark.parametrize(
    "begun",
    [
        b"GET /healthz HTTP/1.1\r\nX-Long: ",
        b"GET /",
        b"POST /api/admin/session HTTP/1.1\r\nHost: 127.0.0.1\r\n"
        b"Transfer-Encoding: chunked\r\n\r\n0\r\nX-Trailer: ",
    ],
    ids=["header", "address", "trailer"],
)
def test_no_part_of_a_head_grows_for_ever(client: httpx.Client, begun: bytes) -> None:
    with connected(client) as raw:
        raw.send(begun)
        taken = 0
        try:
            while taken < 50_000_000:
                taken += raw.socket.send(CHUNK)
        except OSError:
            pass
        assert taken < 50_000_000
        assert raw.ended()


@pytest.mark.parametrize(
    "headers",
    [
        ["Cookie: offbook_visitor=" + "c" * 100_000],
        [f"X-{n}: 1" for n in range(100)],
        ["X-Name-" + "n" * 70_000 + ": 1"],
    ],
    ids=["cookie", "many", "name"],
)
def test_a_head_larger_than_any_client_s_is_refused(
    client: httpx.Client, headers: list[str]
) -> None:
    with connected(client) as raw:
        raw.head("GET /healthz", *headers)
        assert raw.answer().startswith(b"HTTP/1.1 431 ")
        assert raw.ended()
    few = {f"X-{n}": "x" * 500 for n in range(60)}
    assert client.get("/healthz", headers=few).status_code == 200


def test_ranges_and_long_queries_cost_nothing(client: httpx.Client) -> None:
    ranges = ",".join(f"{n}-{n}" for n in range(5_000))
    asked = client.get("/static/js/en.js", headers={"Range": f"bytes={ranges}"})
    assert asked.status_code == 200  # whole: a page's files are small
    query = "&".join(f"q{n}=1" for n in range(5_000))
    assert client.get(f"/healthz?{query}").status_code == 200


def test_connections_beyond_the_most_are_turned_away(database: str, tmp_path: Path) -> None:
    settings = make_settings(database, tmp_path)
    with (
        serving(create_app(settings), connections=2) as client,
        connected(client) as first,
        connected(client) as second,
    ):
        for raw in (first, second):
            raw.head("GET /healthz")
            assert raw.answer().startswith(b"HTTP/1.1 200 ")
        with connected(client) as third:
            assert third.answer().startswith(b"HTTP/1.1 503 ")
            assert third.ended()
        first.head("GET /healthz")
        assert first.answer().startswith(b"HTTP/1.1 200 ")


def test_a_whole_body_may_be_answered_for_longer(database: str, tmp_path: Path) -> None:
    settings = make_settings(database, tmp_path, server={"body_idle_timeout": 0.5})
    engine = ScriptedEngine(reply="Yes, my dear friend, I shall.", delay=0.2)  # 8 pieces
    with serving(create_app(settings, engine=engine)) as client:
        talk = open_conversation(client)
        message = {"content": "Well?", "stream": True}
        answer = client.post(f"/api/conversations/{talk['id']}/messages", json=message)
        assert "event: done" in answer.text


class Fountain:
    """An application that streams for as long as it is read."""

    def __init__(self) -> None:
        self.over = threading.Event()
        self.app = FastAPI()
        self.app.add_api_route("/", self._answer, response_model=None)
        self.app.add_api_route("/short", self._short, response_model=None)

    async def _answer(self) -> StreamingResponse:
        return StreamingResponse(self._water())

    async def _short(self) -> StreamingResponse:
        return StreamingResponse(self._water(200))

    async def _water(self, chunks: int = 1_000_000) -> AsyncIterator[bytes]:
        try:
            for _ in range(chunks):
                yield CHUNK
                await asyncio.sleep(0)
        finally:
            self.over.set()


def test_a_listener_who_does_not_read_is_cut_off() -> None:
    fountain = Fountain()
    with serving(fountain.app, write_timeout=0.5) as client, connected(client) as raw:
        raw.head("GET /")
        assert fountain.over.wait(20)
        assert raw.ended()  # of what had been sent by then
        whole = client.get("/short")  # whoever reads gets everything
        assert len(whole.content) == 200 * len(CHUNK)

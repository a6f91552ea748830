"""Requests to an engine's server, and the patience with its streams."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from types import SimpleNamespace

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from app.engines import connection
from app.engines.connection import LOST, EngineHttp, StreamDeadline, is_success, read_error
from app.engines.port import EngineUnavailableError

pytestmark = pytest.mark.anyio

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Engine:
    """A server with one function for every request."""

    def __init__(self) -> None:
        self.requests: list[web.Request] = []
        self.handler: Handler = self._nothing

    async def _nothing(self, request: web.Request) -> web.StreamResponse:
        return web.json_response({"said": "nothing"})

    async def answer(self, request: web.Request) -> web.StreamResponse:
        self.requests.append(request)
        await request.read()
        return await self.handler(request)


@pytest.fixture
def engine() -> Engine:
    return Engine()


@pytest.fixture
async def url(engine: Engine) -> AsyncIterator[str]:
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", engine.answer)
    async with TestServer(app) as server:
        yield str(server.make_url("/")).rstrip("/")


def says(body: bytes, status: int = 200, **headers: str) -> Handler:
    async def answer(_: web.Request) -> web.StreamResponse:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return web.Response(body=body, status=status, headers=named)

    return answer


@pytest.mark.parametrize("reset", [False, True])
async def test_the_key_goes_with_every_request_and_cookies_do_not(
    engine: Engine, url: str, reset: bool
) -> None:
    http = EngineHttp(url, "a-key", 5, reset=reset)
    engine.handler = says(b"{}", Set_Cookie="session=1")
    for _ in range(2):
        await http.ask("POST", "/tokenize", {"content": "三"})
    await http.aclose()
    for request in engine.requests:
        assert request.headers["authorization"] == "Bearer a-key"
        assert request.headers["accept-encoding"] == "identity"
        assert "cookie" not in request.headers
    assert await engine.requests[0].json() == {"content": "三"}


@pytest.mark.parametrize("suffix", ["", "/", "/v1", "/v1/", "//"])
async def test_the_address_may_end_as_people_write_it(
    engine: Engine, url: str, suffix: str
) -> None:
    http = EngineHttp(url + suffix, None, 5, reset=False)
    await http.ask("GET", "/v1/models")
    await http.aclose()
    assert engine.requests[0].path == "/v1/models"
    assert "authorization" not in engine.requests[0].headers


async def test_an_answer_is_read_up_to_its_bound(engine: Engine, url: str) -> None:
    http = EngineHttp(url, None, 5, reset=False)
    engine.handler = says(b"x" * 1_000)
    answer = await http.ask("GET", "/health", most_bytes=1_000)
    assert (answer.status, answer.body) == (200, b"x" * 1_000)
    with pytest.raises(EngineUnavailableError, match="/health with more than 999 bytes"):
        await http.ask("GET", "/health", most_bytes=999)
    await http.aclose()


async def test_of_an_error_the_beginning_is_read(engine: Engine, url: str) -> None:
    http = EngineHttp(url, None, 5, reset=False)
    engine.handler = says(b"e" * 100_000, 500, Retry_After="7")
    answer = await http.ask("GET", "/health", most_bytes=10)
    assert (answer.status, len(answer.body)) == (500, 64_000)
    assert answer.headers["retry-after"] == "7"
    response = await http.send("GET", "/health")
    assert len(await read_error(response)) == 64_000
    assert response.closed
    await http.aclose()


@pytest.mark.parametrize("coding", ["gzip", "br", "x-unknown", "identity, gzip"])
async def test_a_compressed_answer_is_refused_unread(engine: Engine, url: str, coding: str) -> None:
    http = EngineHttp(url, None, 5, reset=False)
    engine.handler = says(b"x", Content_Encoding=coding)
    with pytest.raises(EngineUnavailableError, match="compresses"):
        await http.ask("GET", "/health")
    engine.handler = says(b"x", Content_Encoding=" Identity ")
    assert (await http.ask("GET", "/health")).body == b"x"
    await http.aclose()


async def test_closing_ends_requests_that_wait_for_a_head(engine: Engine, url: str) -> None:
    begun, never = asyncio.Event(), asyncio.Event()

    async def hang(_: web.Request) -> web.StreamResponse:
        begun.set()
        await never.wait()
        return web.Response()

    engine.handler = hang
    http = EngineHttp(url, None, 5, reset=True)
    waiting = asyncio.create_task(http.ask("GET", "/health"))
    await begun.wait()
    await http.aclose()
    with pytest.raises(LOST, match="The engine is closed"):
        await waiting
    with pytest.raises(LOST, match="The engine is closed"):
        await http.send("GET", "/health")
    never.set()


async def test_closing_before_the_first_request_is_nothing() -> None:
    await EngineHttp("http://127.0.0.1:9", None, 5, reset=False).aclose()


@pytest.mark.parametrize(
    ("status", "success"), [(199, False), (200, True), (204, True), (299, True), (300, False)]
)
def test_a_success_is_in_the_two_hundreds(status: int, success: bool) -> None:
    assert is_success(status) == success


class Stream:
    """The part of a response that a timer closes."""

    closed = False

    def close(self) -> None:
        self.closed = True


class Loop:
    """The part of an event loop that sets timers, with a clock of the test's own."""

    def __init__(self) -> None:
        self.now = 0.0
        self.timers: list[Timer] = []

    def time(self) -> float:
        return self.now

    def call_at(self, when: float, call: Callable[[], None]) -> "Timer":
        timer = Timer(when, call)
        self.timers.append(timer)
        return timer

    def pass_to(self, now: float) -> None:
        self.now = now
        due = [timer for timer in self.timers if timer.at <= now]
        self.timers = [timer for timer in self.timers if timer.at > now]
        for timer in due:
            if not timer.cancelled:
                timer.call()


class Timer:
    def __init__(self, at: float, call: Callable[[], None]) -> None:
        self.at, self.call, self.cancelled = at, call, False

    def when(self) -> float:
        return self.at

    def cancel(self) -> None:
        self.cancelled = True


@pytest.fixture
def loop(monkeypatch: pytest.MonkeyPatch) -> Loop:
    loop = Loop()
    monkeypatch.setattr(connection, "asyncio", SimpleNamespace(get_running_loop=lambda: loop))
    return loop


def patience(until: float, latest: float) -> tuple[StreamDeadline, Stream]:
    stream = Stream()
    return StreamDeadline(stream, until, latest), stream  # type: ignore[arg-type]  # a stand-in


def test_a_silent_stream_is_closed_at_its_time(loop: Loop) -> None:
    waiting, stream = patience(10, 100)
    loop.pass_to(9.9)
    assert not stream.closed
    loop.pass_to(10)
    assert (stream.closed, waiting.lost, waiting.is_total_time_over) == (True, True, False)


def test_every_token_renews_it_without_a_timer_of_its_own(loop: Loop) -> None:
    waiting, stream = patience(10, 100)
    for now in range(1, 30):
        loop.pass_to(now)
        waiting.renew(10)
    assert not stream.closed
    assert len([timer for timer in loop.timers if not timer.cancelled]) == 1
    loop.pass_to(38.9)
    assert not stream.closed
    loop.pass_to(39)
    assert waiting.lost


def test_a_shorter_time_counts_at_once(loop: Loop) -> None:
    waiting, stream = patience(120, 1_000)  # for the first token of a long prompt
    loop.pass_to(5)
    waiting.renew(3)
    loop.pass_to(8)
    assert (stream.closed, waiting.lost) == (True, True)


def test_a_stream_that_never_pauses_ends_with_its_total_time(loop: Loop) -> None:
    waiting, stream = patience(10, 30)
    for now in range(1, 30):
        loop.pass_to(now)
        waiting.renew(10)
    loop.pass_to(30)
    assert (stream.closed, waiting.is_total_time_over) == (True, True)


def test_a_first_time_beyond_the_total_is_cut(loop: Loop) -> None:
    waiting, stream = patience(50, 30)
    loop.pass_to(30)
    assert (stream.closed, waiting.is_total_time_over) == (True, True)


def test_an_ended_stream_is_left_alone(loop: Loop) -> None:
    waiting, stream = patience(10, 100)
    waiting.end()
    loop.pass_to(1_000)
    assert (stream.closed, waiting.lost, waiting.is_total_time_over) == (False, False, False)

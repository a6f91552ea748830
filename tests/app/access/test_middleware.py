"""Requests of other sites and under other names end before any route sees them."""

from pathlib import Path
from typing import Any

import pytest
from starlette.types import Message, Receive, Scope, Send

from app.access.middleware import DefaultHeadersMiddleware, OriginGuardMiddleware
from app.settings import Settings
from tests.app.conftest import make_settings

pytestmark = pytest.mark.anyio

Headers = list[tuple[str, str]]


class Inside:
    """The application behind the middleware: it counts requests, and answers 204."""

    def __init__(self, *headers: tuple[bytes, bytes]) -> None:
        self.requests = 0
        self._headers = list(headers)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.requests += 1
        await send({"type": "http.response.start", "status": 204, "headers": self._headers})
        await send({"type": "http.response.body", "body": b""})


def scope_of(method: str, path: str, headers: Headers, *, kind: str = "http") -> dict[str, Any]:
    return {
        "type": kind,
        "method": method,
        "path": path,
        "headers": [(name.lower().encode(), value.encode("latin-1")) for name, value in headers],
    }


async def messages_of(app: Any, scope: dict[str, Any]) -> list[Message]:
    sent: list[Message] = []

    async def receive() -> Message:
        raise AssertionError("A body was read.")

    async def send(message: Message) -> None:
        sent.append(message)

    await app(scope, receive, send)
    return sent


async def code(
    settings: Settings, headers: Headers, *, method: str = "POST", path: str = "/api/x"
) -> str:
    """The refusal's code, or the status of the application."""
    inside = Inside()
    sent = await messages_of(
        OriginGuardMiddleware(inside, settings), scope_of(method, path, headers)
    )
    if inside.requests:
        return str(sent[0]["status"])
    assert sent[0]["status"] == 403
    body = sent[1]["body"].decode()
    return next(each for each in ("unknown_host", "foreign_origin") if f'"{each}"' in body)


@pytest.fixture
def loopback(tmp_path: Path) -> Settings:
    return make_settings("", tmp_path)


@pytest.fixture
def public(tmp_path: Path) -> Settings:
    """A service that any name may reach, with a page of another site that may call ``/v1``."""
    return make_settings(
        "",
        tmp_path,
        server={"host": "0.0.0.0"},
        openai_api={"origins": ["https://Chat.example"]},
    )


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.1:8000", "LOCALHOST:1", "[::1]:8000"])
async def test_a_loopback_service_has_the_names_of_its_machine(
    loopback: Settings, host: str
) -> None:
    assert await code(loopback, [("Host", host)]) == "204"
    assert await code(loopback, [("Host", host)], method="GET") == "204"


@pytest.mark.parametrize(
    "headers",
    [
        [],
        [("Host", "")],
        [("Host", "rebound.example")],
        [("Host", "127.0.0.1.example")],
        [("Host", "127.0.0.1"), ("Host", "127.0.0.1")],
        [("Host", "rebound.example"), ("X-Forwarded-Host", "127.0.0.1")],
        [("Host", "[::1")],
        [("Host", "\xe4")],
    ],
)
async def test_other_names_are_unknown_for_reading_too(
    loopback: Settings, headers: Headers
) -> None:
    for method in ("GET", "POST", "OPTIONS"):
        assert await code(loopback, headers, method=method) == "unknown_host"


async def test_listed_names_are_added_to_those_of_the_machine(tmp_path: Path) -> None:
    settings = make_settings("", tmp_path, access={"allowed_hosts": ["Offbook.Example"]})
    for host in ("offbook.example", "OFFBOOK.EXAMPLE:8443", "127.0.0.1:8000"):
        assert await code(settings, [("Host", host)]) == "204"
    assert await code(settings, [("Host", "other.example")]) == "unknown_host"


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/metrics"])
async def test_probes_use_the_address_of_a_process(tmp_path: Path, path: str) -> None:
    access = {"allowed_hosts": ["offbook.example"]}
    public = make_settings("", tmp_path, server={"host": "0.0.0.0"}, access=access)
    probe: Headers = [("Host", "10.244.1.7:8000")]
    assert await code(public, probe, method="GET", path=path) == "204"
    assert await code(public, probe, method="GET", path="/api/status") == "unknown_host"
    # A loopback service may be open, so that its own pages alone may read it.
    local = make_settings("", tmp_path, access=access)
    assert await code(local, probe, method="GET", path=path) == "unknown_host"


@pytest.mark.parametrize(
    ("host", "origin", "expected"),
    [
        ("offbook.example", "https://offbook.example", "204"),
        ("offbook.example:8443", "https://OFFBOOK.example:8443", "204"),
        ("offbook.example", "https://offbook.example:8443", "foreign_origin"),
        ("offbook.example", "https://evil.example", "foreign_origin"),
        ("offbook.example", "https://offbook.example.evil.example", "foreign_origin"),
        ("offbook.example", "null", "foreign_origin"),
        ("offbook.example", "offbook.example", "foreign_origin"),
        ("", "null", "foreign_origin"),
        ("", "https://", "foreign_origin"),
    ],
)
async def test_changes_come_from_the_services_own_pages(
    public: Settings, host: str, origin: str, expected: str
) -> None:
    headers = [("Host", host), ("Origin", origin)]
    for method in ("POST", "PUT", "PATCH", "DELETE", "BREW"):
        assert await code(public, headers, method=method) == expected
    for method in ("GET", "HEAD", "OPTIONS"):
        assert await code(public, headers, method=method) == "204"


async def test_a_request_without_a_host_is_nobodys_own(public: Settings) -> None:
    assert await code(public, [("Origin", "null")]) == "foreign_origin"
    assert await code(public, []) == "204"  # a program's, which sends no Origin


async def test_a_listed_page_may_call_the_openai_api_and_nothing_else(public: Settings) -> None:
    headers = [("Host", "offbook.example"), ("Origin", "https://chat.EXAMPLE")]
    assert await code(public, headers, path="/v1/chat/completions") == "204"
    assert await code(public, headers, path="/api/conversations") == "foreign_origin"


async def test_a_websocket_is_a_change_whatever_it_asks_for(public: Settings) -> None:
    scope = scope_of(
        "GET", "/", [("Host", "a"), ("Origin", "https://evil.example")], kind="websocket"
    )
    inside = Inside()
    sent = await messages_of(OriginGuardMiddleware(inside, public), scope)
    assert sent == [{"type": "websocket.close", "code": 1008, "reason": "foreign_origin"}]
    assert inside.requests == 0


async def test_answers_get_default_headers_and_keep_their_own() -> None:
    async def headers_of(*own: tuple[bytes, bytes]) -> dict[bytes, bytes]:
        app = DefaultHeadersMiddleware(Inside(*own))
        sent = await messages_of(app, scope_of("GET", "/", []))
        return dict(sent[0]["headers"])

    assert await headers_of() == {
        b"x-content-type-options": b"nosniff",
        b"cache-control": b"no-store",
    }
    kept = await headers_of((b"cache-control", b"max-age=60"), (b"etag", b"1"))
    assert kept[b"cache-control"] == b"max-age=60"
    assert kept[b"etag"] == b"1"
    assert kept[b"x-content-type-options"] == b"nosniff"

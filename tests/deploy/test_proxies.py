"""The service behind the proxies of ``deploy/``: what comes through, and what does not."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import httpx
import pytest

from tests.app.engines.fake_vllm import FakeVLLM, ServerThread, app_of
from tests.app.raw_http import RawClient
from tests.app.running import SCRIPT, Json, as_object, error_of
from tests.app.serving import wait_for
from tests.app.test_killed import Service, service
from tests.deploy.proxies import CADDY, NAME, NGINX, Proxy, caddy, nginx

pytestmark = [pytest.mark.slow, pytest.mark.timeout(180)]

KEY = "ob_the-key-of-these-tests"
BEARER = {"Authorization": f"Bearer {KEY}"}
Start = Callable[..., AbstractContextManager[Proxy]]
FORGED = {
    "X-Forwarded-For": "203.0.113.7",
    "X-Forwarded-Host": "evil.example.com",
    "X-Real-IP": "203.0.113.7",
    "Forwarded": "for=203.0.113.7",
}
"""What a client sends that wants to be somebody else."""


@pytest.fixture(scope="module")
def engine() -> Iterator[FakeVLLM]:
    fake = FakeVLLM(reply="word " * 400, piece=5, delay=0.05)
    server = ServerThread(app_of(fake))
    fake.base_url = server.base_url
    yield fake
    server.close()


@pytest.fixture(scope="module")
def offbook(tmp_path_factory: pytest.TempPathFactory, engine: FakeVLLM) -> Iterator[Service]:
    """A service as behind a proxy: it knows its name and its key."""
    environment = {
        "OFFBOOK_ENGINE__KIND": "openai",
        "OFFBOOK_ENGINE__BASE_URL": engine.base_url,
        "OFFBOOK_SERVER__HOST": "0.0.0.0",
        "OFFBOOK_SERVER__BODY_IDLE_TIMEOUT": "3",
        "OFFBOOK_SERVER__SHUTDOWN_TIMEOUT": "0",
        "OFFBOOK_ACCESS__ADMIN_KEY": KEY,
        "OFFBOOK_ACCESS__ALLOWED_HOSTS": json.dumps([NAME]),
        "OFFBOOK_ACCESS__TRUSTED_PROXIES": json.dumps(["127.0.0.1"]),
    }
    with service(tmp_path_factory.mktemp("offbook"), **environment) as running:
        yield running


@pytest.fixture(
    scope="module",
    params=[
        pytest.param(
            nginx, id="nginx", marks=pytest.mark.skipif(not NGINX, reason="nginx is not installed")
        ),
        pytest.param(
            caddy, id="caddy", marks=pytest.mark.skipif(not CADDY, reason="caddy is not installed")
        ),
    ],
)
def start(request: pytest.FixtureRequest) -> Start:
    """How the proxy is started that the tests are about."""
    started: Start = request.param
    return started


@pytest.fixture(scope="module")
def proxy(
    start: Start, offbook: Service, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Proxy]:
    port = offbook.port
    with start(tmp_path_factory.mktemp("proxy"), port) as running:
        yield running


@pytest.fixture(scope="module")
def talk(proxy: Proxy) -> Json:
    """A conversation, made through the proxy."""
    with proxy.client(**BEARER) as admin:
        files = {"file": ("Ben.txt", SCRIPT.encode())}
        assert admin.post("/api/characters/import", files=files).status_code == 202
        wait_for(lambda: admin.get("/api/characters/ben").json()["status"] == "ready", seconds=20)
    with proxy.client() as visitor:
        response = visitor.post("/api/conversations", json={"character": "ben"})
        assert response.status_code == 201
        return {**as_object(response), "cookies": dict(response.cookies)}


def test_pages_and_api_come_through(proxy: Proxy, offbook: Service) -> None:
    with proxy.client() as http:
        assert "<!doctype html>" in http.get("/").text.lower()
        assert http.get("/api/status").status_code == 200
    # Only by its name; the proxy passes on what it was asked by.
    with proxy.client(Host="evil.example.com") as http:
        refused = http.get("/api/status").text
        assert refused == "" or "unknown_host" in refused
    assert offbook.http.get("/api/status").status_code == 403


def test_a_page_may_send_and_another_site_s_may_not(proxy: Proxy) -> None:
    for origin, status in (
        (f"{proxy.scheme}://{NAME}", 401),
        ("https://evil.example.com", 403),
    ):
        with proxy.client(Origin=origin) as http:
            assert http.post("/api/admin/session", json={"key": "x"}).status_code == status


def test_a_stream_arrives_event_by_event(proxy: Proxy, talk: Json, engine: FakeVLLM) -> None:
    with proxy.client() as http:
        http.cookies.update(talk["cookies"])
        body = {"content": "Hello?", "stream": True}
        url = f"/api/conversations/{talk['id']}/messages"
        with http.stream("POST", url, json=body) as response:
            assert response.status_code == 200
            for line in response.iter_lines():
                if line == "event: delta":
                    break
            assert engine.running == 1  # twenty seconds of words are still to come
        # Who comes back hears it word by word, too.
        url = f"/api/conversations/{talk['id']}/turn"
        with http.stream("GET", url) as response:
            assert response.headers["content-type"].startswith("text/event-stream")
            deltas = (line for line in response.iter_lines() if line == "event: delta")
            assert [next(deltas), next(deltas)] == ["event: delta"] * 2
            assert engine.running == 1
        assert http.delete(url).status_code == 204
    wait_for(lambda: engine.running == 0, seconds=20)


def test_a_slow_head_is_cut_off(start: Start, offbook: Service, tmp_path: Path) -> None:
    name = "client_header_timeout" if start is nginx else "read_header"
    with (
        start(tmp_path, offbook.port, **{name: "1s"}) as impatient,
        impatient.connect() as connection,
    ):
        raw = RawClient(connection)
        raw.send(b"GET /healthz HTTP/1.1\r\nX-Slow: ")
        assert raw.drip(b"x", 0.1)[:12] in {b"", b"HTTP/1.1 408", b"HTTP/1.1 400"}


def test_a_body_that_stops_is_cut_off(start: Start, offbook: Service, tmp_path: Path) -> None:
    own = "client_body_timeout" if start is nginx else "read_body"
    with (
        start(tmp_path, offbook.port, **{own: "1s"}) as impatient,
        impatient.connect() as connection,
    ):
        raw = RawClient(connection)
        raw.send(
            f"POST /api/admin/session HTTP/1.1\r\nHost: {NAME}\r\n"
            "Content-Type: application/json\r\nContent-Length: 100\r\n\r\n{".encode()
        )
        assert not raw.answer().startswith(b"HTTP/1.1 2")
        assert raw.ended()


@pytest.mark.parametrize(
    ("size", "bearer", "status", "code"),
    [
        (150_000_000, "", 403, b"uploads_closed"),
        (250_000_000, f"Bearer {KEY}", 413, b"too_large"),
    ],
    ids=["not_allowed", "oversized"],
)
def test_an_upload_is_refused_before_it_came(
    proxy: Proxy, size: int, bearer: str, status: int, code: bytes
) -> None:
    with proxy.connect() as connection:
        raw = RawClient(connection)
        raw.send(
            f"POST /api/scripts HTTP/1.1\r\nHost: {NAME}\r\nAuthorization: {bearer}\r\n"
            "Content-Type: multipart/form-data; boundary=cut\r\n"
            f"Content-Length: {size}\r\n\r\n".encode()
        )
        answer = raw.drip(b"--cut\r\n", 0.05)  # Caddy passes an early answer on with the next piece
        assert answer.startswith(f"HTTP/1.1 {status} ".encode())
        assert code in answer


def test_the_scheme_is_the_proxy_s_word(proxy: Proxy, talk: Json) -> None:
    other = {"https": "http", "http": "https"}[proxy.scheme]
    with proxy.client(**{"X-Forwarded-Proto": other}, **FORGED) as http:
        cookie = http.get("/").headers["set-cookie"]
        assert ("Secure" in cookie) == (proxy.scheme == "https")


class Echo(BaseHTTPRequestHandler):
    """Answers with the headers it was asked with."""

    def do_GET(self) -> None:
        body = json.dumps(self.headers.items()).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


def test_the_service_hears_of_the_peer_and_not_of_what_it_claims(
    start: Start, tmp_path: Path
) -> None:
    server = HTTPServer(("127.0.0.1", 0), Echo)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        with start(tmp_path, server.server_port) as proxy, proxy.client(**FORGED) as http:
            passed = [(name.lower(), value) for name, value in http.get("/").json()]
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
    assert [value for name, value in passed if name == "x-forwarded-for"] == ["127.0.0.1"]
    assert [value for name, value in passed if name == "x-forwarded-proto"] == [proxy.scheme]
    assert [value for name, value in passed if name == "host"] == [NAME]
    assert not {name for name, _ in passed} & {"forwarded", "x-real-ip", "x-forwarded-host"}


@pytest.mark.skipif(not NGINX, reason="nginx is not installed")
def test_nginx_sends_people_on_and_holds_back_who_asks_too_often(
    offbook: Service, tmp_path: Path
) -> None:
    with nginx(tmp_path, offbook.port) as proxy, proxy.client() as http:
        plain = httpx.get(f"http://127.0.0.1:{proxy.plain_port}/scripts?q=1", headers={"Host": "x"})
        assert plain.headers["location"] == f"https://{NAME}/scripts?q=1"
        refused = None
        for _ in range(2_000):
            response = http.get("/healthz")
            if response.status_code == 429:
                refused = response
                break
        assert refused is not None
        assert error_of(refused)["code"] == "too_many_requests"
        assert refused.headers["retry-after"] == "5"

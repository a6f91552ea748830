"""Whose word counts about where a request came from."""

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from structlog.testing import capture_logs

from app.access.addresses import Client
from app.access.forwarding import ClientResolver
from app.main import create_app
from app.settings import AccessSettings
from tests.app.access.calling import KEY, SESSION, STATS, caller, guarded, sign_in
from tests.app.conftest import make_settings
from tests.app.running import Running, running
from tests.app.serving import serving

pytestmark = [pytest.mark.anyio, pytest.mark.one_database]

TRUSTED = ["10.0.0.0/8", "2001:db8:ffff::/48"]
CLIENT = "203.0.113.9"


def resolved(peer: str | None, *headers: tuple[str, str], scheme: str = "http") -> Client:
    """The client that a request with these headers has, seen from the trusted proxies' side."""
    access = AccessSettings.model_validate({"trusted_proxies": TRUSTED})
    return ClientResolver(access.trusted_proxies).resolve(
        {
            "type": "http",
            "scheme": scheme,
            "client": None if peer is None else (peer, 1),
            "headers": [(name.lower().encode(), value.encode()) for name, value in headers],
        }
    )


def xff(value: str) -> tuple[str, str]:
    return "X-Forwarded-For", value


@pytest.mark.parametrize(
    ("peer", "headers", "address"),
    [
        ("192.0.2.1", [xff(CLIENT)], "192.0.2.1"),  # an untrusted peer is the client
        ("127.0.0.1", [xff(CLIENT)], "127.0.0.1"),  # loopback is not trusted by itself
        (None, [xff(CLIENT)], ""),
        ("10.0.0.1", [], "10.0.0.1"),
        ("10.0.0.1", [xff(CLIENT)], CLIENT),
        ("::ffff:10.0.0.1", [xff(CLIENT)], CLIENT),
        ("2001:db8:ffff::5", [xff("2001:db8::7")], "2001:db8::7"),
        ("10.0.0.1", [xff(f"198.51.100.1, {CLIENT}")], CLIENT),  # the left one is invented
        ("10.0.0.1", [xff(f"{CLIENT}, 10.0.0.2")], CLIENT),  # through two proxies
        ("10.0.0.1", [xff(CLIENT), xff("10.0.0.2")], CLIENT),  # each in a line of its own
        ("10.0.0.1", [xff(f"127.0.0.1, {CLIENT}, 10.0.0.2")], CLIENT),
        ("10.0.0.1", [xff("10.0.0.3, 10.0.0.2")], "10.0.0.3"),
        ("10.0.0.1", [xff(f"{CLIENT}:4711")], CLIENT),
        ("10.0.0.1", [xff("[2001:db8::7]:4711")], "2001:db8::7"),
        ("10.0.0.1", [xff("unknown")], "10.0.0.1"),
        ("10.0.0.1", [xff(f"{CLIENT}, evil, 10.0.0.2")], "10.0.0.2"),
        ("10.0.0.1", [xff("")], "10.0.0.1"),
        ("10.0.0.1", [xff("x" * 5_000)], "10.0.0.1"),
        ("10.0.0.1", [("Forwarded", f"for={CLIENT};proto=https")], CLIENT),
        ("10.0.0.1", [("Forwarded", f'for=198.51.100.1, for="{CLIENT}:80"')], CLIENT),
        ("10.0.0.1", [("Forwarded", 'For="[2001:db8::7]:80"; by=10.0.0.1')], "2001:db8::7"),
        # A quotation mark that swallows what the proxy appended.
        ("10.0.0.1", [("Forwarded", f'for="198.51.100.1, for={CLIENT}')], "10.0.0.1"),
        ("10.0.0.1", [("Forwarded", "for=_hidden")], "10.0.0.1"),
        # One of the two was sent by the client; which, is not known.
        ("10.0.0.1", [xff(CLIENT), ("Forwarded", "for=198.51.100.1")], "10.0.0.1"),
        ("10.0.0.1", [xff(CLIENT), ("Forwarded", f"for={CLIENT}")], CLIENT),
        ("10.0.0.1", [("X-Real-IP", CLIENT), ("CF-Connecting-IP", CLIENT)], "10.0.0.1"),
    ],
)
def test_the_chain_is_read_from_its_trusted_end(
    peer: str | None, headers: list[tuple[str, str]], address: str
) -> None:
    assert resolved(peer, *headers).address == address


@pytest.mark.parametrize(
    ("peer", "headers", "scheme"),
    [
        ("192.0.2.1", [("X-Forwarded-Proto", "https")], "http"),
        ("10.0.0.1", [("X-Forwarded-Proto", "https")], "https"),
        ("10.0.0.1", [("X-Forwarded-Proto", "HTTPS"), xff(CLIENT)], "https"),
        ("10.0.0.1", [("X-Forwarded-Proto", "http"), xff(CLIENT)], "http"),
        ("10.0.0.1", [("X-Forwarded-Proto", "gopher"), xff(CLIENT)], "http"),
        ("10.0.0.1", [("X-Forwarded-Proto", "https, http"), xff(f"{CLIENT}, 10.0.0.2")], "https"),
        (
            "10.0.0.1",
            [("X-Forwarded-Proto", "https, http"), xff(f"198.51.100.1, {CLIENT}")],
            "http",
        ),
        ("10.0.0.1", [("Forwarded", f"for={CLIENT};proto=https")], "https"),
        ("10.0.0.1", [("Forwarded", f"proto=https;for=1.2.3.4, for={CLIENT};proto=http")], "http"),
    ],
)
def test_the_scheme_is_the_clients(peer: str, headers: list[tuple[str, str]], scheme: str) -> None:
    assert resolved(peer, *headers).scheme == scheme


def test_limits_count_a_subscriber_of_ipv6_once() -> None:
    assert resolved("2001:db8:1:2:3::4").site == "2001:db8:1:2::/64"
    assert resolved("203.0.113.9").site == "203.0.113.9"


def test_a_long_malformed_header_takes_no_time() -> None:
    resolved("10.0.0.1", ("Forwarded", "for=1.2.3.4" + " " * 200_000 + "x"))
    resolved("10.0.0.1", ("Forwarded", " " * 200_000 + "x"))
    resolved("10.0.0.1", ("Forwarded", "a" * 200_000))


@pytest.fixture
async def stage(database_url: str, tmp_path: Path) -> AsyncIterator[Running]:
    async with running(guarded(database_url, tmp_path, trusted_proxies=TRUSTED)) as started:
        yield started


async def test_cookies_go_back_over_tls_only_where_they_came_by_it(stage: Running) -> None:
    for peer, https, secure in (
        ("10.0.0.1", "https", True),
        ("10.0.0.1", "http", False),
        ("192.0.2.1", "https", False),
    ):
        async with caller(stage, peer) as client:
            response = await sign_in(client, **{"X-Forwarded-Proto": https})
            assert ("Secure" in response.headers["set-cookie"]) == secure
            client.cookies.clear()
            visitor = await client.get("/", headers={"X-Forwarded-Proto": https})
            assert ("Secure" in visitor.headers["set-cookie"]) == secure


async def test_a_spoofed_header_changes_no_host_and_no_address(stage: Running) -> None:
    with capture_logs() as logs:
        async with caller(stage, "192.0.2.1") as client:
            spoofed = {"X-Forwarded-Host": "127.0.0.1", "Host": "evil.example"}
            assert (await client.get("/healthz", headers=spoofed)).status_code == 403
            other = {"X-Forwarded-Host": "evil.example"}
            assert (await client.get("/healthz", headers=other)).status_code == 200
            await sign_in(client, "not-the-key-of-these", **{"X-Forwarded-For": "127.0.0.1"})
    assert [each["address"] for each in logs if each["event"] == "sign_in_failed"] == ["192.0.2.1"]
    # One line an hour tells the operator of a setting that may be missing.
    ignored = [each for each in logs if each["event"] == "forwarding_header_ignored"]
    assert [(each["address"], each["header"]) for each in ignored] == [
        ("192.0.2.1", "x-forwarded-host")
    ]


async def test_clients_of_one_proxy_are_limited_apart(stage: Running) -> None:
    async with caller(stage, "10.0.0.1") as proxy:
        for number in range(20):
            await sign_in(proxy, f"wrong key {number}", **{"X-Forwarded-For": "203.0.113.66"})
        attacker = await sign_in(proxy, KEY, **{"X-Forwarded-For": "203.0.113.66"})
        assert attacker.status_code == 429
        # What the attacker puts before the address that the proxy adds changes nothing.
        moved = await sign_in(proxy, KEY, **{"X-Forwarded-For": "198.51.100.1, 203.0.113.66"})
        assert moved.status_code == 429
        assert (await sign_in(proxy, KEY, **{"X-Forwarded-For": CLIENT})).status_code == 200


def test_the_server_itself_believes_nobody(database_url: str, tmp_path: Path) -> None:
    """Over a real socket: uvicorn would take a header from loopback for the truth."""
    with serving(create_app(guarded(database_url, tmp_path))) as http:
        for number in range(10):
            moved = {"X-Forwarded-For": f"203.0.113.{number}", "X-Forwarded-Proto": "https"}
            response = http.post(SESSION, json={"key": f"wrong key {number}"}, headers=moved)
            assert response.status_code == 401
        fresh = {"X-Forwarded-For": "203.0.113.200"}
        assert (
            http.get(STATS, headers=fresh | {"Authorization": f"Bearer {KEY}"}).status_code == 429
        )


def test_an_open_server_refuses_what_a_proxy_passes_on(database_url: str, tmp_path: Path) -> None:
    with serving(create_app(make_settings(database_url, tmp_path))) as http:
        assert http.get(STATS).status_code == 200
        response: httpx.Response = http.get(STATS, headers={"X-Forwarded-For": "127.0.0.1"})
        assert response.json()["error"]["code"] == "forwarded_to_open_service"

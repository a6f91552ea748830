"""An open service is its machine's only; a key or a setting that says otherwise closes it."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from app.access import NoAdminKeyError, WeakAdminKeyError
from app.access.keys import add_key, revoke_key, visible_prefix
from app.main import create_app
from app.settings import Settings
from tests.app.access.calling import BEARER, KEY, SESSION, STATS, caller, guarded, sign_in
from tests.app.conftest import make_settings
from tests.app.running import Running, as_object, code_of, running

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize(
    ("header", "value"),
    [
        ("Forwarded", "for=203.0.113.9"),
        ("X-Forwarded-For", "203.0.113.9"),
        ("X-Forwarded-For", "127.0.0.1"),
        ("X-Forwarded-For", ""),
        ("X-Forwarded-Host", "offbook.example"),
        ("X-Forwarded-Proto", "https"),
        ("X-Forwarded-Port", "443"),
        ("X-Forwarded-Server", "proxy"),
        ("X-Forwarded-Prefix", "/offbook"),
        ("X_Forwarded_For", "203.0.113.9"),
        ("X-Real-IP", "203.0.113.9"),
        ("Via", "1.1 proxy"),
        ("CF-Connecting-IP", "203.0.113.9"),
        ("CF-Ray", "1"),
        ("True-Client-IP", "203.0.113.9"),
        ("X-Client-IP", "203.0.113.9"),
        ("X-Cluster-Client-IP", "203.0.113.9"),
        ("X-Original-Forwarded-For", "203.0.113.9"),
        ("X-Envoy-External-Address", "203.0.113.9"),
        ("Fly-Client-IP", "203.0.113.9"),
        ("Tailscale-User-Login", "ann@example.org"),
    ],
)
@pytest.mark.one_database
async def test_what_came_through_a_proxy_is_refused(
    stage: Running, header: str, value: str
) -> None:
    for method, path in (
        ("GET", STATS),
        ("GET", "/api/characters"),
        ("GET", "/"),
        ("POST", SESSION),
    ):
        response = await stage.http.request(method, path, headers={header: value})
        assert code_of(response) == "403 forwarded_to_open_service", (method, path)
        for setting in ("ADMIN_KEY", "ALLOWED_HOSTS", "TRUSTED_PROXIES"):
            assert f"OFFBOOK_ACCESS__{setting}" in response.text
    openai = await stage.http.get("/v1/models", headers={header: value})
    assert (openai.status_code, openai.json()["error"]["code"]) == (
        403,
        "forwarded_to_open_service",
    )
    assert (await stage.http.get(STATS)).status_code == 200


@pytest.mark.one_database
async def test_only_this_machine_reaches_it(stage: Running) -> None:
    for address in ("203.0.113.9", "10.0.0.7", "2001:db8::1", "::ffff:203.0.113.9", "nowhere"):
        async with caller(stage, address) as stranger:
            response = await stranger.get(STATS)
            assert code_of(response) == "403 open_service_is_local", address
    for address in ("127.0.0.1", "127.8.8.8", "::1", "::ffff:127.0.0.1"):
        async with caller(stage, address) as owner:
            assert (await owner.get(STATS)).status_code == 200, address


@pytest.mark.one_database
async def test_a_websocket_is_guarded_alike(stage: Running) -> None:
    sent: list[Any] = []

    async def receive() -> dict[str, str]:
        return {"type": "websocket.connect"}

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {
        "type": "websocket",
        "path": "/api/x",
        "raw_path": b"/api/x",
        "query_string": b"",
        "scheme": "ws",
        "root_path": "",
        "subprotocols": [],
        "headers": [(b"host", b"127.0.0.1"), (b"via", b"1.1 proxy")],
        "client": ("127.0.0.1", 1),
    }
    await stage.app(scope, receive, send)
    assert sent == [
        {"type": "websocket.close", "code": 1008, "reason": "forwarded_to_open_service"}
    ]


async def test_a_configured_key_guards_loopback(database_url: str, tmp_path: Path) -> None:
    async with running(guarded(database_url, tmp_path)) as stage:
        assert code_of(await stage.http.get(STATS)) == "401 admin_key_needed"
        assert code_of(await sign_in(stage.http, "not-the-key-of-these")) == "401 wrong_key"
        assert "set-cookie" not in (await sign_in(stage.http, "nor-is-this-the-key")).headers
        assert as_object(await stage.http.get(SESSION)) == {"required": True, "signed_in": False}
        assert as_object(await stage.http.get("/api/status"))["admin_required"]
        assert (await stage.http.get(STATS, headers=BEARER)).status_code == 200
        # A proxy's request is an ordinary one now.
        forwarded = {"X-Forwarded-For": "203.0.113.9"}
        assert code_of(await stage.http.get(STATS, headers=forwarded)) == "401 admin_key_needed"
        assert (await stage.http.get("/api/characters", headers=forwarded)).status_code == 200


async def test_a_key_in_the_table_guards_loopback(settings: Settings) -> None:
    async with running(settings) as stage, stage.services.database.write() as session:
        _, key = await add_key(session, "laptop")
    async with running(settings) as stage:
        assert code_of(await stage.http.get(STATS)) == "401 admin_key_needed"
        assert (await sign_in(stage.http, key)).status_code == 200


async def test_a_key_made_meanwhile_closes_the_service(settings: Settings) -> None:
    async with running(settings) as stage:
        assert (await stage.http.get(STATS)).status_code == 200
        async with stage.services.database.write() as session:
            await add_key(session, "laptop")
        async with asyncio.timeout(10):  # it looks once a second
            while (await stage.http.get(STATS)).status_code == 200:  # noqa: ASYNC110 (no event tells)
                await asyncio.sleep(0.05)
        assert code_of(await stage.http.get(STATS)) == "401 admin_key_needed"


async def test_a_revoked_key_keeps_it_closed(settings: Settings) -> None:
    async with running(settings) as stage, stage.services.database.write() as session:
        row, _ = await add_key(session, "laptop")
        await revoke_key(session, visible_prefix(row))
    app = create_app(settings)
    with pytest.raises(NoAdminKeyError, match="every key revoked"):
        async with app.router.lifespan_context(app):
            pass


@pytest.mark.one_database
@pytest.mark.parametrize(
    "access",
    [{"allowed_hosts": ["offbook.example"]}, {"trusted_proxies": ["127.0.0.1"]}],
)
async def test_settings_that_let_others_in_need_a_key(
    database_url: str, tmp_path: Path, access: dict[str, Any]
) -> None:
    app = create_app(make_settings(database_url, tmp_path, access=access))
    with pytest.raises(NoAdminKeyError, match=f"{next(iter(access)).upper()}.*admin-key create"):
        async with app.router.lifespan_context(app):
            pass
    async with running(guarded(database_url, tmp_path, **access)) as stage:
        assert code_of(await stage.http.get(STATS)) == "401 admin_key_needed"
        assert (await stage.http.get(STATS, headers=BEARER)).status_code == 200


@pytest.mark.one_database
@pytest.mark.parametrize("host", ["127.0.0.1", "0.0.0.0"])
async def test_a_short_configured_key_is_refused(
    database_url: str, tmp_path: Path, host: str
) -> None:
    for short in ("abc", "x" * 15, "  " + "x" * 15 + "  "):
        settings = make_settings(
            database_url, tmp_path, server={"host": host}, access={"admin_key": short}
        )
        app = create_app(settings)
        with pytest.raises(WeakAdminKeyError, match="shorter than 16 characters") as refused:
            async with app.router.lifespan_context(app):
                pass
        assert short.strip() not in str(refused.value).replace("characters", "")
    settings = make_settings(database_url, tmp_path, access={"admin_key": "x" * 16})
    async with running(settings) as stage:
        assert (await sign_in(stage.http, "x" * 16)).status_code == 200
        assert KEY != "x" * 16


@pytest.mark.parametrize("value", ["10.0.0.1, 192.168.0.0/16", '["10.0.0.1", "192.168.0.0/16"]'])
def test_proxies_are_listed_in_the_environment(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("OFFBOOK_ACCESS__TRUSTED_PROXIES", value)
    monkeypatch.setenv("OFFBOOK_ACCESS__ALLOWED_HOSTS", '["a.example", "b.example"]')
    access = Settings().access
    assert [str(each) for each in access.trusted_proxies] == ["10.0.0.1/32", "192.168.0.0/16"]
    assert access.allowed_hosts == ["a.example", "b.example"]
    monkeypatch.setenv("OFFBOOK_ACCESS__TRUSTED_PROXIES", "the proxy")
    with pytest.raises(ValueError, match="trusted_proxies"):
        Settings()

"""A proxy in front of the service signs people in, and says who they are in a header."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from pydantic import ValidationError
from sqlalchemy import func, select
from structlog.testing import capture_logs

from app.access.identity import owner_of
from app.db.models import Person
from app.settings import AccessSettings
from tests.app.access.calling import BEARER, KEY, SESSION
from tests.app.accounts.signing import PASSWORD, community, invite, me, sign_in, sign_up
from tests.app.running import Running, as_object, code_of, running

pytestmark = pytest.mark.anyio

PROXY = "10.0.0.1"
TRUSTED: dict[str, Any] = {
    "trusted_proxies": ["10.0.0.0/8"],
    "user_header": "Remote-User",
    "user_name_header": "Remote-Name",
}
OWN = {"Origin": "http://127.0.0.1"}


@pytest.fixture
async def stage(database_url: str, tmp_path: Path) -> AsyncIterator[Running]:
    async with running(community(database_url, tmp_path, **TRUSTED)) as started:
        yield started


def through(
    stage: Running, peer: str = PROXY, headers: list[tuple[str, str]] | None = None, **named: str
) -> httpx.AsyncClient:
    """A browser whose requests arrive from ``peer`` with these headers."""
    transport = httpx.ASGITransport(app=stage.app, client=(peer, 40_000))
    sent = headers or [(name.replace("_", "-"), value) for name, value in named.items()]
    encoded = [(name.encode(), value.encode()) for name, value in sent]
    return httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1", headers=encoded)


async def count(stage: Running) -> int:
    async with stage.services.database.read() as session:
        return await session.scalar(select(func.count()).select_from(Person)) or 0


async def test_whom_the_proxy_names_has_an_account(stage: Running) -> None:
    browser = through(stage, Remote_User="mara", Remote_Name="Mära Brook 三")
    mine = await me(browser)
    assert (mine["role"], mine["by_proxy"]) == ("reader", True)
    assert (mine["person"]["login"], mine["person"]["name"]) == ("mara", "Mära Brook 三")
    again = await me(through(stage, Remote_User="mara"))
    assert again["person"]["id"] == mine["person"]["id"]
    other = await me(through(stage, Remote_User="Mara"))  # names are the proxy's, letter by letter
    assert other["person"]["login"] == "mara-2"


@pytest.mark.parametrize(
    ("peer", "headers"),
    [
        ("192.0.2.1", [("Remote-User", "mara")]),
        ("127.0.0.1", [("Remote-User", "mara")]),  # loopback is not trusted by itself
        ("192.0.2.1", [("Remote-User", "mara"), ("X-Forwarded-For", PROXY)]),
        (PROXY, [("Remote-User", "mara"), ("Remote-User", "root")]),  # one is the client's own
        (PROXY, [("Remote-User", "")]),
        (PROXY, [("Remote-User", "  ")]),
        (PROXY, [("Remote-User", "x" * 256)]),
        (PROXY, [("Remote_User", "mara")]),
        (PROXY, [("X-Forwarded-User", "mara")]),
        (PROXY, [("Remote-User", "ma\x85ra")]),
    ],
    ids=str,
)
async def test_a_header_that_cannot_be_believed_lets_nobody_in(
    stage: Running, peer: str, headers: list[tuple[str, str]]
) -> None:
    await me(through(stage, Remote_User="mara"))
    mine = await me(through(stage, peer, headers))
    assert (mine["role"], mine["person"], mine["by_proxy"]) == ("guest", None, False)
    assert await count(stage) == 1


async def test_a_header_from_elsewhere_is_logged_once_an_hour(stage: Running) -> None:
    with capture_logs() as logged:
        for _ in range(3):
            await me(through(stage, "192.0.2.1", Remote_User="mara"))
    ignored = [each for each in logged if each["event"] == "user_header_ignored"]
    assert [(each["address"], each["header"]) for each in ignored] == [("192.0.2.1", "Remote-User")]


async def test_a_header_from_elsewhere_takes_no_session_away(stage: Running) -> None:
    await sign_up(stage.client(), "ben")
    browser = through(stage, "192.0.2.1", Remote_User="mara")
    await sign_in(browser, "ben")
    assert (await me(browser))["person"]["login"] == "ben"


async def test_without_the_setting_the_header_says_nothing(
    database_url: str, tmp_path: Path
) -> None:
    settings = community(database_url, tmp_path, trusted_proxies=["10.0.0.0/8"])
    async with running(settings) as stage:
        assert (await me(through(stage, Remote_User="mara")))["role"] == "guest"


@pytest.mark.parametrize(
    "settings",
    [
        {"user_header": "Remote-User"},
        {"user_header": "Remote-User", "trusted_proxies": []},
        {"user_header": "Remote-User", "trusted_proxies": ["0.0.0.0/0"]},
        {"user_header": "Remote-User", "trusted_proxies": ["10.0.0.0/8", "::/0"]},
        {"user_header": "Cookie", "trusted_proxies": ["10.0.0.0/8"]},
        {"user_header": "Authorization", "trusted_proxies": ["10.0.0.0/8"]},
        {"user_header": "Remote User", "trusted_proxies": ["10.0.0.0/8"]},
    ],
    ids=str,
)
def test_settings_that_would_let_callers_name_themselves_are_refused(
    settings: dict[str, Any],
) -> None:
    with pytest.raises(ValidationError):
        AccessSettings.model_validate(settings)


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("PATCH", "/api/me", {"name": "Somebody else"}),
        ("POST", "/api/me/keys", {"label": "mine now"}),
        ("DELETE", "/api/conversations/00000000-0000-0000-0000-000000000007", None),
        ("PUT", "/api/persona", {"name": "X", "description": ""}),
    ],
)
async def test_pages_of_other_sites_change_nothing(
    stage: Running, method: str, path: str, body: object
) -> None:
    """The proxy's header comes with every request of the browser, whichever page caused it."""
    await me(through(stage, Remote_User="mara"))
    for evidence in (
        {},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": ""},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "none"},
    ):
        browser = through(stage, headers=[("Remote-User", "mara"), *evidence.items()])
        refused = await browser.request(method, path, json=body)
        assert code_of(refused) == "403 foreign_origin", evidence
    reading = through(stage, Remote_User="mara")
    assert (await me(reading))["person"]["name"] == "mara"
    assert as_object(await reading.get("/api/me/keys"))["items"] == []
    for evidence in (OWN, {"Sec-Fetch-Site": "same-origin"}):
        browser = through(stage, headers=[("Remote-User", "mara"), *evidence.items()])
        assert (await browser.request(method, path, json=body)).status_code in {200, 201, 204, 404}


async def test_a_program_with_a_key_passes_the_proxy_as_its_person(stage: Running) -> None:
    browser = through(stage, headers=[("Remote-User", "mara"), *OWN.items()])
    made = as_object(await browser.post("/api/me/keys", json={"label": "laptop"}))
    program = through(stage, Remote_User="a robot", Authorization=f"Bearer {made['key']}")
    assert (await me(program))["person"]["login"] == "mara"
    admin = through(stage, Remote_User="a robot", Authorization=f"Bearer {KEY}")
    assert (await admin.post("/api/admin/invitations", json={})).status_code == 201
    assert await count(stage) == 1


async def test_below_v1_the_header_does_not_count(database_url: str, tmp_path: Path) -> None:
    settings = community(database_url, tmp_path, guests=False, **TRUSTED)
    async with running(settings) as stage:
        browser = through(stage, headers=[("Remote-User", "mara"), *OWN.items()])
        assert (await browser.get("/api/conversations")).status_code == 200
        assert (await browser.get("/v1/models")).status_code == 401


async def test_the_proxys_word_counts_more_than_a_session_of_before(stage: Running) -> None:
    await sign_up(stage.client(), "ben")
    browser = through(stage, Remote_User="mara")
    assert (await me(browser))["person"]["login"] == "mara"
    await sign_in(browser, "ben")  # refused: no sign that a page of this service asked
    browser = through(stage, headers=[("Remote-User", "mara"), *OWN.items()])
    assert (await sign_in(browser, "ben")).status_code == 204
    assert "offbook_session" in browser.cookies
    assert (await me(browser))["person"]["login"] == "mara"


async def test_the_admin_key_is_a_way_in_behind_the_proxy_as_well(stage: Running) -> None:
    browser = through(stage, headers=[("Remote-User", "mara"), *OWN.items()])
    assert (await me(browser))["role"] == "reader"
    assert (await browser.post(SESSION, json={"key": KEY})).status_code == 200
    assert (await me(browser))["role"] == "admin"


async def test_of_several_first_requests_one_makes_the_account(stage: Running) -> None:
    browsers = [through(stage, Remote_User="mara") for _ in range(5)]
    found = await asyncio.gather(*(me(browser) for browser in browsers))
    assert {each["person"]["login"] for each in found} == {"mara"}
    assert await count(stage) == 1


async def test_a_guest_whom_the_proxy_names_keeps_everything(stage: Running) -> None:
    stage.http.headers.update(BEARER)
    await stage.make_character()
    guest = stage.client()
    opened = as_object(await guest.post("/api/conversations", json={"character": "ben"}))
    browser = through(stage, Remote_User="mara")
    browser.cookies.update(guest.cookies)
    kept = as_object(await browser.get("/api/conversations"))["items"]
    assert [each["id"] for each in kept] == [opened["id"]]


@pytest.mark.parametrize("sign_up", ["closed", "invitation"])
async def test_the_policy_decides_who_gets_an_account(
    database_url: str, tmp_path: Path, sign_up: str
) -> None:
    settings = community(database_url, tmp_path, sign_up=sign_up, guests=False, **TRUSTED)
    async with running(settings) as stage:
        browser = through(stage, Remote_User="mara")
        assert (await me(browser))["role"] == "guest"
        assert code_of(await browser.get("/api/conversations")) == "401 sign_in_needed"
        assert await count(stage) == 0


async def test_who_was_invited_is_known_from_then_on(database_url: str, tmp_path: Path) -> None:
    settings = community(database_url, tmp_path, sign_up="invitation", **TRUSTED)
    async with running(settings) as stage:
        token = await invite(stage, role="author")
        refused = await sign_up(through(stage, Remote_User="mara"), "evil", invitation=token)
        assert code_of(refused) == "403 foreign_origin"  # another site's page would own the account
        browser = through(stage, headers=[("Remote-User", "mara"), *OWN.items()])
        assert (await sign_up(browser, "mara-brook", invitation=token)).status_code == 204
        elsewhere = through(stage, Remote_User="mara")
        mine = await me(elsewhere)
        assert (mine["person"]["login"], mine["role"]) == ("mara-brook", "author")


async def test_a_disabled_person_does_not_come_in_by_the_proxy(stage: Running) -> None:
    browser = through(stage, Remote_User="mara")
    id = (await me(browser))["person"]["id"]
    await stage.client(**BEARER).patch(f"/api/admin/people/{id}", json={"disabled": True})
    mine = await me(browser)
    assert (mine["role"], mine["person"]) == ("guest", None)
    assert await count(stage) == 1


async def test_a_deleted_person_begins_anew(stage: Running) -> None:
    browser = through(stage, Remote_User="mara")
    id = (await me(browser))["person"]["id"]
    await stage.services.erasing.erase(owner_of(id))
    assert (await me(browser))["person"]["id"] != id


async def test_an_equal_name_opens_nobodys_account(stage: Running) -> None:
    await sign_up(stage.client(), "mara")
    mine = await me(through(stage, Remote_User="mara"))
    assert mine["person"]["login"] == "mara-2"
    assert (await sign_in(stage.client(), "mara", PASSWORD)).status_code == 204

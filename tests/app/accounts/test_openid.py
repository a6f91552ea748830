"""People sign in with an OpenID provider."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import func, select, update
from structlog.testing import capture_logs

from app.access.identity import owner_of
from app.db.base import utc_now
from app.db.models import ApiKey, Login, OpenIDFlow, Person, PersonLink
from tests.app.access.calling import BEARER, caller
from tests.app.accounts.openid_signing import (
    begin,
    come_back,
    problem_of,
    query_of,
    sign_in_with,
    with_provider,
)
from tests.app.accounts.signing import PASSWORD, community, invite, me, member, sign_in
from tests.app.conftest import make_settings
from tests.app.openid.provider import FakeProvider, new_ec_key, provider
from tests.app.running import Running, as_object, code_of, running

pytestmark = pytest.mark.anyio

MARA = {
    "sub": "subject-1",
    "preferred_username": "Mara",
    "name": "Mara Brook",
    "email": "mara@guild.example",
    "email_verified": True,
}


@pytest.fixture
def fake() -> Iterator[FakeProvider]:
    with provider() as started:
        started.user = dict(MARA)
        yield started


@pytest.fixture
async def stage(database_url: str, tmp_path: Path, fake: FakeProvider) -> AsyncIterator[Running]:
    async with running(with_provider(database_url, tmp_path, fake)) as started:
        yield started


async def ways(browser: httpx.AsyncClient) -> dict[str, Any]:
    return as_object(await browser.get("/api/me/sign-in"))


async def test_a_newcomer_signs_in_and_comes_again(stage: Running, fake: FakeProvider) -> None:
    browser = stage.client()
    assert (await me(browser))["openid"] == "the Guild"
    location = await sign_in_with(stage, browser, fake, next="/characters/ben", language="zh")
    assert location == "/sign-in?arrived=1&next=%2Fcharacters%2Fben"
    mine = (await me(browser))["person"]
    assert (mine["login"], mine["name"], mine["role"]) == ("mara", "Mara Brook", "reader")
    assert mine["language"] == "zh"
    # Elsewhere, under another name: it is the subject that says who it is.
    fake.user = {"sub": "subject-1", "name": "M. Brook", "email": "new@guild.example"}
    elsewhere = stage.client()
    await sign_in_with(stage, elsewhere, fake)
    assert (await me(elsewhere))["person"] == mine | {
        "seen_at": (await me(elsewhere))["person"]["seen_at"]
    }


async def test_the_cookies_are_hidden_and_the_one_on_the_way_crosses_sites(
    stage: Running, fake: FakeProvider
) -> None:
    browser = stage.client()
    started = await browser.post("/api/openid/sign-in", json={})
    on_the_way = started.headers["set-cookie"].lower()
    assert "httponly" in on_the_way
    assert "samesite=lax" in on_the_way
    assert "max-age=600" in on_the_way
    back = await come_back(stage, browser, fake.authorize(as_object(started)["address"]))
    gone, session = (each.lower() for each in back.headers.get_list("set-cookie"))
    assert "max-age=0" in gone
    assert "samesite=strict" in session
    assert "httponly" in session


@pytest.mark.parametrize("algorithm", ["ES256", "PS256"])
async def test_other_signatures_are_understood(
    stage: Running, fake: FakeProvider, algorithm: str
) -> None:
    fake.algorithm = algorithm
    if algorithm.startswith("E"):
        fake.keys = [new_ec_key()]
    browser = stage.client()
    await sign_in_with(stage, browser, fake)
    assert (await me(browser))["role"] == "reader"


async def test_the_userinfo_endpoint_completes_a_thin_token(
    stage: Running, fake: FakeProvider
) -> None:
    fake.user, fake.user_info = {"sub": "subject-1"}, dict(MARA)
    browser = stage.client()
    await sign_in_with(stage, browser, fake)
    assert (await me(browser))["person"]["name"] == "Mara Brook"


async def test_keys_that_were_exchanged_are_read_again(stage: Running, fake: FakeProvider) -> None:
    await sign_in_with(stage, stage.client(), fake)
    await sign_in_with(stage, stage.client(), fake)
    assert fake.asked.count("/keys") == 1
    assert fake.asked.count("/.well-known/openid-configuration") == 1
    fake.keys = [new_ec_key()]
    fake.algorithm = "ES256"
    browser = stage.client()
    await sign_in_with(stage, browser, fake)
    assert (await me(browser))["role"] == "reader"
    assert fake.asked.count("/keys") == 2


async def test_a_guest_who_comes_for_the_first_time_keeps_everything(
    stage: Running, fake: FakeProvider
) -> None:
    stage.http.headers.update(BEARER)
    await stage.make_character()
    browser = stage.client()
    opened = as_object(await browser.post("/api/conversations", json={"character": "ben"}))
    await sign_in_with(stage, browser, fake)
    kept = as_object(await browser.get("/api/conversations"))["items"]
    assert [each["id"] for each in kept] == [opened["id"]]
    # Who has been here before is asked.
    for keep, count in ((None, 1), (False, 1), (True, 2)):
        again = stage.client()
        await again.post("/api/conversations", json={"character": "ben"})
        await sign_in_with(stage, again, fake, keep_conversations=keep)
        assert len(as_object(await again.get("/api/conversations"))["items"]) == count


async def test_an_invitation_is_carried_along(
    database_url: str, tmp_path: Path, fake: FakeProvider
) -> None:
    async with running(with_provider(database_url, tmp_path, fake, sign_up="invitation")) as stage:
        browser = stage.client()
        location = await sign_in_with(stage, browser, fake)
        assert problem_of(location) == "invitation_needed"
        assert (await me(browser))["role"] == "guest"
        wrong = await browser.post("/api/openid/sign-in", json={"invitation": "guess"})
        assert code_of(wrong) == "403 invitation_not_valid"
        token = await invite(stage, role="author")
        await sign_in_with(stage, browser, fake, invitation=token)
        assert (await me(browser))["role"] == "author"
        fake.user = {"sub": "subject-2"}
        used = await stage.client().post("/api/openid/sign-in", json={"invitation": token})
        assert code_of(used) == "403 invitation_not_valid"
        fake.user = dict(MARA)  # who has an account needs none
        again = stage.client()
        await sign_in_with(stage, again, fake)
        assert (await me(again))["role"] == "author"


async def test_the_last_use_of_an_invitation_is_one_persons(
    database_url: str, tmp_path: Path, fake: FakeProvider
) -> None:
    async with running(with_provider(database_url, tmp_path, fake, sign_up="invitation")) as stage:
        token = await invite(stage)
        browsers = [stage.client() for _ in range(3)]
        addresses = []
        for number, browser in enumerate(browsers):
            fake.user = {"sub": f"subject-{number}"}
            addresses.append(fake.authorize(await begin(browser, invitation=token)))
        answers = await asyncio.gather(
            *(come_back(stage, *pair) for pair in zip(browsers, addresses, strict=True))
        )
        problems = sorted(problem_of(each.headers["location"]) for each in answers)
        assert problems == ["", "invitation_not_valid", "invitation_not_valid"]


async def test_where_sign_up_is_closed_only_linked_people_come_in(
    database_url: str, tmp_path: Path, fake: FakeProvider
) -> None:
    settings = with_provider(database_url, tmp_path, fake)
    async with running(settings) as stage:
        await sign_in_with(stage, stage.client(), fake)
    closed = with_provider(database_url, tmp_path, fake, sign_up="closed")
    async with running(closed) as stage:
        browser = stage.client()
        await sign_in_with(stage, browser, fake)
        assert (await me(browser))["person"]["login"] == "mara"
        fake.user = {"sub": "subject-2"}
        assert problem_of(await sign_in_with(stage, stage.client(), fake)) == "sign_up_closed"


async def test_two_windows_of_a_newcomer_make_one_account(
    stage: Running, fake: FakeProvider
) -> None:
    browsers = [stage.client() for _ in range(4)]
    addresses = [fake.authorize(await begin(browser)) for browser in browsers]
    answers = await asyncio.gather(
        *(come_back(stage, *pair) for pair in zip(browsers, addresses, strict=True))
    )
    assert [problem_of(each.headers["location"]) for each in answers] == [""] * 4
    people = {(await me(browser))["person"]["id"] for browser in browsers}
    assert len(people) == 1


async def test_the_session_in_use_ends_with_a_sign_in(stage: Running, fake: FakeProvider) -> None:
    browser = await member(stage, "ben")
    before = browser.cookies["offbook_session"]
    await sign_in_with(stage, browser, fake)
    old = stage.client()
    old.cookies.set("offbook_session", before)
    assert (await me(old))["role"] == "guest"
    assert (await me(browser))["person"]["login"] == "mara"


GROUPS = {
    "groups_claim": "realm.roles",
    "reader_groups": ["guild"],
    "author_groups": ["writers"],
    "admin_groups": ["elders"],
}


@pytest.mark.parametrize(
    ("groups", "role"),
    [
        (["guild"], "reader"),
        ("guild", "reader"),
        (["guild", "writers"], "author"),
        (["elders", "writers"], "admin"),
        (["others"], None),
        (None, None),
        ([["elders"], 7, {"elders": 1}], None),
    ],
)
async def test_groups_give_the_role(
    database_url: str, tmp_path: Path, fake: FakeProvider, groups: object, role: str | None
) -> None:
    async with running(with_provider(database_url, tmp_path, fake, GROUPS)) as stage:
        fake.user = MARA | ({} if groups is None else {"realm": {"roles": groups}})
        browser = stage.client()
        location = await sign_in_with(stage, browser, fake)
        assert problem_of(location) == ("" if role else "openid_not_admitted")
        assert (await me(browser))["role"] == (role or "guest")


async def test_who_leaves_a_group_loses_its_role_at_the_next_sign_in(
    database_url: str, tmp_path: Path, fake: FakeProvider
) -> None:
    async with running(with_provider(database_url, tmp_path, fake, GROUPS)) as stage:
        fake.user = MARA | {"realm": {"roles": ["elders"]}}
        first, second = stage.client(), stage.client()
        await sign_in_with(stage, first, fake)
        assert (await me(first))["role"] == "admin"
        fake.user = MARA | {"realm": {"roles": ["guild"]}}
        with capture_logs() as logged:
            await sign_in_with(stage, second, fake)
        assert ("mara", ["role"], "reader") in [
            (each["person"], each["changed"], each["role"])
            for each in logged
            if each["event"] == "person_changed"
        ]
        assert (await me(second))["role"] == "reader"
        assert (await me(first))["role"] == "reader"


@pytest.mark.parametrize(
    ("email", "verified", "admitted"),
    [
        ("mara@guild.example", True, True),
        ("mara@GUILD.example", "true", True),
        ("mara@guild.example", False, False),
        ("mara@guild.example", None, False),
        ("mara@evil-guild.example", True, False),
        ("mara@guild.example.evil.example", True, False),
        ("mara@evil.example@guild.example.", True, False),
    ],
)
async def test_only_verified_addresses_of_the_domains_come_in(
    database_url: str, tmp_path: Path, fake: FakeProvider, email: str, verified: Any, admitted: bool
) -> None:
    domains = {"email_domains": ["guild.example"]}
    async with running(with_provider(database_url, tmp_path, fake, domains)) as stage:
        fake.user = MARA | {"email": email, "email_verified": verified}
        location = await sign_in_with(stage, stage.client(), fake)
        assert problem_of(location) == ("" if admitted else "openid_not_admitted")


async def test_an_address_is_verified_where_it_is_stated(
    database_url: str, tmp_path: Path, fake: FakeProvider
) -> None:
    domains = {"email_domains": ["guild.example"]}
    async with running(with_provider(database_url, tmp_path, fake, domains)) as stage:
        fake.user = {"sub": "subject-1", "email": "mara@guild.example"}
        fake.user_info = {"sub": "subject-1", "email": "m@evil.example", "email_verified": True}
        location = await sign_in_with(stage, stage.client(), fake)
        assert problem_of(location) == "openid_not_admitted"


async def test_a_disabled_person_does_not_come_in(stage: Running, fake: FakeProvider) -> None:
    browser = stage.client()
    await sign_in_with(stage, browser, fake)
    id = (await me(browser))["person"]["id"]
    await stage.client(**BEARER).patch(f"/api/admin/people/{id}", json={"disabled": True})
    location = await sign_in_with(stage, browser, fake)
    assert problem_of(location) == "account_disabled"
    assert (await me(browser))["role"] == "guest"


async def test_a_person_links_the_provider_and_unlinks_it(
    stage: Running, fake: FakeProvider
) -> None:
    browser = await member(stage, "ben", "author")
    assert await ways(browser) == {
        "password": True,
        "provider": "the Guild",
        "linked": None,
        "by_proxy": False,
    }
    wrong = await browser.post("/api/me/openid", json={"password": "not it, surely"})
    assert code_of(wrong) == "401 wrong_password"
    assert code_of(await browser.post("/api/me/openid", json={})) == "401 wrong_password"
    started = as_object(await browser.post("/api/me/openid", json={"password": PASSWORD}))
    back = await come_back(stage, browser, fake.authorize(started["address"]))
    assert back.headers["location"] == "/account?linked=1"
    assert (await ways(browser))["linked"]["account"] == "Mara"
    elsewhere = stage.client()
    await sign_in_with(stage, elsewhere, fake)
    assert (await me(elsewhere))["person"]["login"] == "ben"
    assert (await me(elsewhere))["role"] == "author"

    assert (await elsewhere.delete("/api/me/openid")).status_code == 204
    assert code_of(await elsewhere.delete("/api/me/openid")) == "404 openid_not_linked"
    other = stage.client()
    await sign_in_with(stage, other, fake)
    assert (await me(other))["person"]["login"] == "mara"


async def test_nobody_locks_themselves_out(stage: Running, fake: FakeProvider) -> None:
    browser = stage.client()
    await sign_in_with(stage, browser, fake)
    assert (await ways(browser))["password"] is False
    assert code_of(await browser.delete("/api/me/openid")) == "409 password_needed"
    new = {"new": "eleven ducks at six"}
    assert (await browser.put("/api/me/password", json=new)).status_code == 204
    assert (await browser.delete("/api/me/openid")).status_code == 204
    assert (await sign_in(stage.client(), "mara", "eleven ducks at six")).status_code == 204
    # From now on the password is asked for.
    assert code_of(await browser.put("/api/me/password", json=new)) == "401 wrong_password"


async def test_a_first_password_needs_a_sign_in_of_just_now(
    stage: Running, fake: FakeProvider
) -> None:
    browser = stage.client()
    await sign_in_with(stage, browser, fake)
    async with stage.services.database.write() as session:
        await session.execute(update(Login).values(created_at=utc_now() - timedelta(minutes=16)))
    new = {"new": "eleven ducks at six"}
    assert code_of(await browser.put("/api/me/password", json=new)) == "403 sign_in_again"
    assert code_of(await browser.post("/api/me/openid", json={})) == "403 sign_in_again"
    await sign_in_with(stage, browser, fake)
    assert (await browser.put("/api/me/password", json=new)).status_code == 204


async def test_deleting_a_person_deletes_every_way_in(stage: Running, fake: FakeProvider) -> None:
    browser = stage.client()
    await sign_in_with(stage, browser, fake)
    await browser.post("/api/me/keys", json={"label": "laptop"})
    linking = await browser.post("/api/me/openid", json={})
    id = (await me(browser))["person"]["id"]
    other = await member(stage, "ben")
    await stage.services.erasing.erase(owner_of(id))
    async with stage.services.database.read() as session:
        left = [
            await session.scalar(select(func.count()).select_from(table))
            for table in (Person, ApiKey, Login, PersonLink, OpenIDFlow)
        ]
    assert left == [1, 0, 1, 0, 0]  # Ben, and his session
    assert (await me(browser))["role"] == "guest"
    assert (await me(other))["role"] == "reader"
    back = await come_back(stage, browser, fake.authorize(as_object(linking)["address"]))
    assert problem_of(back.headers["location"]) == "openid_expired"


async def test_signing_in_needs_a_provider_and_a_guarded_service(
    database_url: str, tmp_path: Path, fake: FakeProvider
) -> None:
    async with running(community(database_url, tmp_path)) as stage:
        refused = await stage.client().post("/api/openid/sign-in", json={})
        assert code_of(refused) == "404 openid_not_configured"
        assert (await me(stage.client()))["openid"] is None
        browser = await member(stage, "ben")
        refused = await browser.post("/api/me/openid", json={"password": PASSWORD})
        assert code_of(refused) == "404 openid_not_configured"
        assert (await ways(browser))["provider"] is None
        back = await stage.client().get("/api/openid/callback?state=x&code=y")
        assert problem_of(back.headers["location"]) == "openid_expired"
    provider_alone = with_provider(database_url, tmp_path, fake).access.openid
    async with running(
        make_settings(database_url, tmp_path, access={"openid": provider_alone})
    ) as stage:
        assert (await me(stage.http))["openid"] is None
        refused = await stage.client().post("/api/openid/sign-in", json={})
        assert code_of(refused) == "409 open_service"


@pytest.mark.one_database
async def test_the_way_back_is_the_address_that_browsers_use(
    database_url: str, tmp_path: Path, fake: FakeProvider
) -> None:
    proxied = with_provider(
        database_url, tmp_path, fake, trusted_proxies=["10.0.0.0/8"], allowed_hosts=["a.example"]
    )
    async with running(proxied) as stage:
        for peer, scheme in (("10.0.0.1", "https"), ("192.0.2.1", "http")):
            browser = caller(stage, peer, Host="a.example", **{"X-Forwarded-Proto": "https"})
            response = await browser.post("/api/openid/sign-in", json={})
            redirect = query_of(as_object(response)["address"])["redirect_uri"]
            assert redirect == f"{scheme}://a.example/api/openid/callback"
            cookie = response.headers.get_list("set-cookie")[-1]
            assert cookie.startswith("__Host-offbook_openid=") is (scheme == "https")
            assert ("secure" in cookie.lower()) is (scheme == "https")
    public = with_provider(database_url, tmp_path, fake, public_url="https://b.example/")
    async with running(public) as stage:
        redirect = query_of(await begin(stage.client()))["redirect_uri"]
        assert redirect == "https://b.example/api/openid/callback"

"""What an attacker may try with a provider, a browser or a name."""

import time
from collections.abc import AsyncIterator, Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from joserfc import jwt
from joserfc.errors import SecurityWarning
from joserfc.jwk import RSAKey
from sqlalchemy import func, select, update

from app.db.base import utc_now
from app.db.models import OpenIDFlow, Person
from tests.app.access.calling import caller
from tests.app.accounts.openid_signing import (
    FLOW,
    begin,
    come_back,
    problem_of,
    query_of,
    sign_in_with,
    with_provider,
)
from tests.app.accounts.signing import PASSWORD, me, member, sign_in, sign_up
from tests.app.openid.provider import (
    CLIENT,
    FakeProvider,
    new_rsa_key,
    provider,
    signed_with_public_key,
    unsigned,
)
from tests.app.running import Running, as_object, code_of, running

pytestmark = pytest.mark.anyio

Json = dict[str, Any]


@pytest.fixture
def fake() -> Iterator[FakeProvider]:
    with provider() as started:
        yield started


@pytest.fixture
async def stage(database_url: str, tmp_path: Path, fake: FakeProvider) -> AsyncIterator[Running]:
    async with running(with_provider(database_url, tmp_path, fake)) as started:
        yield started


async def people(stage: Running) -> int:
    async with stage.services.database.read() as session:
        return await session.scalar(select(func.count()).select_from(Person)) or 0


async def refused(stage: Running, fake: FakeProvider) -> str:
    """The problem of a sign-in that must not succeed."""
    browser = stage.client()
    location = await sign_in_with(stage, browser, fake)
    assert "offbook_session" not in browser.cookies
    assert await people(stage) == 0
    return problem_of(location)


def changed(**claims: object) -> Callable[[Json], Json]:
    """Claims with these for the right ones; None leaves one out, a timedelta is from now."""

    def change(right: Json) -> Json:
        now = int(time.time())
        return {
            name: now + int(value.total_seconds()) if isinstance(value, timedelta) else value
            for name, value in (right | claims).items()
            if value is not None
        }

    return change


OTHER = "https://other.example"


@pytest.mark.parametrize(
    "claims",
    [
        {"nonce": "another"},
        {"nonce": None},
        {"aud": "another-client"},
        {"aud": ["another-client"]},
        {"aud": []},
        {"aud": None},
        {"aud": [CLIENT, "another-client"]},  # for two, and not said whom it was issued to
        {"aud": [CLIENT, "another-client"], "azp": "another-client"},
        {"azp": "another-client"},
        {"iss": OTHER},
        {"iss": None},
        {"exp": timedelta(minutes=-2)},
        {"exp": None},
        {"exp": "tomorrow"},
        {"iat": timedelta(hours=1)},
        {"iat": None},
        {"nbf": timedelta(hours=1)},
        {"sub": None},
        {"sub": ""},
        {"sub": 7},
        {"sub": "x" * 256},
        {"sub": "a\x00b"},
    ],
    ids=str,
)
@pytest.mark.one_database
async def test_a_token_that_says_the_wrong_thing_is_refused(
    stage: Running, fake: FakeProvider, claims: Json
) -> None:
    fake.claim = changed(**claims)
    assert await refused(stage, fake) == "openid_failed"


@pytest.mark.one_database
async def test_a_clock_may_be_a_little_wrong(stage: Running, fake: FakeProvider) -> None:
    now = int(time.time())
    fake.claim = changed(exp=now - 20, iat=now + 20, aud=[CLIENT, "another"], azp=CLIENT)
    browser = stage.client()
    await sign_in_with(stage, browser, fake)
    assert (await me(browser))["role"] == "reader"


def strangers_key(claims: Json) -> str:
    key = new_rsa_key()
    return jwt.encode({"alg": "RS256", "kid": key.kid}, claims, key)


@pytest.mark.one_database
async def test_a_signature_that_proves_nothing_is_refused(
    stage: Running, fake: FakeProvider
) -> None:
    key = fake.keys[0]
    assert isinstance(key, RSAKey)

    def of_a_stranger_with_a_known_id(claims: Json) -> str:
        return jwt.encode({"alg": "RS256", "kid": key.kid}, claims, new_rsa_key())

    def tampered(claims: Json) -> str:
        head, body, signature = jwt.encode({"alg": "RS256", "kid": key.kid}, claims, key).split(".")
        return f"{head}.{body}.{signature[:-8]}AAAAAAAA"

    attempts: list[Callable[[Json], str]] = [
        unsigned,
        lambda claims: signed_with_public_key(key, claims),
        strangers_key,
        of_a_stranger_with_a_known_id,
        tampered,
        lambda _: "no token at all",
        lambda _: "",
    ]
    for sign in attempts:
        fake.sign = sign
        assert await refused(stage, fake) == "openid_failed"


@pytest.mark.one_database
async def test_a_key_that_is_too_short_counts_for_nothing(
    stage: Running, fake: FakeProvider
) -> None:
    weak = rsa.generate_private_key(public_exponent=65_537, key_size=1024)
    with pytest.warns(SecurityWarning):
        fake.keys = [RSAKey.import_key(weak, {"kid": "weak"})]
    assert await refused(stage, fake) == "openid_failed"


async def test_an_answer_needs_the_state_and_the_browser_of_its_beginning(
    stage: Running, fake: FakeProvider
) -> None:
    browser = stage.client()
    address = fake.authorize(await begin(browser))
    code = query_of(address)["code"]
    for state in ("", "guess", "x" * 5_000):
        wrong = await come_back(stage, browser, f"/api/openid/callback?code={code}&state={state}")
        assert problem_of(wrong.headers["location"]) == "openid_expired"
        assert "offbook_session" not in browser.cookies
    assert await people(stage) == 0


async def test_nobody_is_signed_in_by_an_attackers_link(stage: Running, fake: FakeProvider) -> None:
    """Login CSRF: the victim opens the address with which the attacker would come back."""
    attacker, victim, other = stage.client(), stage.client(), stage.client()
    fake.user = {"sub": "the attacker"}
    address = fake.authorize(await begin(attacker))
    for browser in (victim, other):
        if browser is other:
            await begin(other)  # has a sign-in of its own under way
        location = (await come_back(stage, browser, address)).headers["location"]
        assert problem_of(location) == "openid_expired"
        assert (await me(browser))["role"] == "guest"
    # Nor can another end what somebody began.
    assert problem_of((await come_back(stage, attacker, address)).headers["location"]) == ""
    assert (await me(attacker))["role"] == "reader"


async def test_an_answer_is_good_once(stage: Running, fake: FakeProvider) -> None:
    fake.replays = True  # even where the provider takes a code twice
    browser = stage.client()
    started = await begin(browser)
    flow = browser.cookies[FLOW]
    address = fake.authorize(started)
    await come_back(stage, browser, address)
    thief = stage.client()
    thief.cookies.set(FLOW, flow)
    assert problem_of((await come_back(stage, thief, address)).headers["location"]) == (
        "openid_expired"
    )
    assert (await me(thief))["role"] == "guest"


async def test_a_stolen_code_is_worth_nothing_in_another_sign_in(
    stage: Running, fake: FakeProvider
) -> None:
    """The code was made for another verifier (PKCE) and its token for another nonce."""
    victim, thief = stage.client(), stage.client()
    stolen = query_of(fake.authorize(await begin(victim)))["code"]
    own = query_of(fake.authorize(await begin(thief)))
    address = f"/api/openid/callback?code={stolen}&state={own['state']}"
    location = (await come_back(stage, thief, address)).headers["location"]
    assert problem_of(location) == "openid_failed"
    assert await people(stage) == 0


async def test_a_sign_in_expires(stage: Running, fake: FakeProvider) -> None:
    browser = stage.client()
    address = fake.authorize(await begin(browser))
    async with stage.services.database.write() as session:
        await session.execute(update(OpenIDFlow).values(expires_at=utc_now()))
    location = (await come_back(stage, browser, address)).headers["location"]
    assert problem_of(location) == "openid_expired"


@pytest.mark.one_database
async def test_who_declines_at_the_provider_is_not_signed_in(
    stage: Running, fake: FakeProvider
) -> None:
    browser = stage.client()
    state = query_of(await begin(browser, next="/scripts"))["state"]
    address = f"/api/openid/callback?state={state}&error=access_denied"
    location = (await come_back(stage, browser, address)).headers["location"]
    assert query_of(location) == {"problem": "openid_denied", "next": "/scripts"}


@pytest.mark.parametrize(
    ("names_itself", "iss", "problem"),
    [
        (False, OTHER, "openid_failed"),
        (True, OTHER, "openid_failed"),
        (True, None, "openid_failed"),
        (True, "own", ""),
        (False, "own", ""),
    ],
)
@pytest.mark.one_database
async def test_an_answer_of_another_issuer_is_refused(
    stage: Running, fake: FakeProvider, names_itself: bool, iss: str | None, problem: str
) -> None:
    supported = {"authorization_response_iss_parameter_supported": names_itself}
    fake.describe = lambda document: document | supported
    browser = stage.client()
    own = {} if iss is None else {"iss": fake.issuer if iss == "own" else iss}
    address = fake.authorize(await begin(browser), **own)
    location = (await come_back(stage, browser, address)).headers["location"]
    assert problem_of(location) == problem


@pytest.mark.parametrize(
    "document",
    [
        {"issuer": OTHER},
        {"issuer": None},
        {"authorization_endpoint": "javascript:alert(1)"},
        {"authorization_endpoint": "http://other.example/authorize"},
        {"token_endpoint": "file:///etc/passwd"},
        {"token_endpoint": 7},
        {"jwks_uri": None},
    ],
    ids=str,
)
@pytest.mark.one_database
async def test_a_description_that_is_not_the_providers_is_refused(
    stage: Running, fake: FakeProvider, document: Json
) -> None:
    fake.describe = lambda right: right | document
    response = await stage.client().post("/api/openid/sign-in", json={})
    assert code_of(response) == "502 openid_failed"
    assert OTHER not in response.text


@pytest.mark.one_database
async def test_an_answer_without_end_is_cut_off(stage: Running, fake: FakeProvider) -> None:
    fake.padding = 600_000
    response = await stage.client().post("/api/openid/sign-in", json={})
    assert code_of(response) == "502 openid_failed"
    fake.padding = 0


@pytest.mark.parametrize("at", ["/token", "/keys", "/.well-known/openid-configuration"])
@pytest.mark.one_database
async def test_a_provider_that_is_silent_holds_nobody_up(
    database_url: str, tmp_path: Path, fake: FakeProvider, at: str
) -> None:
    slow = with_provider(database_url, tmp_path, fake, {"timeout": 0.5})
    async with running(slow) as stage:
        await sign_up(stage.client(), "ben")
        browser = stage.client()
        if at.startswith("/."):
            fake.silent.set()
            response = await browser.post("/api/openid/sign-in", json={})
            assert code_of(response) == "503 openid_unavailable"
            assert int(response.headers["retry-after"]) > 0
            asked = len(fake.asked)
            response = await browser.post("/api/openid/sign-in", json={})
            assert code_of(response) == "503 openid_unavailable"
            assert len(fake.asked) == asked  # a failure of just now is not waited for again
        else:
            address = fake.authorize(await begin(browser))
            answer = fake.answer

            def silent_at(path: str, form: Any, authorization: str) -> tuple[int, Json]:
                if path == at:
                    fake.released.wait(20)
                return answer(path, form, authorization)

            fake.answer = silent_at  # type: ignore[method-assign]  # a fault of this provider
            location = (await come_back(stage, browser, address)).headers["location"]
            assert problem_of(location) == "openid_unavailable"
        assert (await sign_in(browser, "ben")).status_code == 204


@pytest.mark.one_database
async def test_a_provider_that_is_gone_is_said_so(
    database_url: str, tmp_path: Path, fake: FakeProvider
) -> None:
    gone = with_provider(database_url, tmp_path, fake, {"issuer": "http://127.0.0.1:9"})
    async with running(gone) as stage:
        response = await stage.client().post("/api/openid/sign-in", json={})
        assert code_of(response) == "503 openid_unavailable"


@pytest.mark.parametrize(
    "elsewhere",
    [
        "https://evil.example/",
        "//evil.example/",
        "/\\evil.example/",
        "\\/evil.example",
        "javascript:alert(1)",
        "/\t/evil.example",
        "/ok\r\nSet-Cookie: a=b",
        "evil.example",
        "",
    ],
)
@pytest.mark.one_database
async def test_a_sign_in_leads_to_pages_of_this_service_alone(
    stage: Running, fake: FakeProvider, elsewhere: str
) -> None:
    location = await sign_in_with(stage, stage.client(), fake, next=elsewhere)
    assert location == "/sign-in?arrived=1&next=%2F"


@pytest.mark.parametrize(
    ("login", "user"),
    [
        ("mara@guild.example", {"email": "mara@guild.example", "email_verified": True}),
        ("mara", {"preferred_username": "mara"}),
        ("mara", {"preferred_username": " MARA "}),
        ("person", {}),
    ],
)
async def test_an_equal_name_or_address_opens_nobodys_account(
    stage: Running, fake: FakeProvider, login: str, user: Json
) -> None:
    owner = await member(stage, login, "admin")
    fake.user = {"sub": "the attacker", **user}
    browser = stage.client()
    await sign_in_with(stage, browser, fake)
    mine = await me(browser)
    assert mine["person"]["id"] != (await me(owner))["person"]["id"]
    assert (mine["person"]["login"], mine["role"]) == (f"{login}-2", "reader")


async def test_a_link_belongs_to_one_person(stage: Running, fake: FakeProvider) -> None:
    ben, ann = await member(stage, "ben"), await member(stage, "ann")

    async def link(browser: Any, subject: str) -> str:
        fake.user = {"sub": subject}
        started = await browser.post("/api/me/openid", json={"password": PASSWORD})
        address = fake.authorize(as_object(started)["address"])
        location: str = (await come_back(stage, browser, address)).headers["location"]
        return location

    assert await link(ben, "subject-1") == "/account?linked=1"
    assert await link(ann, "subject-1") == "/account?problem=openid_linked_elsewhere"
    assert await link(ben, "subject-2") == "/account?problem=openid_linked_already"
    assert await link(ben, "subject-1") == "/account?linked=1"
    assert await link(ann, "subject-2") == "/account?linked=1"


async def test_a_link_needs_its_person_to_be_signed_in_still(
    stage: Running, fake: FakeProvider
) -> None:
    ben = await member(stage, "ben")
    started = as_object(await ben.post("/api/me/openid", json={"password": PASSWORD}))
    address = fake.authorize(started["address"])
    await ben.delete("/api/session")
    location = (await come_back(stage, ben, address)).headers["location"]
    assert location == "/account?problem=account_needed"
    browser = stage.client()
    await sign_in_with(stage, browser, fake)
    assert (await me(browser))["person"]["login"] != "ben"


async def test_pages_of_other_sites_begin_nothing(stage: Running, fake: FakeProvider) -> None:
    ben = await member(stage, "ben")
    foreign = {"Origin": "https://evil.example"}
    for path in ("/api/openid/sign-in", "/api/me/openid"):
        response = await ben.post(path, json={}, headers=foreign)
        assert code_of(response) == "403 foreign_origin"


async def test_one_address_does_not_fill_the_table(stage: Running, fake: FakeProvider) -> None:
    async with stage.services.database.write() as session:
        for number in range(500):
            session.add(
                OpenIDFlow(
                    state_hash=str(number),
                    browser_hash="",
                    redirect_uri="",
                    next="/",
                    keeps=False,
                    site="203.0.113.9",
                    expires_at=utc_now().replace(year=2999),
                )
            )
    full = await caller(stage, "203.0.113.9").post("/api/openid/sign-in", json={})
    assert code_of(full) == "429 too_many_attempts"
    assert (await caller(stage, "203.0.113.10").post("/api/openid/sign-in", json={})).is_success
    async with stage.services.database.write() as session:
        await session.execute(update(OpenIDFlow).values(expires_at=utc_now()))
    assert (await caller(stage, "203.0.113.9").post("/api/openid/sign-in", json={})).is_success


async def test_what_is_stored_of_a_sign_in_lets_nobody_finish_it(
    stage: Running, fake: FakeProvider
) -> None:
    browser = stage.client()
    sent = query_of(await begin(browser))
    async with stage.services.database.read() as session:
        row = (await session.scalars(select(OpenIDFlow))).one()
        stored = {str(getattr(row, column.name)) for column in OpenIDFlow.__table__.columns}
    secrets = {browser.cookies[FLOW], sent["state"], sent["nonce"], sent["code_challenge"]}
    assert not stored & secrets


@pytest.mark.one_database
async def test_another_processs_keys_and_rows_serve_as_well(
    database_url: str, tmp_path: Path, fake: FakeProvider
) -> None:
    settings = with_provider(database_url, tmp_path, fake)
    async with running(settings) as first, running(settings) as second:
        browser = first.client()
        address = fake.authorize(await begin(browser))
        elsewhere = second.client()
        elsewhere.cookies.set(FLOW, browser.cookies[FLOW])
        await come_back(second, elsewhere, address)
        browser.cookies.set("offbook_session", elsewhere.cookies["offbook_session"])
        assert (await me(browser))["role"] == "reader"

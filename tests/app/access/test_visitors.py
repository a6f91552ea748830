"""Visitors' cookies are ours, or they are nobody's."""

import secrets
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from sqlalchemy import select, update

from app.access import hash_key
from app.db.base import utc_now
from app.db.models import Conversation
from tests.app.access.calling import BEARER, guarded, with_cookie
from tests.app.running import SCRIPT, Running, as_object, running

pytestmark = pytest.mark.anyio

COOKIE = "offbook_visitor"


@pytest.fixture
async def stage(database_url: str, tmp_path: Path) -> AsyncIterator[Running]:
    """A guarded service with Ben."""
    async with running(guarded(database_url, tmp_path)) as started:
        async with started.client(**BEARER) as admin:
            files = {"file": ("Ben.txt", SCRIPT.encode())}
            await admin.post("/api/characters/import", files=files)
        await started.indexed("ben")
        started.http.cookies.clear()
        yield started


def bringing(stage: Running, cookie: str) -> httpx.AsyncClient:
    return with_cookie(stage, COOKIE, cookie)


async def begin(client: httpx.AsyncClient) -> httpx.Response:
    response = await client.post("/api/conversations", json={"character": "ben"})
    assert response.status_code == 201, response.text
    return response


async def owners(stage: Running) -> list[str]:
    async with stage.services.database.read() as session:
        return list(await session.scalars(select(Conversation.owner).order_by(Conversation.id)))


async def test_ours_is_signed_and_stays(stage: Running) -> None:
    await begin(stage.http)
    cookie = stage.http.cookies[COOKIE]
    token, _, signature = cookie.partition(".")
    assert (len(token), len(signature)) == (43, 43)
    assert await owners(stage) == [hash_key(token)]
    async with bringing(stage, cookie) as again:
        response = await begin(again)
        assert "set-cookie" not in response.headers
        assert len(as_object(await again.get("/api/conversations"))["items"]) == 2


async def test_forged_ones_get_a_fresh_identity(stage: Running) -> None:
    await begin(stage.http)
    genuine = stage.http.cookies[COOKIE]
    token, _, signature = genuine.partition(".")
    other = secrets.token_urlsafe(32)
    forged = (
        "x",
        "x" * 43,
        "x" * 5_000,
        other,  # the form of earlier versions, but unknown
        token,  # a token of ours without its signature
        f"{token}.",
        f"{token}.{'A' * 43}",
        f"{token}.{signature}=",
        f"{token}.{signature}.{signature}",
        f"{other}.{signature}",
        f"{token[:-1]}.{signature}",
        f".{signature}",
        f"{token}.{signature[:-1]}é",
        f"é{token}.{signature}",
    )
    known = set(await owners(stage))
    for value in forged:
        async with bringing(stage, value) as client:
            assert as_object(await client.get("/api/conversations"))["items"] == [], value
            response = await begin(client)
        given = response.cookies[COOKIE]
        assert given not in (value, genuine)
        owner = (await owners(stage))[-1]
        assert owner == hash_key(given.partition(".")[0])
        assert owner not in known
        known.add(owner)


async def test_visitors_of_earlier_versions_keep_their_conversations(stage: Running) -> None:
    old, low = secrets.token_urlsafe(32), "my own cookie"
    for cookie in (old, low):
        await begin(stage.http)
        mine = stage.http.cookies[COOKIE].partition(".")[0]
        async with stage.services.database.write() as session:
            await session.execute(
                update(Conversation)
                .where(Conversation.owner == hash_key(mine))
                .values(owner=hash_key(cookie), created_at=utc_now() - timedelta(days=1))
            )
    async with bringing(stage, old) as client:
        response = await client.get("/api/conversations")
        assert len(as_object(response)["items"]) == 1
    signed = response.cookies[COOKIE]
    assert signed.startswith(f"{old}.")
    async with bringing(stage, signed) as client:
        response = await client.get("/api/conversations")
        assert len(as_object(response)["items"]) == 1
        assert "set-cookie" not in response.headers
    # Whatever was not random was never a secret.
    async with bringing(stage, low) as client:
        assert as_object(await client.get("/api/conversations"))["items"] == []


async def test_an_unsigned_token_counts_only_for_what_is_older(stage: Running) -> None:
    """Or a planted cookie would do, as soon as its owner has talked to somebody."""
    await begin(stage.http)
    token = stage.http.cookies[COOKIE].partition(".")[0]
    async with bringing(stage, token) as client:
        assert as_object(await client.get("/api/conversations"))["items"] == []


async def test_every_process_signs_alike(database_url: str, tmp_path: Path) -> None:
    settings = guarded(database_url, tmp_path)
    async with running(settings) as first, running(settings) as second:
        cookie = (await first.http.get("/")).cookies[COOKIE]
        async with bringing(second, cookie) as client:
            assert "set-cookie" not in (await client.post("/api/conversations", json={})).headers
    async with running(settings) as later, bringing(later, cookie) as client:
        assert "set-cookie" not in (await client.post("/api/conversations", json={})).headers


async def test_a_page_names_the_visitor_before_it_reads_anything(stage: Running) -> None:
    async with stage.client() as browser:
        page = await browser.get("/characters/ben")
        cookie = browser.cookies[COOKIE]
        assert "httponly" in page.headers["set-cookie"].lower()
        for address in ("/api/characters", "/api/conversations", "/admin"):
            assert "set-cookie" not in (await browser.get(address)).headers
        assert "set-cookie" not in (await begin(browser)).headers
        assert await owners(stage) == [hash_key(cookie.partition(".")[0])]


async def test_reading_alone_names_nobody(stage: Running) -> None:
    async with stage.client() as client:
        for address in ("/api/me", "/api/characters", "/api/conversations"):
            response = await client.get(address)
            assert response.status_code == 200
            assert "set-cookie" not in response.headers
        assert COOKIE in (await begin(client)).cookies


async def test_a_page_keeps_the_visitor_whom_the_browser_has(stage: Running) -> None:
    async with stage.client() as browser:
        await begin(browser)
        assert "set-cookie" not in (await browser.get("/")).headers
        browser.cookies.clear()
        first = await browser.get("/")
        known = {"if-none-match": first.headers["etag"]}
        browser.cookies.clear()
        again = await browser.get("/", headers=known)
        assert again.status_code == 304
        assert COOKIE in again.cookies

"""A sign-in is a session on the server: random, short-lived, and ended at will."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import select, update

from app.access import hash_key
from app.access.keys import add_key, revoke_key, visible_prefix
from app.db.base import utc_now
from app.db.models import Login
from tests.app.access.calling import BEARER, KEY, SESSION, STATS, guarded, sign_in, with_cookie
from tests.app.running import Running, as_object, code_of, running

pytestmark = pytest.mark.anyio

COOKIE = "offbook_session"


@pytest.fixture
async def stage(database_url: str, tmp_path: Path) -> AsyncIterator[Running]:
    async with running(guarded(database_url, tmp_path)) as started:
        yield started


async def signed_in(client: httpx.AsyncClient) -> bool:
    return bool(as_object(await client.get(SESSION))["signed_in"])


async def age(stage: Running, **columns: timedelta) -> None:
    """Set times of all sessions so far into the past."""
    values: dict[str, Any] = {name: utc_now() - back for name, back in columns.items()}
    async with stage.services.database.write() as session:
        await session.execute(update(Login).values(**values))


async def stored(stage: Running) -> list[Login]:
    async with stage.services.database.read() as session:
        return list(await session.scalars(select(Login)))


async def test_the_cookie_is_not_the_key_and_is_stored_hashed(stage: Running) -> None:
    response = await sign_in(stage.http)
    cookie = stage.http.cookies[COOKIE]
    assert KEY not in str(response.headers)
    assert len(cookie) == 43  # 256 bits
    (row,) = await stored(stage)
    assert row.token_hash == hash_key(cookie)
    # Neither the key nor its plain hash can be found in the database.
    kept = {row.token_hash, row.previous_hash, row.configured_key}
    assert not kept & {cookie, KEY, hash_key(KEY)}
    assert (await stage.http.get(STATS)).status_code == 200


async def test_the_key_as_a_cookie_opens_nothing(stage: Running) -> None:
    """As cookies of earlier versions were."""
    for value in (KEY, hash_key(KEY), "x" * 43, "", "%00", "é"):
        async with with_cookie(stage, COOKIE, value) as client:
            assert code_of(await client.get(STATS)) == "401 admin_key_needed", value


async def test_signing_out_ends_the_session_everywhere(stage: Running) -> None:
    await sign_in(stage.http)
    stolen = stage.http.cookies[COOKIE]
    assert (await stage.http.delete(SESSION)).status_code == 204
    async with with_cookie(stage, COOKIE, stolen) as thief:
        assert code_of(await thief.get(STATS)) == "401 admin_key_needed"
    assert await stored(stage) == []
    assert (await stage.http.delete(SESSION)).status_code == 204


async def test_each_sign_in_has_another_id_and_ends_the_last(stage: Running) -> None:
    await sign_in(stage.http)
    first = stage.http.cookies[COOKIE]
    await sign_in(stage.http)
    assert stage.http.cookies[COOKIE] != first
    async with with_cookie(stage, COOKIE, first) as old:
        assert not await signed_in(old)
    assert await signed_in(stage.http)


async def test_an_id_brought_along_is_not_taken_over(stage: Running) -> None:
    """Session fixation: an attacker's value in the victim's browser."""
    planted = "p" * 43
    stage.http.cookies.set(COOKIE, planted, domain="127.0.0.1")
    await sign_in(stage.http)
    async with with_cookie(stage, COOKIE, planted) as attacker:
        assert not await signed_in(attacker)


async def test_sessions_expire(stage: Running) -> None:
    for past in ({"seen_at": timedelta(hours=2)}, {"created_at": timedelta(hours=12)}):
        await sign_in(stage.http)
        assert await signed_in(stage.http)
        await age(stage, **past)
        assert not await signed_in(stage.http)
        assert code_of(await stage.http.get(STATS)) == "401 admin_key_needed"
    await sign_in(stage.http)
    assert len(await stored(stage)) == 1  # the rows of those that are over are gone


async def test_use_keeps_a_session_alive_until_its_longest(stage: Running) -> None:
    await sign_in(stage.http)
    for hours in range(1, 12):
        await age(
            stage,
            created_at=timedelta(hours=hours),
            seen_at=timedelta(minutes=119),
            renewed_at=timedelta(0),
        )
        assert await signed_in(stage.http)
    await age(stage, created_at=timedelta(hours=12))
    assert not await signed_in(stage.http)


async def test_the_id_changes_after_hours(stage: Running) -> None:
    await sign_in(stage.http)
    first = stage.http.cookies[COOKIE]
    await age(stage, renewed_at=timedelta(hours=2, minutes=59))
    assert await signed_in(stage.http)
    assert stage.http.cookies[COOKIE] == first
    await age(stage, renewed_at=timedelta(hours=3))
    async with with_cookie(stage, COOKIE, first) as other:
        assert await signed_in(stage.http)
        second = stage.http.cookies[COOKIE]
        assert second != first
        assert await signed_in(other)  # was under way with the old id
        await age(stage, renewed_at=timedelta(minutes=1))
        assert not await signed_in(other)
    assert await signed_in(stage.http)
    assert len(await stored(stage)) == 1


async def test_requests_at_once_renew_it_once(stage: Running) -> None:
    await sign_in(stage.http)
    await age(stage, renewed_at=timedelta(hours=4))
    async with with_cookie(stage, COOKIE, stage.http.cookies[COOKIE]) as page:
        answers = await asyncio.gather(*(page.get("/api/status") for _ in range(8)))
    assert all(as_object(each)["signed_in"] for each in answers)
    given = [each.cookies[COOKIE] for each in answers if COOKIE in each.cookies]
    assert [hash_key(each) for each in given] == [row.token_hash for row in await stored(stage)]


async def test_a_revoked_key_ends_its_sessions(stage: Running) -> None:
    async with stage.services.database.write() as session:
        laptop, key = await add_key(session, "laptop")
        await add_key(session, "another")
    async with stage.client() as other:
        await sign_in(stage.http, key)
        await sign_in(other)
        async with stage.services.database.write() as session:
            await revoke_key(session, visible_prefix(laptop))
        assert not await signed_in(stage.http)
        assert code_of(await stage.http.get(STATS)) == "401 admin_key_needed"
        assert await signed_in(other)
    headers = {"Authorization": f"Bearer {key}"}
    assert code_of(await stage.http.get(STATS, headers=headers)) == "401 admin_key_needed"
    assert code_of(await sign_in(stage.http, key)) == "401 wrong_key"


async def test_another_configured_key_ends_the_sessions_of_the_last(
    database_url: str, tmp_path: Path
) -> None:
    first = guarded(database_url, tmp_path)
    async with running(first) as stage:
        await sign_in(stage.http)
        cookie = stage.http.cookies[COOKIE]
    for key, holds in ((KEY, True), ("ob_another-key-of-them", False), (KEY, True)):
        changed = guarded(database_url, tmp_path, admin_key=key)
        async with running(changed) as stage, with_cookie(stage, COOKIE, cookie) as client:
            assert await signed_in(client) == holds, key


async def test_a_session_is_not_for_the_programs_api(stage: Running) -> None:
    await sign_in(stage.http)
    response = await stage.http.post("/v1/embeddings", json={"input": "x"})
    assert response.status_code == 401
    accepted = await stage.http.post("/v1/embeddings", json={"input": "x"}, headers=BEARER)
    assert accepted.status_code == 200

"""Keys of people do what their scopes say, of what their person may."""

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from tests.app.access.calling import BEARER
from tests.app.accounts.signing import community, member
from tests.app.running import Json, Running, as_object, code_of, running

pytestmark = pytest.mark.anyio


@pytest.fixture
async def stage(database_url: str, tmp_path: Path) -> AsyncIterator[Running]:
    async with running(community(database_url, tmp_path)) as started:
        started.http.headers.update(BEARER)
        await started.make_character()
        yield started


async def make(browser: httpx.AsyncClient, *scopes: str) -> Json:
    wanted = {"label": "laptop", "scopes": list(scopes)}
    response = await browser.post("/api/me/keys", json=wanted)
    assert response.status_code == 201, response.text
    return as_object(response)


def with_key(stage: Running, key: Json) -> httpx.AsyncClient:
    return stage.client(Authorization=f"Bearer {key['key']}")


async def test_a_key_is_shown_once_and_listed_without_its_secret(stage: Running) -> None:
    mara = await member(stage, "mara")
    made = await make(mara, "chat")
    assert made["scopes"] == ["read", "chat"]
    (listed,) = as_object(await mara.get("/api/me/keys"))["items"]
    assert listed["prefix"] == made["prefix"]
    assert made["key"] not in str(listed)
    assert listed["last_used_at"] is None
    await with_key(stage, made).get("/v1/models")
    (listed,) = as_object(await mara.get("/api/me/keys"))["items"]
    assert listed["last_used_at"] is not None


async def test_a_key_talks_as_its_person(stage: Running) -> None:
    mara = await member(stage, "mara")
    program = with_key(stage, await make(mara, "chat"))
    opened = as_object(await program.post("/api/conversations", json={"character": "ben"}))
    shown = as_object(await mara.get("/api/conversations"))["items"]
    assert [each["id"] for each in shown] == [opened["id"]]
    asked = {"model": "ben", "messages": [{"role": "user", "content": "Hello?"}]}
    assert (await program.post("/v1/chat/completions", json=asked)).status_code == 200


async def test_a_key_that_reads_does_not_talk(stage: Running) -> None:
    program = with_key(stage, await make(await member(stage, "mara"), "read"))
    assert (await program.get("/api/conversations")).status_code == 200
    assert (await program.get("/v1/models")).status_code == 200
    asked = {"model": "ben", "messages": [{"role": "user", "content": "Hello?"}]}
    refused = await program.post("/v1/chat/completions", json=asked)
    assert refused.status_code == 403
    refused = await program.post("/api/conversations", json={"character": "ben"})
    assert code_of(refused) == "403 scope_missing"


async def test_an_authors_key_uploads_only_with_its_scope(stage: Running) -> None:
    author = await member(stage, "ann", "author")
    upload = {"file": ("two.txt", b"Ann: Hello there, Bob.\nBob: Hello to you too, Ann.")}
    talks, writes = await make(author, "chat"), await make(author, "author")
    refused = await with_key(stage, talks).post("/api/scripts", files=upload)
    assert code_of(refused) == "403 scope_missing"
    stored = await with_key(stage, writes).post("/api/scripts", files=upload)
    assert stored.status_code == 201, stored.text
    refused = await (await member(stage, "mara")).post("/api/scripts", files=upload)
    assert code_of(refused) == "403 uploads_closed"


async def test_an_admins_key_administers_only_with_its_scope(stage: Running) -> None:
    admin = await member(stage, "ada", "admin")
    talks, administers = await make(admin, "chat"), await make(admin, "admin")
    refused = await with_key(stage, talks).get("/api/admin/people")
    assert code_of(refused) == "403 scope_missing"
    assert (await with_key(stage, administers).get("/api/admin/people")).status_code == 200


async def test_no_key_does_more_than_its_person(stage: Running) -> None:
    mara = await member(stage, "mara")
    wanted = {"label": "laptop", "scopes": ["admin"]}
    refused = await mara.post("/api/me/keys", json=wanted)
    assert code_of(refused) == "403 scope_not_yours"
    admin = await member(stage, "ada", "admin")
    key = with_key(stage, await make(admin, "admin"))
    people = as_object(await admin.get("/api/admin/people"))["items"]
    ada = next(each["id"] for each in people if each["login"] == "ada")
    demoted = await stage.http.patch(f"/api/admin/people/{ada}", json={"role": "reader"})
    assert demoted.status_code == 200
    assert (await key.get("/api/admin/people")).status_code == 403


async def test_a_key_makes_no_keys_and_changes_no_password(stage: Running) -> None:
    program = with_key(stage, await make(await member(stage, "ada", "admin"), "admin"))
    wanted = {"label": "another", "scopes": ["admin"]}
    assert code_of(await program.post("/api/me/keys", json=wanted)) == "401 account_needed"
    change = {"current": "x", "new": "eleven ducks at six"}
    assert code_of(await program.put("/api/me/password", json=change)) == "401 account_needed"


async def test_a_revoked_key_opens_nothing_and_others_cannot_revoke_it(stage: Running) -> None:
    mara, ben = await member(stage, "mara"), await member(stage, "benno")
    made = await make(mara, "chat")
    path = f"/api/me/keys/{made['prefix']}"
    assert code_of(await ben.delete(path)) == "404 key_not_found"
    of_service = await stage.http.delete(f"/api/admin/keys/{made['prefix']}")
    assert code_of(of_service) == "404 key_not_found"
    assert (await mara.delete(path)).status_code == 204
    assert (await with_key(stage, made).get("/v1/models")).status_code == 401
    (listed,) = as_object(await mara.get("/api/me/keys"))["items"]
    assert listed["revoked_at"] is not None


async def test_twenty_keys_of_a_person_are_valid_at_once(stage: Running) -> None:
    mara = await member(stage, "mara")
    made = [await make(mara, "read") for _ in range(20)]
    refused = await mara.post("/api/me/keys", json={"label": "one more"})
    assert code_of(refused) == "409 too_many_keys"
    await mara.delete(f"/api/me/keys/{made[0]['prefix']}")
    await make(mara, "read")

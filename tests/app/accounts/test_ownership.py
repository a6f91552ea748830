"""Scripts and characters belong to whoever made them: private, by link, or published."""

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from tests.app.access.calling import BEARER
from tests.app.accounts.signing import community, me, member, sign_up
from tests.app.running import SCRIPT, Json, Running, as_object, code_of, running

pytestmark = pytest.mark.anyio


@pytest.fixture
async def stage(database_url: str, tmp_path: Path) -> AsyncIterator[Running]:
    async with running(community(database_url, tmp_path)) as started:
        started.http.headers.update(BEARER)
        yield started


async def upload(browser: httpx.AsyncClient, title: str = "The lighthouse") -> Json:
    file = {"file": ("play.txt", SCRIPT.encode())}
    response = await browser.post("/api/scripts", files=file, data={"title": title})
    assert response.status_code in {200, 201}, response.text
    return as_object(response)


async def make(stage: Running, browser: httpx.AsyncClient, name: str = "Ben") -> Json:
    """A character of the browser's user, with its index."""
    wanted = {"name": name, "script_ids": [(await upload(browser))["id"]]}
    response = await browser.post("/api/characters", json=wanted)
    assert response.status_code == 202, response.text
    return await stage.indexed(as_object(response)["slug"])


async def names(browser: httpx.AsyncClient) -> list[str]:
    listed = as_object(await browser.get("/api/characters"))["items"]
    return [each["slug"] for each in listed]


async def models(browser: httpx.AsyncClient) -> list[str]:
    listed = as_object(await browser.get("/v1/models"))["data"]
    return [each["id"] for each in listed if each["id"] != "index-raw"]


async def test_a_new_character_is_its_authors_alone(stage: Running) -> None:
    ann, other = await member(stage, "ann", "author"), await member(stage, "otto", "author")
    character = await make(stage, ann)
    assert (character["published"], character["visibility"]) == (False, "private")
    assert await names(ann) == ["ben"]
    for stranger in (stage.client(), other):
        assert await names(stranger) == []
        for path in ("", "/avatar", "/examples?query=hello", "/proof", "/scenes/1"):
            response = await stranger.get(f"/api/characters/ben{path}")
            assert response.status_code == 404, path
        refused = await stranger.post("/api/conversations", json={"character": "ben"})
        assert code_of(refused) == "404 character_not_found"
        # As of one that does not exist: not even its name is known.
        for path in ("/api/conversations", "/api/conversations/export"):
            for slug in ("ben", "nobody"):
                refused = await stranger.get(path, params={"character": slug})
                assert code_of(refused) == "404 character_not_found", path


async def test_its_author_talks_to_it_and_changes_it(stage: Running) -> None:
    ann = await member(stage, "ann", "author")
    await make(stage, ann)
    opened = as_object(await ann.post("/api/conversations", json={"character": "ben"}))
    said = await ann.post(f"/api/conversations/{opened['id']}/messages", json={"content": "Hi!"})
    assert said.status_code == 200, said.text
    changed = await ann.patch("/api/admin/characters/ben", json={"tagline": "Keeps the lamp."})
    assert as_object(changed)["tagline"] == "Keeps the lamp."
    assert (await ann.delete("/api/admin/characters/ben")).status_code == 204


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("PATCH", ""),
        ("DELETE", ""),
        ("POST", "/publish"),
        ("POST", "/unpublish"),
        ("POST", "/reindex"),
        ("GET", "/deletion"),
        ("DELETE", "/avatar"),
        ("DELETE", "/backdrop"),
        ("GET", "/lorebooks"),
    ],
)
async def test_others_change_nothing_of_it(stage: Running, method: str, path: str) -> None:
    ann, other = await member(stage, "ann", "author"), await member(stage, "otto", "author")
    await make(stage, ann)
    await ann.post("/api/admin/characters/ben/publish")
    body = {"tagline": "Mine now."} if method == "PATCH" else None
    refused = await other.request(method, f"/api/admin/characters/ben{path}", json=body)
    assert code_of(refused) == "403 not_yours"
    for path_of_link in ("POST", "DELETE"):
        refused = await other.request(path_of_link, "/api/characters/ben/link")
        assert code_of(refused) == "403 not_yours"
    shown = as_object(await ann.get("/api/characters/ben"))
    assert (shown["published"], shown["tagline"]) == (True, "")


async def test_what_is_published_is_everyones_to_find(stage: Running) -> None:
    ann = await member(stage, "ann", "author")
    await make(stage, ann)
    await ann.post("/api/admin/characters/ben/publish")
    guest = stage.client()
    assert await names(guest) == ["ben"]
    opened = await guest.post("/api/conversations", json={"character": "ben"})
    assert opened.status_code == 201
    await ann.post("/api/admin/characters/ben/unpublish")
    assert await names(guest) == []


async def test_a_link_lets_in_until_it_is_taken_back(stage: Running) -> None:
    ann, guest = await member(stage, "ann", "author"), stage.client()
    await make(stage, ann)
    link = as_object(await ann.post("/api/characters/ben/link"))["link"]
    assert as_object(await ann.post("/api/characters/ben/link"))["link"] == link
    assert as_object(await ann.get("/api/characters/ben"))["visibility"] == "link"
    assert await names(guest) == []
    shown = await guest.post("/api/characters/by-link", json={"link": link})
    assert as_object(shown)["slug"] == "ben"
    assert link not in shown.text
    assert await names(guest) == ["ben"]
    opened = as_object(await guest.post("/api/conversations", json={"character": "ben"}))
    messages = f"/api/conversations/{opened['id']}/messages"
    assert (await guest.post(messages, json={"content": "Hi!"})).status_code == 200

    assert (await ann.delete("/api/characters/ben/link")).status_code == 204
    assert (await guest.get("/api/characters/ben")).status_code == 404
    kept = await guest.get("/api/conversations", params={"character": "ben"})
    assert [each["id"] for each in as_object(kept)["items"]] == [opened["id"]]
    refused = await guest.post(messages, json={"content": "Still there?"})
    assert code_of(refused) == "409 character_unpublished"
    again = await guest.post("/api/characters/by-link", json={"link": link})
    assert code_of(again) == "404 link_not_found"
    assert as_object(await ann.post("/api/characters/ben/link"))["link"] != link


async def test_who_came_by_a_link_keeps_it_on_signing_up(stage: Running) -> None:
    ann, guest = await member(stage, "ann", "author"), stage.client()
    await make(stage, ann)
    link = as_object(await ann.post("/api/characters/ben/link"))["link"]
    await guest.post("/api/characters/by-link", json={"link": link})
    assert (await sign_up(guest, "mara")).status_code == 204
    assert (await me(guest))["role"] == "reader"
    assert await names(guest) == ["ben"]


async def test_the_models_of_the_api_follow_visibility(stage: Running) -> None:
    ann, mara = await member(stage, "ann", "author"), await member(stage, "mara")
    await make(stage, ann)
    keys = {}
    for name, browser in (("ann", ann), ("mara", mara)):
        made = as_object(await browser.post("/api/me/keys", json={"label": "laptop"}))
        keys[name] = stage.client(Authorization=f"Bearer {made['key']}")
    assert await models(keys["ann"]) == ["ben"]
    assert await models(keys["mara"]) == []
    asked = {"model": "ben", "messages": [{"role": "user", "content": "Hello?"}]}
    assert (await keys["ann"].post("/v1/chat/completions", json=asked)).status_code == 200
    assert (await keys["mara"].post("/v1/chat/completions", json=asked)).status_code == 404


async def test_scripts_are_their_authors_too(stage: Running) -> None:
    ann, other = await member(stage, "ann", "author"), await member(stage, "otto", "author")
    script = await upload(ann)
    same_title = await upload(other)
    assert same_title["id"] != script["id"]
    for browser, own in ((ann, script), (other, same_title)):
        listed = as_object(await browser.get("/api/scripts"))["items"]
        assert [each["id"] for each in listed] == [own["id"]]
    path = f"/api/scripts/{script['id']}"
    for route in (path, f"{path}/scenes"):
        assert (await other.get(route)).status_code == 404
        assert (await ann.get(route)).status_code == 200
    assert (await other.post(f"{path}/cast")).status_code == 404
    wanted = {"name": "Ben", "script_ids": [script["id"]]}
    assert (await other.post("/api/characters", json=wanted)).status_code == 404
    assert (await other.delete(path)).status_code == 404
    assert (await ann.delete(path)).status_code == 204


async def test_scripts_of_the_service_are_for_all_authors_to_use(stage: Running) -> None:
    script = await upload(stage.http)
    ann = await member(stage, "ann", "author")
    wanted = {"name": "Ben", "script_ids": [script["id"]]}
    assert (await ann.post("/api/characters", json=wanted)).status_code == 202
    refused = await ann.delete(f"/api/scripts/{script['id']}")
    assert code_of(refused) == "403 not_yours"


async def test_admins_see_and_change_everything(stage: Running) -> None:
    ann = await member(stage, "ann", "author")
    await make(stage, ann)
    listed = as_object(await stage.http.get("/api/admin/characters"))["items"]
    assert [each["slug"] for each in listed] == ["ben"]
    assert (await stage.http.get("/api/characters/ben")).status_code == 200
    changed = await stage.http.patch("/api/admin/characters/ben", json={"tagline": "Seen."})
    assert as_object(changed)["tagline"] == "Seen."


async def test_guests_are_sent_to_sign_in_from_admin_routes(stage: Running) -> None:
    await make(stage, await member(stage, "ann", "author"))
    for method, path in (("DELETE", ""), ("POST", "/publish"), ("GET", "/lorebooks")):
        refused = await stage.client().request(method, f"/api/admin/characters/ben{path}")
        assert code_of(refused) == "401 admin_key_needed"

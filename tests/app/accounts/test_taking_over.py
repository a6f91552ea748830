"""Admins see whose scripts and characters are, take them over, and give them back."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from uuid import UUID

import httpx
import pytest
from structlog.testing import capture_logs

from tests.app.access.calling import BEARER
from tests.app.accounts.signing import community, me, member
from tests.app.accounts.test_ownership import make, upload
from tests.app.running import Json, Running, as_object, code_of, running

pytestmark = pytest.mark.anyio

HOUSE = {"kind": "house", "key": "house", "name": "", "login": ""}


@pytest.fixture
async def stage(database_url: str, tmp_path: Path) -> AsyncIterator[Running]:
    async with running(community(database_url, tmp_path, public_uploads=True)) as started:
        started.http.headers.update(BEARER)
        yield started


async def id_of(browser: httpx.AsyncClient) -> str:
    id: str = (await me(browser))["person"]["id"]
    return id


async def give(browser: httpx.AsyncClient, what: str, owner: str, **more: str) -> httpx.Response:
    return await browser.put(f"/api/admin/{what}/owner", json={"owner": owner, **more})


async def listed(browser: httpx.AsyncClient, what: str, owner: str = "") -> list[Json]:
    response = await browser.get(f"/api/admin/{what}", params={"owner": owner} if owner else {})
    assert response.status_code == 200, response.text
    items: list[Json] = as_object(response)["items"]
    return items


async def test_an_admin_takes_a_character_over_and_gives_it_back(stage: Running) -> None:
    ann, boss = await member(stage, "ann", "author"), await member(stage, "boss", "admin")
    await make(stage, ann)
    ann_id, boss_id = await id_of(ann), await id_of(boss)
    before = (await listed(boss, "characters"))[0]["owner"]
    assert before == {"kind": "person", "key": ann_id, "name": "Ann", "login": "ann"}

    with capture_logs() as logs:
        taken = as_object(await give(boss, "characters/ben", "me"))
    assert (taken["owner"]["key"], taken["visibility"]) == (boss_id, "private")
    event = next(each for each in logs if each["event"] == "owner_changed")
    assert (event["character"], event["before"], event["by"]) == ("ben", f"person {ann_id}", "boss")
    assert code_of(await ann.patch("/api/admin/characters/ben", json={"tagline": "Mine"})) == (
        "404 character_not_found"
    )
    assert [each["slug"] for each in await listed(boss, "characters", "me")] == ["ben"]

    returned = as_object(await give(boss, "characters/ben", before["key"]))
    assert returned["owner"] == before
    assert (await ann.patch("/api/admin/characters/ben", json={"tagline": "Mine"})).is_success
    assert as_object(await give(stage.http, "characters/ben", "me"))["owner"] == HOUSE


async def test_a_script_goes_to_the_house_and_every_author_may_use_it(stage: Running) -> None:
    ann, otto = await member(stage, "ann", "author"), await member(stage, "otto", "author")
    await make(stage, ann)
    script = (await listed(stage.http, "scripts"))[0]
    assert (script["owner"]["login"], script["characters"]) == ("ann", 1)
    path = f"scripts/{script['id']}"
    assert code_of(await otto.get(f"/api/{path}")) == "404 script_not_found"
    assert as_object(await give(stage.http, path, "house"))["owner"] == HOUSE
    assert (await otto.get(f"/api/{path}")).status_code == 200
    assert code_of(await ann.delete(f"/api/{path}")) == "403 not_yours"
    assert [each["id"] for each in await listed(stage.http, "scripts", "house")] == [script["id"]]
    assert await listed(stage.http, "scripts", await id_of(ann)) == []


async def test_a_title_that_the_new_owner_has_asks_for_another(stage: Running) -> None:
    ann = await member(stage, "ann", "author")
    hers = await upload(ann, "The lighthouse")
    await stage.upload(title="The lighthouse")
    path = f"scripts/{hers['id']}"
    assert code_of(await give(stage.http, path, "house")) == "409 title_taken"
    assert (await listed(stage.http, "scripts", await id_of(ann)))[0]["id"] == hers["id"]
    renamed = as_object(await give(stage.http, path, "house", title="  Ann's lighthouse "))
    assert (renamed["title"], renamed["owner"]) == ("Ann's lighthouse", HOUSE)
    # Undone, it has its owner and its title again.
    back = as_object(await give(stage.http, path, await id_of(ann), title="The lighthouse"))
    assert (back["title"], back["owner"]["login"]) == ("The lighthouse", "ann")


async def test_two_of_a_title_taken_over_at_once_do_not_both_arrive(stage: Running) -> None:
    authors = [await member(stage, name, "author") for name in ("ann", "otto")]
    scripts = [await upload(each, "The lighthouse") for each in authors]
    answers = await asyncio.gather(
        *(give(stage.http, f"scripts/{each['id']}", "house") for each in scripts)
    )
    assert sorted(each.status_code for each in answers) == [200, 409]
    assert len(await listed(stage.http, "scripts", "house")) == 1


async def test_what_a_guest_made_is_taken_over_and_given_back(stage: Running) -> None:
    guest = stage.client()
    await guest.get("/api/characters")  # gets the cookie
    await make(stage, guest)
    owner = (await listed(stage.http, "characters"))[0]["owner"]
    assert (owner["kind"], owner["name"]) == ("guest", "")
    await give(stage.http, "characters/ben", "house")
    change = {"tagline": "Mine."}
    refused = await guest.patch("/api/admin/characters/ben", json=change)
    assert code_of(refused) == "403 not_yours"
    await give(stage.http, "characters/ben", owner["key"])
    assert (await guest.patch("/api/admin/characters/ben", json=change)).status_code == 200


@pytest.mark.parametrize("key", ["nobody", str(UUID(int=7)), "person 7", ""])
async def test_an_owner_that_does_not_exist_gets_nothing(stage: Running, key: str) -> None:
    await make(stage, await member(stage, "ann", "author"))
    assert code_of(await give(stage.http, "characters/ben", key)) == "404 owner_not_found"
    assert (await listed(stage.http, "characters"))[0]["owner"]["login"] == "ann"
    refused = await stage.http.get("/api/admin/scripts", params={"owner": key or "x"})
    assert code_of(refused) == "404 owner_not_found"

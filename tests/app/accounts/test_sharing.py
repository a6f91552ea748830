"""An author chooses who finds a character, replaces its link, and sees what is theirs alone."""

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from structlog.testing import capture_logs

from tests.app.access.calling import BEARER
from tests.app.accounts.signing import community, member
from tests.app.accounts.test_ownership import make, names
from tests.app.running import Json, Running, as_object, code_of, running

pytestmark = pytest.mark.anyio

SHARING = "/api/characters/ben/sharing"
LINK = "/api/characters/ben/link"


@pytest.fixture
async def stage(database_url: str, tmp_path: Path) -> AsyncIterator[Running]:
    async with running(community(database_url, tmp_path)) as started:
        started.http.headers.update(BEARER)
        yield started


async def choose(browser: httpx.AsyncClient, visibility: str) -> Json:
    response = await browser.put(SHARING, json={"visibility": visibility})
    assert response.status_code == 200, response.text
    return as_object(response)


async def come_in(browser: httpx.AsyncClient, link: str) -> httpx.Response:
    return await browser.post("/api/characters/by-link", json={"link": link})


async def test_its_author_chooses_who_finds_it(stage: Running) -> None:
    ann, guest, other = await member(stage, "ann", "author"), stage.client(), stage.client()
    await make(stage, ann)
    private = as_object(await ann.get(SHARING))
    assert private == {"may_change": True, "visibility": "private", "link": None, "guests": 0}

    with capture_logs() as logs:
        shared = await choose(ann, "link")
    assert shared["visibility"] == "link"
    assert (await come_in(guest, shared["link"])).status_code == 200
    assert as_object(await ann.get(SHARING))["guests"] == 1
    assert (await names(guest), await names(other)) == (["ben"], [])
    logged = [each for each in logs if each["event"] == "character_shared"]
    assert [(each["character"], each["by"]) for each in logged] == [("ben", "ann")]
    assert shared["link"] not in str(logs)

    published = await choose(ann, "published")
    assert (published["visibility"], published["link"]) == ("published", shared["link"])
    assert await names(other) == ["ben"]

    # Private is private: published and link end together.
    assert await choose(ann, "private") == private
    assert (await names(guest), await names(other)) == ([], [])
    assert code_of(await come_in(guest, shared["link"])) == "404 link_not_found"


async def test_a_new_link_ends_the_old_one_with_all_it_let_in(stage: Running) -> None:
    ann, guest = await member(stage, "ann", "author"), stage.client()
    await make(stage, ann)
    old = (await choose(ann, "link"))["link"]
    await come_in(guest, old)
    new = as_object(await ann.put(LINK))["link"]
    assert new != old
    assert await names(guest) == []
    assert code_of(await come_in(guest, old)) == "404 link_not_found"
    assert as_object(await ann.get(SHARING)) == {
        "may_change": True,
        "visibility": "link",
        "link": new,
        "guests": 0,
    }
    assert (await come_in(guest, new)).status_code == 200


async def test_no_one_else_sees_the_link_or_changes_it(stage: Running) -> None:
    ann, other = await member(stage, "ann", "author"), await member(stage, "otto", "author")
    await make(stage, ann)
    await choose(ann, "link")
    assert code_of(await other.get(SHARING)) == "404 character_not_found"
    assert code_of(await other.put(SHARING, json={"visibility": "private"})) == (
        "404 character_not_found"
    )
    await choose(ann, "published")
    shown = {"may_change": False, "visibility": "published", "link": None, "guests": None}
    reader = await member(stage, "rea")
    for stranger in (stage.client(), reader, other):
        assert as_object(await stranger.get(SHARING)) == shown
    assert code_of(await other.put(LINK)) == "403 not_yours"
    assert code_of(await other.put(SHARING, json={"visibility": "private"})) == "403 not_yours"
    assert code_of(await reader.put(LINK)) == "403 uploads_closed"


async def test_a_key_that_only_reads_does_not_get_the_link(stage: Running) -> None:
    """The link lets others in: to see it is to give it away."""
    ann = await member(stage, "ann", "author")
    await make(stage, ann)
    await choose(ann, "link")
    wanted = {"label": "reads", "scopes": ["read"]}
    key = as_object(await ann.post("/api/me/keys", json=wanted))["key"]
    shown = as_object(await stage.client(Authorization=f"Bearer {key}").get(SHARING))
    assert (shown["may_change"], shown["link"], shown["guests"]) == (False, None, None)


async def test_admins_may_change_it_as_its_author_may(stage: Running) -> None:
    ann, boss = await member(stage, "ann", "author"), await member(stage, "boss", "admin")
    await make(stage, ann)
    assert as_object(await boss.get(SHARING))["may_change"] is True
    assert (await choose(boss, "published"))["visibility"] == "published"


async def test_authors_list_their_own_and_bring_back_what_they_deleted(stage: Running) -> None:
    ann, otto = await member(stage, "ann", "author"), await member(stage, "otto", "author")
    await make(stage, ann, "Ben")
    await make(stage, otto, "Anna")
    await choose(ann, "published")  # others' published characters are not one's own

    async def own(browser: httpx.AsyncClient, path: str = "characters") -> list[str]:
        listed = as_object(await browser.get(f"/api/me/{path}"))["items"]
        return [each["slug"] for each in listed]

    assert (await own(ann), await own(otto)) == (["ben"], ["anna"])
    assert await own(stage.http) == []  # the admin key's own are the house's
    await ann.delete("/api/admin/characters/ben?restorable=true")
    assert await own(ann) == []
    assert (await own(ann, "deleted-characters"), await own(otto, "deleted-characters")) == (
        ["ben"],
        [],
    )
    assert (await ann.post("/api/admin/characters/ben/restore")).status_code == 200
    assert await own(ann) == ["ben"]


async def test_a_list_of_scripts_says_which_may_be_deleted(stage: Running) -> None:
    await stage.upload(title="The house's")
    ann = await member(stage, "ann", "author")
    await make(stage, ann)
    listed = as_object(await ann.get("/api/scripts"))["items"]
    may = {each["title"]: each["may_change"] for each in listed}
    assert may == {"The lighthouse": True, "The house's": False}
    everything = as_object(await stage.http.get("/api/scripts"))["items"]
    assert [each["may_change"] for each in everything] == [True, True]

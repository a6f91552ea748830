"""The bookmark itself: who sets it, in which ways, and what becomes of it."""

import io
import json
import zipfile
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.app.access.calling import BEARER
from tests.app.accounts.signing import community, member, sign_up
from tests.app.bookmarks.play import PLAY, make_play, set_bookmark
from tests.app.running import Json, Running, as_object, code_of, running

pytestmark = pytest.mark.anyio

FILM = """\
1
00:00:10,000 --> 00:00:12,000
Anna: Is anyone there?

2
00:01:00,000 --> 00:01:30,000
Ben: I am here, by the lamp.

3
00:10:00,000 --> 00:10:02,000
Anna: The lamp is out, and I am glad.
"""
"""Three scenes, for two of its pauses are long."""


async def read(stage: Running, script: Json) -> Json:
    response = await stage.http.get(f"/api/scripts/{script['id']}/bookmark")
    assert response.status_code == 200, response.text
    return as_object(response)


async def test_it_is_set_moved_and_removed(stage: Running) -> None:
    script = await make_play(stage)
    url = f"/api/scripts/{script['id']}/bookmark"
    nowhere = {"scene": None, "given": None, "value": None, "updated_at": None}
    assert nowhere.items() <= (await read(stage, script)).items()
    first = await set_bookmark(stage, script, scene=2)
    assert first["script"] == {"id": script["id"], "title": script["title"]}
    assert (first["scene"], first["scenes"]) == (2, 5)
    assert (first["given"], first["value"]) == ("scene", "2")
    again = await set_bookmark(stage, script, scene=2)
    assert {**again, "updated_at": None} == {**first, "updated_at": None}
    assert (await set_bookmark(stage, script, scene=0))["scene"] == 0
    assert (await read(stage, script))["scene"] == 0
    for _ in range(2):
        assert (await stage.http.delete(url)).status_code == 204
    assert (await read(stage, script))["scene"] is None


async def test_a_chapter_is_named_by_its_number_or_its_title(stage: Running) -> None:
    script = await make_play(stage)
    third = await set_bookmark(stage, script, chapter=3)
    assert (third["scene"], third["chapters"], third["given"]) == (3, 5, "chapter")
    assert len(third["read_chapters"]) == 3
    title = third["read_chapters"][1]
    assert (await set_bookmark(stage, script, chapter=title.lower()))["scene"] == 2


async def test_minutes_are_those_of_subtitles(stage: Running) -> None:
    script = await stage.upload(FILM, filename="film.srt")
    assert script["scenes"] == 3
    found = await set_bookmark(stage, script, minutes=1.5)
    assert (found["scene"], found["minutes"], found["value"]) == (2, 10.03, "1.5")
    assert (await set_bookmark(stage, script, minutes=1.4))["scene"] == 1


@pytest.mark.parametrize(
    ("place", "refusal"),
    [
        ({}, "422 invalid_request"),
        ({"scene": 1, "minutes": 2}, "422 invalid_request"),
        ({"scene": -1}, "422 invalid_request"),
        ({"chapter": 0}, "422 invalid_request"),
        ({"scene": 6}, "422 unknown_scene"),
        ({"chapter": 6}, "422 unknown_chapter"),
        ({"chapter": "The end"}, "422 unknown_chapter"),
        ({"minutes": 3}, "422 no_minutes"),
    ],
)
async def test_a_place_that_the_script_does_not_have(
    stage: Running, place: Json, refusal: str
) -> None:
    script = await make_play(stage)
    response = await stage.http.put(f"/api/scripts/{script['id']}/bookmark", json=place)
    assert code_of(response) == refusal
    assert (await read(stage, script))["scene"] is None


async def test_it_survives_a_new_version_of_the_script(stage: Running) -> None:
    script = await make_play(stage)
    await set_bookmark(stage, script, scene=2)
    prologue = "SCENE 0 - Before\nAnna: Nobody was here.\nBen: Nobody but me.\n\n"
    again = await stage.upload(prologue + PLAY, filename="harbour.txt")
    assert (again["id"], again["scenes"]) == (script["id"], 6)
    assert (await read(stage, script))["scene"] == 3
    edited = PLAY.replace("quolk1 letter", "quolk1 parcel").replace("SCENE 5", "SCENE 6")
    await stage.upload(edited, filename="harbour.txt")
    assert (await read(stage, script))["scene"] == 2


async def test_it_goes_with_its_script(stage: Running) -> None:
    script = await stage.upload(PLAY)
    await set_bookmark(stage, script, scene=2)
    assert (await stage.http.delete(f"/api/scripts/{script['id']}")).status_code == 204
    assert code_of(await stage.http.get(f"/api/scripts/{script['id']}/bookmark")) == (
        "404 script_not_found"
    )


@pytest.fixture
async def house(database_url: str, tmp_path: Path) -> AsyncIterator[Running]:
    """A service with an admin key, in which the test acts as its holder."""
    async with running(community(database_url, tmp_path)) as started:
        started.http.headers.update(BEARER)
        yield started


async def test_each_reader_has_one_of_their_own(house: Running) -> None:
    script = await make_play(house)
    url = f"/api/scripts/{script['id']}/bookmark"
    guest, person = house.client(), await member(house, "mara")
    assert (await guest.put(url, json={"scene": 2})).status_code == 200
    assert as_object(await guest.get(url))["scene"] == 2
    assert as_object(await person.get(url))["scene"] is None
    assert as_object(await house.http.get(url))["scene"] is None
    seen = as_object(await guest.get("/api/characters/ben"))
    assert (seen["reading"]["scene"], seen["reading"]["until"]) == (2, 2)
    assert as_object(await person.get("/api/characters/ben"))["reading"] is None
    # The whole is for who may change it.
    assert code_of(await guest.get("/api/characters/ben?whole=true")) == "403 not_yours"
    assert as_object(await house.http.get("/api/characters/ben?whole=true"))["reading"] is None


async def test_a_script_of_which_one_finds_no_character_is_not_there(house: Running) -> None:
    script = await house.upload(PLAY)
    url = f"/api/scripts/{script['id']}/bookmark"
    stranger = house.client()
    for response in (
        await stranger.get(url),
        await stranger.put(url, json={"scene": 1}),
        await stranger.delete(url),
    ):
        assert code_of(response) == "404 script_not_found"


async def test_it_is_theirs_to_take_along_and_to_erase(house: Running) -> None:
    script = await make_play(house)
    url = f"/api/scripts/{script['id']}/bookmark"
    reader = house.client()
    assert (await reader.put(url, json={"chapter": 2})).status_code == 200
    downloaded = await reader.get("/api/me/download")
    archive = zipfile.ZipFile(io.BytesIO(downloaded.content))
    [taken] = json.loads(archive.read("account.json"))["bookmarks"]
    assert (taken["id"], taken["title"]) == (script["id"], script["title"])
    assert (taken["scene"], taken["kind"], taken["value"]) == (2, "chapter", "2")
    cookies = dict(reader.cookies)
    assert (await reader.post("/api/me/erasure", json={"everything": True})).status_code == 204
    reader.cookies.update(cookies)
    assert as_object(await reader.get(url))["scene"] is None


async def test_a_guest_who_signs_up_keeps_it(house: Running) -> None:
    script = await make_play(house)
    url = f"/api/scripts/{script['id']}/bookmark"
    browser = house.client()
    assert (await browser.put(url, json={"scene": 3})).status_code == 200
    assert (await sign_up(browser, "nora", keep_conversations=True)).status_code == 204
    assert as_object(await browser.get(url))["scene"] == 3

"""Operators alone list, correct and delete what characters remember."""

import asyncio
import json
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import func, select

from app.backup.dumping import back_up
from app.db.models import SceneMemoryJob, StoredSceneMemory
from app.settings import Settings
from app.tools.backup.restoring import restore
from tests.app.conftest import make_settings
from tests.app.running import Running, as_object, code_of, error_of, running
from tests.app.scene_memories.memories import (
    PLAY,
    REMEMBERED,
    URL,
    RememberingEngine,
    listed,
    make,
    texts_of,
    write_all,
)

pytestmark = pytest.mark.anyio

MINE = "Ambrose had hidden the letter, and I pretended not to see it."


async def rows(stage: Running) -> tuple[int, int]:
    """How many memories and jobs are stored, whoever's."""
    async with stage.services.database.read() as session:
        memories = await session.scalar(select(func.count()).select_from(StoredSceneMemory))
        jobs = await session.scalar(select(func.count()).select_from(SceneMemoryJob))
    return memories or 0, jobs or 0


async def test_a_memory_is_written_corrected_deleted_and_restored_by_hand(stage: Running) -> None:
    await make(stage)
    scene = (await listed(stage))["items"][0]
    url = f"{URL}/{scene['id']}"
    assert code_of(await stage.http.delete(url)) == "404 scene_memory_not_found"
    written = as_object(await stage.http.put(url, json={"text": f"  {MINE} "}))
    assert written["text"] == MINE
    assert (written["origin"], written["model"], written["scene"]) == ("edited", None, 0)
    corrected = as_object(await stage.http.put(url, json={"text": "I saw it."}))
    assert corrected["updated_at"] > written["updated_at"]
    assert texts_of(await listed(stage)) == ["I saw it.", None, None, None]
    assert (await stage.http.delete(url)).status_code == 204
    assert texts_of(await listed(stage)) == [None] * 4
    assert (await stage.http.put(url, json={"text": "I saw it."})).status_code == 200
    assert texts_of(await listed(stage)) == ["I saw it.", None, None, None]


@pytest.mark.parametrize(
    "text",
    ["", "  \t ", "I saw\nit.", "I saw \x00 it.", "I saw \ud800 it.", "I" * 501, None, 7, ["I"]],
)
async def test_a_text_that_is_none_is_refused(stage: Running, text: object) -> None:
    await make(stage)
    scene = (await listed(stage))["items"][0]
    body = json.dumps({"text": text})
    refused = await stage.http.put(
        f"{URL}/{scene['id']}", content=body, headers={"Content-Type": "application/json"}
    )
    assert code_of(refused) == "422 invalid_request"
    assert texts_of(await listed(stage)) == [None] * 4


async def test_the_longest_text_is_taken(stage: Running) -> None:
    await make(stage)
    scene = (await listed(stage))["items"][0]
    text = "我" * 500
    assert (await stage.http.put(f"{URL}/{scene['id']}", json={"text": text})).status_code == 200
    assert texts_of(await listed(stage))[0] == text


async def test_other_scenes_and_other_characters_are_not_touched(stage: Running) -> None:
    await make(stage)
    await stage.make_character("Anna", script_ids=[(await stage.upload(PLAY))["id"]])
    mine, theirs = await listed(stage), await listed(stage, URL.replace("ben", "anna"))
    first, other = mine["items"][0]["id"], theirs["items"][1]["id"]
    assert {first}.isdisjoint(item["id"] for item in theirs["items"])  # the same scene, lived apart
    for wrong in (str(uuid4()), other):
        refused = await stage.http.put(f"{URL}/{wrong}", json={"text": MINE})
        assert code_of(refused) == "404 scene_memory_not_found"
        assert wrong in error_of(refused)["message"]
    assert code_of(await stage.http.put(f"{URL}/x", json={"text": MINE})) == "422 invalid_request"
    unknown = await stage.http.get(URL.replace("ben", "dora"))
    assert code_of(unknown) == "404 character_not_found"
    await stage.http.put(f"{URL}/{first}", json={"text": MINE})
    await stage.http.delete(URL.replace("ben", "anna"), params={"remove": "all"})
    assert texts_of(await listed(stage))[0] == MINE


async def test_scenes_come_in_pages(stage: Running) -> None:
    await make(stage)
    found, cursor = [], None
    while True:
        page = await listed(stage, limit=3, **({"cursor": cursor} if cursor else {}))
        found.append([item["scene"] for item in page["items"]])
        assert page["run"]["scenes"] == 4
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert found == [[0, 2, 3], [4]]
    for wrong in ("x", str(uuid4())):
        refused = await stage.http.get(URL, params={"cursor": wrong})
        assert code_of(refused) == "422 invalid_cursor"


async def test_removal_spares_what_it_does_not_name(settings: Settings) -> None:
    async with running(settings, engine=RememberingEngine()) as stage:
        await make(stage)
        items = (await write_all(stage))["items"]
        await stage.http.put(f"{URL}/{items[1]['id']}", json={"text": MINE})
        kept = as_object(await stage.http.delete(URL))
        assert (kept["status"], kept["remembered"]) == ("done", 4)
        assert (
            as_object(await stage.http.delete(URL, params={"remove": "written"}))["remembered"] == 1
        )
        assert texts_of(await listed(stage)) == [None, MINE, None, None]
        as_object(await stage.http.delete(URL, params={"remove": "all"}))
        assert await rows(stage) == (0, 1)
        wrong = await stage.http.delete(URL, params={"remove": "everything"})
        assert code_of(wrong) == "422 invalid_request"
        assert texts_of(await write_all(stage)) == REMEMBERED


async def test_memories_of_lost_scenes_wait_for_them(settings: Settings) -> None:
    """What a person wrote is never deleted by a run; what the engine wrote is."""
    async with running(settings, engine=RememberingEngine()) as stage:
        await make(stage)
        items = (await write_all(stage))["items"]
        await stage.http.put(f"{URL}/{items[2]['id']}", json={"text": MINE})
        lost = PLAY.replace("all night", "all day").replace("thirteen", "fourteen")
        await stage.upload(lost)
        assert (await listed(stage))["run"]["outdated"] == 2
        assert texts_of(await listed(stage)) == [REMEMBERED[0], None, None, REMEMBERED[3]]
        assert (await write_all(stage))["run"]["outdated"] == 1
        await stage.upload(PLAY)
        shown = await listed(stage)
        assert texts_of(shown) == [REMEMBERED[0], None, MINE, REMEMBERED[3]]
        assert shown["run"]["outdated"] == 2  # of the scenes that were there in between


async def test_a_character_takes_its_memories_with_it(settings: Settings) -> None:
    async with running(settings, engine=RememberingEngine()) as stage:
        await make(stage)
        await write_all(stage)
        assert await rows(stage) == (4, 1)
        assert (await stage.http.delete("/api/admin/characters/ben")).status_code == 204
        assert await rows(stage) == (0, 0)


async def test_a_second_script_adds_its_scenes(stage: Running) -> None:
    first = await stage.upload(PLAY)
    second = await stage.upload("# Six\nAnna: Sail?\nBen: We sail at dawn.\n", "more.txt")
    await stage.make_character(script_ids=[first["id"], second["id"]])
    shown = await listed(stage)
    assert [item["scene"] for item in shown["items"]] == [0, 2, 3, 4, 5]
    assert shown["items"][-1]["opening"] == "Anna: Sail?"


async def test_a_backup_has_them(settings: Settings, tmp_path: Path) -> None:
    async with running(settings, engine=RememberingEngine()) as stage:
        await make(stage)
        before = await write_all(stage)
    file = tmp_path / "backup.zip"
    (tmp_path / "moved").mkdir()
    moved = make_settings(f"sqlite:///{tmp_path}/moved/offbook.sqlite3", tmp_path / "moved")
    await asyncio.to_thread(back_up, settings, file, lambda *_: None)
    await asyncio.to_thread(restore, moved, file, lambda *_: None, replace=False)
    async with running(moved) as stage:
        assert await listed(stage) == before


async def test_visitors_may_not(settings: Settings) -> None:
    key = "a key that is long enough"
    async with running(settings, engine=RememberingEngine()) as stage:
        await make(stage)
        scene = (await listed(stage))["items"][0]["id"]
    guarded = Settings.model_validate({**settings.model_dump(), "access": {"admin_key": key}})
    async with running(guarded) as stage:
        for method, url in (
            ("GET", URL),
            ("POST", URL),
            ("DELETE", URL),
            ("PUT", f"{URL}/{scene}"),
            ("DELETE", f"{URL}/{scene}"),
            ("GET", URL.replace("ben", "nobody")),
        ):
            refused = await stage.http.request(method, url)
            assert refused.status_code == 401, f"{method} {url}"
        async with stage.client(Authorization=f"Bearer {key}") as admin:
            assert (await admin.get(URL)).status_code == 200

"""Lists, scenes, deletion."""

from io import BytesIO
from zipfile import ZipFile

import pytest

from tests.app.running import SCRIPT, Running, as_object, code_of, error_of

pytestmark = pytest.mark.anyio


async def test_scripts_are_listed_newest_first_in_pages(stage: Running) -> None:
    for title in ("one", "two", "three"):
        await stage.upload(f"Anna: This is {title}.\n", title=title)
    first = as_object(await stage.http.get("/api/scripts", params={"limit": 2}))
    assert [item["title"] for item in first["items"]] == ["three", "two"]
    rest = as_object(
        await stage.http.get("/api/scripts", params={"limit": 2, "cursor": first["next_cursor"]})
    )
    assert [item["title"] for item in rest["items"]] == ["one"]
    assert rest["next_cursor"] is None


async def test_scenes_are_paged_in_order_with_the_rows_of_the_file(stage: Running) -> None:
    script = await stage.upload()
    url = f"/api/scripts/{script['id']}/scenes"
    first = as_object(await stage.http.get(url, params={"limit": 2}))
    assert [(scene["number"], scene["row"]) for scene in first["items"]] == [(1, 1), (2, 5)]
    assert first["items"][1]["lines"][1] == {
        "speaker": "Ben",
        "text": "The lighthouse burns every night, I keep the lamp myself.",
        "row": 6,
        "direction": None,
    }
    rest = as_object(await stage.http.get(url, params={"limit": 2, "cursor": first["next_cursor"]}))
    assert [scene["number"] for scene in rest["items"]] == [3]
    assert rest["next_cursor"] is None


async def test_cursors_and_limits_are_checked(stage: Running) -> None:
    assert code_of(await stage.http.get("/api/scripts?cursor=x")) == "422 invalid_cursor"
    for query in ("limit=0", "limit=201", "limit=x"):
        assert code_of(await stage.http.get(f"/api/scripts?{query}")) == "422 invalid_request"
    script = await stage.upload()
    url = f"/api/scripts/{script['id']}/scenes"
    for cursor in ("-1", "99999999999999999999", "x"):
        response = await stage.http.get(url, params={"cursor": cursor})
        assert code_of(response) == "422 invalid_request"


async def test_a_script_without_characters_is_deleted_with_its_scenes(stage: Running) -> None:
    script = await stage.upload()
    assert (await stage.http.delete(f"/api/scripts/{script['id']}")).status_code == 204
    gone = await stage.http.get(f"/api/scripts/{script['id']}")
    assert code_of(gone) == "404 script_not_found"
    assert as_object(await stage.http.get("/api/admin/stats"))["scenes"] == 0


async def test_a_script_in_use_is_not_deleted(stage: Running) -> None:
    script = await stage.upload()
    await stage.make_character(script_ids=[script["id"]])
    response = await stage.http.delete(f"/api/scripts/{script['id']}")
    assert code_of(response) == "409 script_in_use"
    assert error_of(response)["detail"] == {"characters": ["ben"]}
    await stage.http.delete("/api/admin/characters/ben")
    assert (await stage.http.delete(f"/api/scripts/{script['id']}")).status_code == 204


async def test_one_character_may_play_in_several_scripts(stage: Running) -> None:
    one = await stage.upload(title="one")
    two = await stage.upload(SCRIPT.replace("Ben", "Benjamin"), title="two")
    ben = await stage.make_character(script_ids=[one["id"], two["id"]], aliases=["Benjamin"])
    assert ben["lines"] == 6
    assert ben["speakers"] == ["Ben", "Benjamin"]
    # The scenes of both read alike but for the name, so all are examples.
    assert ben["examples"] == 6
    assert [script["title"] for script in ben["scripts"]] == ["one", "two"]


async def test_a_scene_of_an_archive_tells_its_file(stage: Running) -> None:
    archive = BytesIO()
    with ZipFile(archive, "w") as stories:
        stories.writestr("one.txt", "Anna: One.\nBen: Two.\n")
        stories.writestr("two.txt", "Anna: Three.\n: nobody\n")
    script = await stage.upload(archive.getvalue(), "stories.zip")
    assert [(row["part"], row["row"]) for row in script["rejected"]] == [("two.txt", 2)]
    scenes = as_object(await stage.http.get(f"/api/scripts/{script['id']}/scenes"))["items"]
    assert [(scene["part"], scene["row"]) for scene in scenes] == [("one.txt", 1), ("two.txt", 1)]


async def test_the_formats_a_script_can_be_in_are_listed(stage: Running) -> None:
    formats = as_object(await stage.http.get("/api/scripts/formats"))["items"]
    assert {"csv", "table", "text", "jsonl"} <= set(formats)
    for name in formats:
        response = await stage.http.post(
            "/api/scripts?dry_run=true",
            files={"file": ("a.txt", b"Anna: One.\n")},
            data={"format": name},
        )
        assert response.status_code in {200, 422}
        assert response.status_code == 200 or error_of(response)["code"] != "unknown_format"

"""The same title again: a duplicate, or a replacement in one step."""

import pytest

from tests.app.running import SCRIPT, Running, as_object, code_of

pytestmark = pytest.mark.anyio

LONGER = SCRIPT + "\nAnna: Who is at the door?\nBen: Nobody but the wind is at the door tonight.\n"


async def test_the_same_file_again_is_a_duplicate(stage: Running) -> None:
    first = await stage.upload()
    response = await stage.http.post("/api/scripts", files={"file": ("play.txt", SCRIPT.encode())})
    assert response.status_code == 200
    assert as_object(response) == {**first, "duplicate": True}
    assert as_object(await stage.http.get("/api/admin/stats"))["scripts"] == 1


@pytest.mark.parametrize(
    "options",
    [
        {"encoding": "gb18030"},
        {"format": "text"},
        {"speaker_column": "role"},
        {"aliases": '{"B": "Ben"}'},
    ],
    ids=lambda options: next(iter(options)),
)
async def test_the_same_file_read_otherwise_is_no_duplicate(
    stage: Running, options: dict[str, str]
) -> None:
    table = b"role,text\nAnna,One.\nBen,Two.\n"
    if "format" in options:
        table = SCRIPT.encode()
    first = await stage.upload(table, "play.csv")
    for replaced, duplicate in ((True, False), (False, True)):
        response = await stage.http.post(
            "/api/scripts", files={"file": ("play.csv", table)}, data=options
        )
        report = as_object(response)
        assert (response.status_code, report["id"]) == (200, first["id"])
        assert (report["replaced"], report["duplicate"]) == (replaced, duplicate)


async def test_another_file_replaces_and_its_characters_are_indexed_again(stage: Running) -> None:
    first = await stage.upload()
    before = await stage.make_character(script_ids=[first["id"]])
    assert (before["examples"], before["lines"]) == (3, 3)
    response = await stage.http.post("/api/scripts", files={"file": ("play.txt", LONGER.encode())})
    assert response.status_code == 200
    report = as_object(response)
    assert report["id"] == first["id"]
    assert (report["replaced"], report["duplicate"], report["scenes"]) == (True, False, 4)
    assert report["characters"] == [{"slug": "ben", "name": "Ben"}]
    after = await stage.indexed("ben")
    assert (after["status"], after["examples"], after["lines"]) == ("ready", 4, 4)
    stats = as_object(await stage.http.get("/api/admin/stats"))
    assert (stats["scenes"], stats["examples"]) == (4, 4)


async def test_a_replacement_that_cannot_be_read_changes_nothing(stage: Running) -> None:
    first = await stage.upload()
    broken = b"Anna: One.\n" * 5_000 + b"Ben: " + b"x" * 100_001
    response = await stage.http.post("/api/scripts", files={"file": ("play.txt", broken)})
    assert code_of(response) == "413 line_too_long"
    assert (await stage.http.get(f"/api/scripts/{first['id']}")).json() == first
    stats = as_object(await stage.http.get("/api/admin/stats"))
    assert stats["scenes"] == 3


async def test_a_character_whose_speaker_is_gone_keeps_its_index(stage: Running) -> None:
    await stage.make_character()
    await stage.upload("Anna: I am alone in this play now.\n")
    character = await stage.indexed("ben")
    assert character["status"] == "ready"
    assert character["examples"] == 3
    assert "None of the speakers Ben" in character["error"]
    conversation = await stage.open("ben")
    assert (await stage.say(conversation, "The lighthouse?"))["reply"]["state"] == "complete"

"""Stages in a character's list, and stages whose first character is deleted."""

import pytest

from tests.app.running import Running, as_object, code_of, texts
from tests.app.stage.staging import act, make_cast, open_stage, speaker

pytestmark = pytest.mark.anyio


async def listed(stage: Running, slug: str) -> list[str]:
    answer = await stage.http.get("/api/conversations", params={"character": slug})
    return [each["id"] for each in as_object(answer)["items"]]


async def test_a_character_lists_every_stage_that_it_is_on(stage: Running) -> None:
    await make_cast(stage)
    both = await open_stage(stage, "anna", "ben")
    alone = await stage.open("ben")
    assert await listed(stage, "anna") == [both["id"]]
    assert await listed(stage, "ben") == [alone["id"], both["id"]]
    assert await listed(stage, "clara") == []
    await act(stage, alone, "participants", character="clara")
    assert await listed(stage, "clara") == [alone["id"]]


@pytest.mark.parametrize("restorable", [False, True])
async def test_a_stage_outlives_its_first_character(stage: Running, restorable: bool) -> None:
    await make_cast(stage)
    opened = await open_stage(stage, "anna", "ben")
    stage.engine.reply = "So it is."
    await act(stage, opened, "messages", content="A cold night.", speaker="anna")
    one = await stage.open("anna")
    removed = await stage.http.delete(
        "/api/admin/characters/anna", params={"restorable": str(restorable).lower()}
    )
    assert removed.status_code == 204, removed.text
    assert code_of(await stage.http.get(f"/api/conversations/{one['id']}")) == (
        "404 conversation_not_found"
    )
    shown = await stage.read(opened)
    assert shown["character"]["slug"] == "ben"
    assert texts(shown)[-2:] == ["A cold night.", "So it is."]
    assert [each["name"] for each in shown["participants"]] == ["Anna", "Ben"]
    turn = await act(stage, opened, "messages", content="Ben?")
    assert speaker(turn["reply"]) == "ben"


async def test_a_stage_without_another_character_goes(stage: Running) -> None:
    await make_cast(stage)
    opened = await open_stage(stage, "anna", role="director")
    await stage.http.delete("/api/admin/characters/anna")
    assert code_of(await stage.http.get(f"/api/conversations/{opened['id']}")) == (
        "404 conversation_not_found"
    )

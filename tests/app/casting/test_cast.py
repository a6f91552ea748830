"""Who of a script is worth playing, and several characters of it at once."""

from typing import Any

import pytest

from app.settings import Settings
from tests.app.running import Json, Running, as_object, code_of, error_of, running

pytestmark = pytest.mark.anyio

PLAY = "\n\n".join(
    f"Anna: What did the sea bring us on day number {day} of this winter?\n"
    f"Ben: On day {day} it brought us nothing but weed and wet wood.\n"
    "众人：号外，号外，今天海上又起了大风！\n"
    + (f"Cook: 汤在锅里，已经热到第{day}天了，再不喝就干了。\n" if day < 4 else "")
    for day in range(12)
)
"""Anna and Ben speak 12 lines each, 众人 12, Cook 4: 40 lines in 12 scenes."""


async def cast(stage: Running, script: Json, **query: int) -> Json:
    response = await stage.http.post(f"/api/scripts/{script['id']}/cast", params=query)
    assert response.status_code == 200, response.text
    return as_object(response)


async def create(stage: Running, script: Json, *characters: Json) -> Any:
    url = f"/api/scripts/{script['id']}/characters"
    return await stage.http.post(url, json={"characters": list(characters)})


async def names(stage: Running) -> list[str]:
    page = as_object(await stage.http.get("/api/characters"))
    return [each["name"] for each in page["items"]]


async def test_the_cast_is_ranked_with_reasons(stage: Running) -> None:
    proposal = await cast(stage, await stage.upload(PLAY, title="Winter"))
    assert (proposal["title"], proposal["lines"], proposal["scenes"]) == ("Winter", 40, 12)
    assert proposal["scenes_read"] == 12
    assert [(role["name"], role["verdict"]) for role in proposal["roles"]] == [
        ("Anna", "lead"),
        ("Ben", "lead"),
        ("Cook", "lead"),
        ("众人", "group"),
    ]
    anna, _, cook, crowd = proposal["roles"]
    assert (anna["share"], anna["scene_share"], anna["lines"]) == (0.3, 1.0, 12)
    assert (anna["languages"], cook["languages"]) == (["en"], ["zh"])
    assert anna["recommended"]
    assert anna["reason"].startswith("Speaks 30% of the lines (12), in 12 scenes")
    assert len(cook["samples"]) == 3
    assert (crowd["voice"], crowd["recommended"]) == ("group", False)
    assert await names(stage) == []


async def test_only_those_who_say_most_are_considered(stage: Running) -> None:
    proposal = await cast(stage, await stage.upload(PLAY), limit=1)
    assert [role["name"] for role in proposal["roles"]] == ["Anna"]
    missing = "019c0000-0000-7000-8000-000000000000"
    assert code_of(await stage.http.post(f"/api/scripts/{missing}/cast")) == "404 script_not_found"


async def test_of_a_long_script_scenes_from_all_over_are_read(
    stage: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.casting.service._SCENES", 4)
    proposal = await cast(stage, await stage.upload(PLAY))
    # Scene n is read where the fraction of n times 0.618... is below 4/12.
    assert proposal["scenes_read"] == 4
    anna = proposal["roles"][0]
    read = [
        f"What did the sea bring us on day number {n - 1} of this winter?" for n in (2, 5, 7, 10)
    ]
    assert (anna["lines"], anna["mean_characters"]) == (12, len(read[0]))
    assert set(anna["samples"]) < set(read)


async def test_several_characters_are_made_at_once(stage: Running) -> None:
    script = await stage.upload(PLAY)
    response = await create(
        stage,
        script,
        {"name": "Anna", "profile": "She waits.", "greeting": "Ah."},
        {"name": "The Keeper", "speakers": ["Ben", "Cook"]},
        {"name": "Anna"},
    )
    assert response.status_code == 202
    made = response.json()["items"]
    assert [each["slug"] for each in made] == ["anna", "the-keeper", "anna-2"]
    assert {each["status"] for each in made} == {"indexing"}
    keeper = await stage.indexed("the-keeper")
    assert (keeper["status"], keeper["lines"], keeper["examples"]) == ("ready", 16, 12)
    anna = await stage.indexed("anna")
    assert (anna["profile"], anna["greeting"]) == ("She waits.", "Ah.")


async def test_one_that_cannot_be_made_undoes_all(stage: Running) -> None:
    script = await stage.upload(PLAY)
    response = await create(stage, script, {"name": "Anna"}, {"name": "Hamlet"}, {"name": "Ben"})
    assert code_of(response) == "422 speaker_not_found"
    error = error_of(response)
    assert error["message"].startswith("“Hamlet”, number 2: Nobody called Hamlet says a line")
    assert error["detail"]["number"] == 2
    assert await names(stage) == []


async def test_what_is_asked_for_is_checked(stage: Running) -> None:
    script = await stage.upload(PLAY)
    assert code_of(await create(stage, script)) == "422 invalid_request"
    assert code_of(await create(stage, script, {"name": ""})) == "422 invalid_request"
    assert code_of(await create(stage, script, {"nam": "Ben"})) == "422 invalid_request"
    other = {"id": "019c0000-0000-7000-8000-000000000000"}
    assert code_of(await create(stage, other, {"name": "Ben"})) == "404 script_not_found"


async def test_so_many_and_no_more(settings: Settings) -> None:
    settings.limits.characters_at_once = 2
    async with running(settings) as stage:
        script = await stage.upload(PLAY)
        response = await create(stage, script, *[{"name": "Ben"}] * 3)
        assert code_of(response) == "413 too_many_characters"
        assert error_of(response)["message"].startswith("These are 3 characters; 2 can be made")
        assert await names(stage) == []
        assert (await create(stage, script, *[{"name": "Ben"}] * 2)).status_code == 202

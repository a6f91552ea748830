"""Characters of one name on one stage: told apart in prompts, in whispers and in logs."""

import json

import pytest

from app.conversations.participants import distinct_name
from tests.app.running import Json, Running, as_object
from tests.app.stage.staging import act, ask, last_prompt, look, open_stage, speaker

pytestmark = pytest.mark.anyio

SECRET = "The key is in the well."


async def make_two_bens(stage: Running) -> None:
    """``ben`` and ``ben-2``, and Anna; the second Ben is of another script."""
    script = (await stage.upload())["id"]
    for name in ("Anna", "Ben"):
        await stage.make_character(name, script_ids=[script], profile=f"{name} of the island.")
    other = "Ben: Who is there at this hour?\nDora: Only the wind, Ben.\nBen: It knocks loudly.\n"
    script = (await stage.upload(other, "other.txt"))["id"]
    await stage.make_character("Ben", script_ids=[script], profile="Ben of the mainland.")


def names(conversation: Json) -> list[str]:
    return [each["name"] for each in conversation["participants"]]


def test_a_name_is_numbered_where_another_has_it() -> None:
    assert distinct_name("Kit", []) == "Kit"
    assert distinct_name("Kit", ["KIT", "Bev"]) == "Kit 2"
    assert distinct_name("凯", ["凯", "凯 2"]) == "凯 3"
    assert distinct_name("K" * 90, ["K" * 80]) == "K" * 78 + " 2"


async def test_two_of_one_name_are_two_in_prompts_and_whispers(stage: Running) -> None:
    await make_two_bens(stage)
    opened = await open_stage(stage, "anna", "ben", "ben-2")
    assert names(opened) == ["Anna", "Ben", "Ben 2"]
    turn = await act(stage, opened, "messages", content=f"/whisper Ben 2: {SECRET}")
    assert speaker(turn["reply"]) == "ben-2"
    prompt = last_prompt(stage)
    assert "Ben 2 is on stage with Anna, Ben and Mara." in prompt
    assert "Ben of the mainland." in prompt
    assert SECRET in prompt
    turn = await act(stage, opened, "messages", content="/whisper Ben: Good evening.")
    assert speaker(turn["reply"]) == "ben"
    assert SECRET not in last_prompt(stage)
    stage.engine.reply = "It knocks."
    await act(stage, opened, "messages", content="@Ben 2 what is that?")
    await act(stage, opened, "go-on", speaker="ben")
    assert "\nBen 2:It knocks." in last_prompt(stage)


async def test_a_second_one_enters_with_a_number(stage: Running) -> None:
    await make_two_bens(stage)
    talk = await stage.open("ben", user_name="Mara")
    shown = await act(stage, talk, "participants", character="ben-2")
    assert names(shown) == ["Ben", "Ben 2"]
    assert shown["messages"][-1]["content"] == "Ben 2 enters."


async def test_two_of_one_name_come_back_with_what_each_knows(stage: Running) -> None:
    await make_two_bens(stage)
    opened = await open_stage(stage, "anna", "ben", "ben-2")
    await act(stage, opened, "messages", content=SECRET, whisper_to=["ben-2"])
    log = await stage.http.get(f"/api/conversations/{opened['id']}/export")
    cast = json.dumps({"Ben": "ben", "Ben 2": "ben-2"})
    response = await stage.http.post(
        "/api/conversations/import", files={"file": log.content}, data={"cast": cast}
    )
    assert response.status_code == 201, response.text
    back = as_object(response)["conversation"]
    assert names(back) == ["Anna", "Ben", "Ben 2"]
    known = await look(stage, back, f"messages/{back['messages'][1]['id']}/witnesses")
    assert [each["participant"]["slug"] for each in known["knows"]] == ["ben-2"]
    await act(stage, back, "go-on", speaker="ben")
    assert SECRET not in last_prompt(stage)


async def test_the_part_that_the_user_plays_may_enter_as_another(stage: Running) -> None:
    script = (await stage.upload())["id"]
    for name in ("Anna", "Ben"):
        await stage.make_character(name, script_ids=[script])
    wanted = {"scene": {"script": script, "scene": 1, "as": "Ben"}}
    opened = as_object(await stage.http.post("/api/conversations", json=wanted))
    assert names(await act(stage, opened, "participants", character="ben")) == ["Anna", "Ben 2"]
    await act(stage, opened, "messages", content="Who are you?", speaker="ben")
    assert "\nBen:Who are you?" in last_prompt(stage)
    assert last_prompt(stage).endswith("\nBen 2:")


@pytest.mark.one_database
async def test_a_client_is_told_which_of_them_spoke(stage: Running) -> None:
    await make_two_bens(stage)
    stage.engine.reply = "I shall dig."
    asked: Json = {"role": "user", "content": f"/whisper Ben 2: {SECRET}"}
    body: Json = {"model": "stage:anna,ben,ben-2", "messages": [asked]}
    answer = as_object(await stage.http.post("/v1/chat/completions", json=body))
    reply = answer["choices"][0]["message"]["content"]
    assert reply == "Ben 2 (whispers): I shall dig."
    further = {"role": "user", "content": "@Ben where is the key?"}
    body["messages"] = [asked, {"role": "assistant", "content": reply}, further]
    assert (await stage.http.post("/v1/chat/completions", json=body)).is_success
    assert "well" not in last_prompt(stage)
    assert "dig" not in last_prompt(stage)
    body["messages"] = [{"role": "assistant", "content": "Ben: A cold night."}, further]
    assert (await stage.http.post("/v1/chat/completions", json=body)).is_success
    assert "\nBen:A cold night." in last_prompt(stage)
    assert "Ben is on stage with Anna, Ben 2" in last_prompt(stage)


@pytest.mark.one_database
async def test_the_name_of_one_is_another_name_of_the_other(stage: Running) -> None:
    """“Benjamin” is called Ben, too; what Ben says is not Benjamin's."""
    script = (await stage.upload())["id"]
    await stage.make_character("Benjamin", script_ids=[script], speakers=["Ben"])
    await stage.make_character("Ben", script_ids=[script])
    body: Json = {
        "model": "stage:benjamin,ben",
        "messages": [
            {"role": "user", "content": "Good evening."},
            {"role": "assistant", "content": "Ben: A cold night."},
            {"role": "user", "content": "@Benjamin is it?"},
        ],
    }
    assert (await stage.http.post("/v1/chat/completions", json=body)).is_success
    assert "\nBen:A cold night." in last_prompt(stage)
    opened = await open_stage(stage, "benjamin", "ben")
    whispered = await ask(stage, opened, "messages", content="/whisper Ben: Come here.")
    assert whispered.status_code == 200, whispered.text
    assert speaker(whispered.json()["reply"]) == "ben"

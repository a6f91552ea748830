"""Stepping into a scene of a script: true lines, straying, and the way back."""

from typing import Any

import pytest

from app.engines.port import EngineUnavailableError
from tests.app.running import Json, Running, as_object, code_of, parse_events, texts
from tests.app.stage.staging import act, ask, last_prompt, look, speaker

pytestmark = pytest.mark.anyio

SCRIPT = """\
SCENE 1 - The harbour, dawn
Anna: Good morning, Ben. Did you bring the letter?
Ben: I brought the letter, but I have not dared to open it.
Anna: Then give it to me and close the door.
Clara: Nobody closes a door on me.
Ben: The wind has closed it already.
Anna: Listen. Somebody is knocking.

SCENE 2 - The lighthouse, night
Clara: Is the lighthouse still burning?
Dora: It burns every night, I keep the lamp myself.
Clara: Then I shall read to you.
"""
FOUNTAIN = """\
INT. HARBOUR - DAWN

ANNA
Good morning, Ben.

BEN
Good morning to you, Anna.

A bell rings.

ANNA
Listen to the bell.

A door opens.

BEN
Somebody is coming.
"""
NEARLY = "i broght the letter but I have not dared open it"
STRAY = "Fishing tomorrow would please me greatly, cousin!"


async def make_script(stage: Running, *names: str, title: str = "Harbour") -> str:
    """The script with these characters; its id."""
    script = str((await stage.upload(SCRIPT, "harbour.txt", title=title))["id"])
    for name in names:
        await stage.make_character(name, script_ids=[script], profile=f"{name} of the island.")
    return script


async def step_in(stage: Running, script: str, scene: int, part: str, **more: object) -> Json:
    """A conversation in a scene."""
    wanted = {"scene": {"script": script, "scene": scene, "as": part}, **more}
    response = await stage.http.post("/api/conversations", json=wanted)
    assert response.status_code == 201, response.text
    return as_object(response)


async def as_ben(stage: Running) -> Json:
    """Scene 1 as Ben, whom Anna has asked for the letter."""
    return await step_in(stage, await make_script(stage, "Anna", "Ben", "Clara"), 1, "Ben")


async def refused(stage: Running, script: str, scene: int, part: str, **more: object) -> str:
    wanted = {"scene": {"script": script, "scene": scene, "as": part}, **more}
    return code_of(await stage.http.post("/api/conversations", json=wanted))


def where(conversation: Json) -> tuple[int, bool]:
    """The position of the next line, and whether the scene follows its script."""
    scene = conversation["scene"]
    return scene["line"], scene["on_script"]


async def test_a_scene_begins_with_the_lines_before_the_users_first(stage: Running) -> None:
    opened = await as_ben(stage)
    assert [message["role"] for message in opened["messages"]] == ["direction", "assistant"]
    assert "The harbour, dawn" in opened["messages"][0]["content"]
    first = opened["messages"][1]
    assert first["content"] == "Good morning, Ben. Did you bring the letter?"
    assert speaker(first) == "anna"
    assert first["stage"]["reason"] == {"kind": "script", "line": 0}
    assert {each["slug"] for each in opened["participants"]} == {"anna", "clara"}
    assert (opened["user_role"], opened["user_name"]) == ("speaker", "Ben")
    assert opened["until_scene"] == 0
    scene = opened["scene"]
    assert scene.pop("script") is not None
    assert "harbour" in scene.pop("title")
    assert scene == {
        "script_title": "Harbour",
        "scene": 1,
        "part": "Ben",
        "line": 1,
        "lines": 6,
        "drift": 0.0,
        "on_script": True,
        "ended": False,
    }
    assert (await stage.open("anna"))["scene"] is None


async def test_lines_nearly_right_are_answered_without_an_engine(stage: Running) -> None:
    opened = await as_ben(stage)
    stage.engine.fail_before = EngineUnavailableError("gone")
    turn = await act(stage, opened, "messages", content=NEARLY)
    assert turn["message"]["content"] == NEARLY
    reason = turn["message"]["stage"]["reason"]
    assert (reason["kind"], reason["line"]) == ("script", 1)
    assert reason["text"] == "I brought the letter, but I have not dared to open it."
    assert 0.8 < reason["fit"] < 1
    said = [(speaker(each), each["content"]) for each in turn["following"]]
    assert said == [
        ("anna", "Then give it to me and close the door."),
        ("clara", "Nobody closes a door on me."),
    ]
    assert turn["reply"] == turn["following"][0]
    shown = await stage.read(opened)
    assert where(shown) == (4, True)
    assert 0 < shown["scene"]["drift"] < 0.05
    assert not shown["busy"]
    turn = await act(stage, opened, "messages", content="the wind has closed it already")
    assert [each["content"] for each in turn["following"]] == ["Listen. Somebody is knocking."]
    assert (await stage.read(opened))["scene"]["ended"]
    assert stage.engine.calls == []


async def test_true_lines_are_streamed_one_turn_after_the_other(stage: Running) -> None:
    opened = await as_ben(stage)
    response = await ask(stage, opened, "messages", content=NEARLY, stream=True)
    events = parse_events(response.text)
    turn = ["speaker", "delta", "done"]
    assert [name for name, _ in events] == ["message", *turn, *turn]
    assert events[1][1]["slug"] == "anna"
    assert events[1][1]["reason"] == {"kind": "script", "line": 2}
    assert events[2][1]["text"] == events[3][1]["content"]


async def test_what_happens_between_the_lines_is_told(stage: Running) -> None:
    script = (await stage.upload(FOUNTAIN, "bell.fountain", title="Bell"))["id"]
    await stage.make_character("Anna", script_ids=[script], speakers=["ANNA"])
    opened = await step_in(stage, script, 1, "BEN")
    response = await ask(stage, opened, "messages", content="good morning to you anna", stream=True)
    events = parse_events(response.text)
    names = [name for name, _ in events]
    assert names == ["message", "direction", "speaker", "delta", "done", "direction"]
    assert [events[at][1]["content"] for at in (1, 4, 5)] == [
        "A bell rings.",
        "Listen to the bell.",
        "A door opens.",
    ]
    assert where(await stage.read(opened)) == (3, True)


async def test_where_no_line_follows_the_stream_ends_with_the_users(stage: Running) -> None:
    opened = await step_in(stage, await make_script(stage, "Anna"), 2, "Clara")
    assert [message["role"] for message in opened["messages"]] == ["direction"]
    await act(stage, opened, "messages", content="Is the lighthouse still burning")
    response = await ask(
        stage, opened, "messages", content="Then I shall read to you.", stream=True
    )
    events = parse_events(response.text)
    assert [name for name, _ in events] == ["message", "done"]
    assert events[0][1]["id"] == events[1][1]["id"]
    assert (await stage.read(opened))["scene"]["ended"]


async def test_who_strays_is_answered_by_the_characters_themselves(stage: Running) -> None:
    opened = await as_ben(stage)
    await act(stage, opened, "messages", content=NEARLY)
    stage.engine.reply = "You and your fish."
    turn = await act(stage, opened, "messages", content=STRAY, speaker=None)
    assert turn["message"]["stage"]["reason"]["kind"] == "strayed"
    assert turn["reply"]["content"] == "You and your fish."
    assert turn["following"] == []
    prompt = last_prompt(stage)
    for known in ("Did you bring the letter?", NEARLY, "Nobody closes a door on me.", STRAY):
        assert known in prompt
    for later in ("The wind has closed it", "Somebody is knocking", "lighthouse"):
        assert later not in prompt
    shown = await stage.read(opened)
    assert where(shown) == (4, False)
    drift = shown["scene"]["drift"]
    assert drift > 0.2
    await act(stage, opened, "messages", content="Or the day after, whichever suits your boat.")
    assert (await stage.read(opened))["scene"]["drift"] > drift


async def test_the_own_next_line_leads_back(stage: Running) -> None:
    opened = await as_ben(stage)
    await act(stage, opened, "messages", content=STRAY)
    turn = await act(stage, opened, "messages", content=NEARLY)
    assert [speaker(each) for each in turn["following"]] == ["anna", "clara"]
    assert where(await stage.read(opened)) == (4, True)


async def test_a_later_line_of_the_part_jumps_there(stage: Running) -> None:
    opened = await as_ben(stage)
    turn = await act(stage, opened, "messages", content="The wind has closed it already!")
    assert [each["content"] for each in turn["following"]] == ["Listen. Somebody is knocking."]


async def test_back_to_the_script_finds_the_nearest_moment(stage: Running) -> None:
    opened = await as_ben(stage)
    stage.engine.reply = "Listen, somebody is knocking."
    await act(stage, opened, "messages", content=STRAY)
    back = await act(stage, opened, "back-to-script")
    direction, line = back["messages"][-2:]
    assert (direction["role"], direction["content"]) == (
        "direction",
        "Back to the script, at line 6 of 6.",
    )
    assert direction["stage"]["reason"] == {"kind": "back", "line": 5}
    assert line["content"] == "Listen. Somebody is knocking."
    assert where(back) == (6, True)
    assert back["scene"]["drift"] == 0
    assert code_of(await ask(stage, opened, "back-to-script")) == "422 on_script"


async def test_without_a_nearer_one_it_is_the_next_moment(stage: Running) -> None:
    opened = await as_ben(stage)
    stage.engine.reply = "Zzz."
    await act(stage, opened, "messages", content="Xylophone quiz!")
    back = await act(stage, opened, "back-to-script")
    assert back["messages"][-1]["stage"]["reason"] == {"kind": "back", "line": 1}
    assert where(back) == (1, True)


async def test_after_the_end_the_way_leads_back_into_the_scene(stage: Running) -> None:
    opened = await as_ben(stage)
    await act(stage, opened, "messages", content="The wind has closed it already!")
    await act(stage, opened, "messages", content="Nobody closes a door on Clara.")
    shown = await stage.read(opened)
    assert (shown["scene"]["ended"], shown["scene"]["on_script"]) == (True, False)
    back = await act(stage, opened, "back-to-script")
    assert back["messages"][-1]["content"] == "Nobody closes a door on me."
    assert where(back) == (4, True)


async def test_the_position_belongs_to_the_branch(stage: Running) -> None:
    opened = await as_ben(stage)
    turn = await act(stage, opened, "messages", content=NEARLY)
    said = turn["message"]["id"]
    edited = await stage.http.patch(
        f"/api/conversations/{opened['id']}/messages/{said}", json={"content": STRAY}
    )
    assert edited.status_code == 200, edited.text
    other = edited.json()["messages"][-1]["id"]
    answered = await act(stage, opened, f"messages/{other}/regenerate")
    assert answered["message"] is None
    shown = await stage.read(opened)
    assert shown["messages"][-2]["stage"]["reason"]["kind"] == "strayed"
    assert where(shown) == (1, False)
    back = await act(stage, opened, f"messages/{said}/activate")
    assert where(back) == (4, True)
    gone = await stage.http.delete(f"/api/conversations/{opened['id']}/messages/{said}")
    assert where(as_object(gone)) == (1, False)


async def test_a_message_edited_to_the_line_is_followed_by_the_script(stage: Running) -> None:
    opened = await as_ben(stage)
    turn = await act(stage, opened, "messages", content=STRAY)
    stage.engine.fail_before = EngineUnavailableError("gone")
    url = f"/api/conversations/{opened['id']}/messages/{turn['message']['id']}"
    edited = as_object(await stage.http.patch(url, json={"content": NEARLY}))
    again = await act(stage, opened, f"messages/{edited['messages'][-1]['id']}/regenerate")
    assert again["message"] is None
    assert [speaker(each) for each in again["following"]] == ["anna", "clara"]
    assert where(await stage.read(opened)) == (4, True)


async def test_another_answer_than_the_scripts_strays(stage: Running) -> None:
    opened = await as_ben(stage)
    turn = await act(stage, opened, "messages", content=NEARLY)
    stage.engine.reply = "Never."
    again = await act(stage, opened, f"messages/{turn['reply']['id']}/regenerate")
    assert (speaker(again["reply"]), again["reply"]["content"]) == ("anna", "Never.")
    assert again["reply"]["alternatives"] == [turn["reply"]["id"], again["reply"]["id"]]
    assert where(await stage.read(opened)) == (2, False)


async def test_whispers_and_directions_are_not_the_scripts(stage: Running) -> None:
    opened = await as_ben(stage)
    stage.engine.reply = "Hush."
    turn = await act(stage, opened, "messages", content=f"/whisper Anna: {NEARLY}")
    assert turn["message"]["stage"]["reason"] is None
    assert speaker(turn["reply"]) == "anna"
    assert where(await stage.read(opened)) == (1, False)


async def test_speakers_who_are_no_characters_say_their_true_lines(stage: Running) -> None:
    opened = await step_in(stage, await make_script(stage, "Anna"), 2, "Clara")
    assert [(each["slug"], each["name"]) for each in opened["participants"]] == [(None, "Dora")]
    turn = await act(stage, opened, "messages", content="Is the lighthouse still burning?")
    reply = turn["reply"]
    assert reply["content"] == "It burns every night, I keep the lamp myself."
    assert reply["stage"]["speaker"]["name"] == "Dora"
    before = texts(await stage.read(opened))
    refusal = await ask(stage, opened, "messages", content=STRAY)
    assert code_of(refusal) == "422 nobody_answers"
    assert texts(await stage.read(opened)) == before
    assert where(await stage.read(opened)) == (2, True)


async def test_true_lines_are_witnessed_by_those_on_stage(stage: Running) -> None:
    opened = await as_ben(stage)
    await act(stage, opened, "participants/clara/leave")
    turn = await act(stage, opened, "messages", content=NEARLY)
    seen = await look(stage, opened, f"messages/{turn['reply']['id']}/witnesses")
    assert [(each["participant"]["slug"], each["how"]) for each in seen["knows"]] == [
        ("anna", "said")
    ]
    assert [each["slug"] for each in seen["others"]] == ["clara"]


async def test_the_story_up_to_the_scene_is_known(stage: Running) -> None:
    script = await make_script(stage, "Anna", "Clara")
    opened = await step_in(stage, script, 2, "Dora", characters=["clara", "anna"])
    assert opened["until_scene"] == 1
    assert [each["slug"] for each in opened["participants"]] == ["clara", "anna"]
    later = await step_in(stage, script, 2, "Dora", until_scene=2)
    assert later["until_scene"] == 2


async def test_a_scene_goes_on_when_its_script_is_exchanged(stage: Running) -> None:
    opened = await as_ben(stage)
    await stage.upload("Anna: Hello there.\nBen: Hello.\n", "harbour.txt", title="Harbour")
    turn = await act(stage, opened, "messages", content=NEARLY)
    assert turn["reply"]["content"] == "Then give it to me and close the door."
    assert (await stage.read(opened))["scene"]["lines"] == 6


async def test_the_next_line_is_told_on_request(stage: Running) -> None:
    opened = await as_ben(stage)
    assert await look(stage, opened, "next-line") == {
        "line": 1,
        "text": "I brought the letter, but I have not dared to open it.",
    }
    await act(stage, opened, "messages", content="The wind has closed it already!")
    response = await stage.http.get(f"/api/conversations/{opened['id']}/next-line")
    assert code_of(response) == "422 scene_over"
    plain = await stage.open("anna")
    response = await stage.http.get(f"/api/conversations/{plain['id']}/next-line")
    assert code_of(response) == "422 no_scene"
    assert code_of(await ask(stage, plain, "back-to-script")) == "422 no_scene"


async def test_what_cannot_be_stepped_into_is_refused(stage: Running) -> None:
    script = await make_script(stage)
    assert await refused(stage, script, 1, "Ben") == "422 script_without_characters"
    await stage.make_character("Anna", script_ids=[script])
    assert await refused(stage, script, 1, "Zoe") == "422 unknown_part"
    assert await refused(stage, script, 3, "Ben") == "404 scene_not_found"
    assert await refused(stage, script, 1, "Anna", characters=["anna"]) == "422 part_taken"
    assert await refused(stage, script, 1, "Ben", role="watching") == "422 invalid_request"
    unknown = "00000000-0000-7000-8000-000000000000"
    assert await refused(stage, unknown, 1, "Ben") == "404 script_not_found"


async def test_a_scene_is_read_with_its_parts(stage: Running) -> None:
    script = await make_script(stage, "Anna")
    response = await stage.http.get(f"/api/scripts/{script}/scenes/1")
    assert response.status_code == 200, response.text
    found = as_object(response)
    assert found["number"] == 1
    assert len(found["lines"]) == 6
    anna: dict[str, Any] = {"slug": "anna", "name": "Anna"}
    assert found["parts"] == [
        {"speaker": "Anna", "lines": 3, "character": anna},
        {"speaker": "Ben", "lines": 2, "character": None},
        {"speaker": "Clara", "lines": 1, "character": None},
    ]
    missing = await stage.http.get(f"/api/scripts/{script}/scenes/3")
    assert code_of(missing) == "404 scene_not_found"

"""Stepping into a scene of a script: true lines, straying, and the way back."""

from typing import Any

import pytest

from app.engines.port import EngineUnavailableError
from tests.app.running import Json, Running, as_object, code_of, parse_events, texts
from tests.app.stage.staging import act, ask, cast_of, last_prompt, look, speaker

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
ENTRANCES = """\
INT. HALL - NIGHT

BEN
Is anybody here?

ANNA
I am here, by the window.

Clara enters with a lamp.

BEN
Put the lamp down, Clara.

CLARA
It is heavy.

Anna leaves.

BEN
She is gone.

DORA
Who is gone?
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


async def test_who_comes_later_is_not_there_before(stage: Running) -> None:
    opened = await as_ben(stage)
    assert cast_of(opened) == {"anna": True, "clara": False}
    turn = await act(stage, opened, "messages", content=NEARLY)
    assert cast_of(await stage.read(opened)) == {"anna": True, "clara": True}
    known = [
        [each["participant"]["slug"] for each in seen["knows"]]
        for message in (opened["messages"][1], turn["message"], *turn["following"])
        for seen in [await look(stage, opened, f"messages/{message['id']}/witnesses")]
    ]
    assert known == [["anna"], ["anna"], ["anna"], ["anna", "clara"]]
    stage.engine.reply = "What letter?"
    await act(stage, opened, "messages", content=STRAY, speaker="clara")
    prompt = last_prompt(stage)
    assert "Nobody closes a door on me." in prompt
    for missed in ("Did you bring the letter?", NEARLY, "Then give it to me"):
        assert missed not in prompt


async def test_directions_bring_and_take_away(stage: Running) -> None:
    script = str((await stage.upload(ENTRANCES, "hall.fountain", title="Hall"))["id"])
    for name in ("Anna", "Clara", "Dora"):
        await stage.make_character(name, script_ids=[script], speakers=[name.upper()])
    opened = await step_in(stage, script, 1, "BEN")
    # Who answers the first line has to be there.
    assert cast_of(opened) == {"anna": True, "clara": False, "dora": False}
    first = await act(stage, opened, "messages", content="Is anybody here?")
    entrance = first["following"][-1]
    assert (entrance["content"], entrance["stage"]["kind"]) == (
        "Clara enters with a lamp.",
        "enters",
    )
    assert speaker(entrance) == "clara"
    assert cast_of(await stage.read(opened)) == {"anna": True, "clara": True, "dora": False}
    second = await act(stage, opened, "messages", content="Put the lamp down, Clara.")
    assert [each["stage"]["kind"] for each in second["following"]] == ["line", "leaves"]
    assert cast_of(await stage.read(opened)) == {"anna": False, "clara": True, "dora": False}
    await act(stage, opened, "messages", content="She is gone.")
    assert cast_of(await stage.read(opened)) == {"anna": False, "clara": True, "dora": True}


async def test_a_wanted_character_without_a_line_is_there_from_the_beginning(
    stage: Running,
) -> None:
    script = await make_script(stage, "Anna", "Clara", "Dora")
    opened = await step_in(stage, script, 1, "Ben", characters=["clara", "dora"])
    assert cast_of(opened) == {None: True, "clara": False, "dora": True}


async def test_the_scene_goes_on_as_the_script_does(stage: Running) -> None:
    opened = await as_ben(stage)
    stage.engine.fail_before = EngineUnavailableError("gone")
    [turn] = (await act(stage, opened, "go-on"))["items"]
    said = turn["message"]
    assert (said["role"], said["content"]) == (
        "user",
        "I brought the letter, but I have not dared to open it.",
    )
    assert said["stage"]["reason"] == {
        "kind": "script",
        "line": 1,
        "text": said["content"],
        "fit": 1.0,
    }
    assert [speaker(each) for each in turn["following"]] == ["anna", "clara"]
    assert turn["reply"] == turn["following"][0]
    assert where(await stage.read(opened)) == (4, True)
    # One step is left of three.
    [last] = (await act(stage, opened, "go-on", turns=3))["items"]
    assert [each["content"] for each in last["following"]] == ["Listen. Somebody is knocking."]
    shown = await stage.read(opened)
    assert (shown["scene"]["ended"], shown["scene"]["drift"], shown["busy"]) == (True, 0.0, False)
    stage.engine.fail_before = None
    stage.engine.reply = "Who is there?"
    [own] = (await act(stage, opened, "go-on"))["items"]
    assert own["reply"]["content"] == "Who is there?"


async def test_steps_of_the_script_are_streamed(stage: Running) -> None:
    opened = await as_ben(stage)
    response = await ask(stage, opened, "go-on", turns=2, stream=True)
    turn = ["speaker", "delta", "done"]
    names = [name for name, _ in parse_events(response.text)]
    assert names == ["message", *turn, *turn, "message", *turn]


async def test_a_scene_that_strayed_or_is_asked_for_someone_goes_on_by_itself(
    stage: Running,
) -> None:
    opened = await as_ben(stage)
    stage.engine.reply = "It is cold today."
    [asked] = (await act(stage, opened, "go-on", speaker="anna"))["items"]
    assert (asked["message"], asked["reply"]["content"]) == (None, "It is cold today.")
    [strayed] = (await act(stage, opened, "go-on"))["items"]
    assert strayed["reply"]["content"] == "It is cold today."
    assert where(await stage.read(opened)) == (1, False)


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
    opened = await step_in(stage, await make_script(stage, "Anna", "Ben"), 1, "Ben")
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
    await act(stage, opened, "participants", character="clara")
    turn = await act(stage, opened, "messages", content=NEARLY)
    for message, knows in (
        (opened["messages"][1], {"anna": "said"}),
        (turn["reply"], {"anna": "said", "clara": "present"}),
    ):
        seen = await look(stage, opened, f"messages/{message['id']}/witnesses")
        assert {each["participant"]["slug"]: each["how"] for each in seen["knows"]} == knows


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


@pytest.mark.one_database
@pytest.mark.parametrize(
    ("script", "part", "opening"),
    [
        ("Anna: I am alone.\nAnna: Quite alone.\n", "Anna", "On stage: Anna."),
        ("安娜：这里只有我。\n安娜：只有我一个人。\n", "安娜", "台上：安娜。"),
    ],
)
async def test_a_scene_of_one_speaker_opens_with_that_one(
    stage: Running, script: str, part: str, opening: str
) -> None:
    id = str((await stage.upload(script, "alone.txt"))["id"])
    await stage.make_character(part, script_ids=[id])
    opened = await step_in(stage, id, 1, part)
    assert texts(opened) == [opening]
    turn = await act(
        stage, opened, "messages", content=script.splitlines()[0].replace("：", ": ").split(": ")[1]
    )
    assert turn["reply"] is None
    ended = (await act(stage, opened, "go-on"))["items"]
    assert [turn["message"]["stage"]["reason"]["line"] for turn in ended] == [1]

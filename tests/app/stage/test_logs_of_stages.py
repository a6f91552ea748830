"""Chat logs of stages: they say who heard what, and what was whispered comes back hidden."""

import io
import json
import zipfile

import pytest

from tests.app.running import Running, as_object, texts
from tests.app.stage.staging import act, cast_of, last_prompt, look, make_cast, open_stage

pytestmark = pytest.mark.anyio

COMES_BY_SPEAKING = """\
Anna: Good morning, Ben. Did you bring the letter?
Ben: I brought the letter.
Clara: And I brought the lamp.
Ben: Then we can read it.
"""


async def test_a_log_says_who_heard_what_and_whispers_come_back_hidden(stage: Running) -> None:
    await make_cast(stage)
    opened = await open_stage(stage)
    stage.engine.reply = "I shall dig for it."
    turn = await act(stage, opened, "messages", content="/whisper Ben: The key is in the well.")
    await act(stage, opened, f"messages/{turn['reply']['id']}/regenerate")
    stage.engine.reply = "So it is."
    await act(stage, opened, "messages", content="A cold night.", speaker="clara")
    log = await stage.http.get(f"/api/conversations/{opened['id']}/export")
    rows = [json.loads(row) for row in log.text.splitlines()][1:]
    assert [row["extra"]["offbook_stage"] for row in rows] == [
        {"kind": "direction", "speaker": None, "circle": None},
        {"kind": "line", "speaker": None, "circle": ["Ben"]},
        {"kind": "line", "speaker": "Ben", "circle": ["Ben"]},
        {"kind": "line", "speaker": None, "circle": None},
        {"kind": "line", "speaker": "Clara", "circle": None},
    ]
    swipes = [info["extra"]["offbook_stage"]["circle"] for info in rows[2]["swipe_info"]]
    assert swipes == [["Ben"], ["Ben"]]

    response = await stage.http.post(
        "/api/conversations/import", files={"file": log.content}, data={"character": "clara"}
    )
    assert response.status_code == 201, response.text
    talk = as_object(response)["conversation"]
    assert texts(talk) == texts(await stage.read(opened))
    assert [each["hidden"] for each in talk["messages"]] == [False, True, True, False, False]
    assert talk["title"] == "A cold night."
    await stage.say(talk, "Where is the key?")
    assert "well" not in last_prompt(stage)
    assert "dig" not in last_prompt(stage)
    again = await stage.http.get(f"/api/conversations/{talk['id']}/export")
    kept = [json.loads(row) for row in again.text.splitlines()][1:6]
    assert [row["extra"]["offbook_stage"]["circle"] for row in kept] == [
        row["extra"]["offbook_stage"]["circle"] for row in rows
    ]


async def test_who_was_not_there_comes_back_knowing_nothing(stage: Running) -> None:
    """Clara's entrance is deleted, or on another branch: she never came."""
    await make_cast(stage)
    opened = await open_stage(stage, "anna", "ben")
    await act(stage, opened, "messages", content="The key is in the well.", speaker="anna")
    entered = await act(stage, opened, "participants", character="clara")
    message = entered["messages"][-1]["id"]
    url = f"/api/conversations/{opened['id']}"
    assert (await stage.http.delete(f"{url}/messages/{message}")).is_success
    cast = cast_of(await stage.read(opened))
    assert cast == {"anna": True, "ben": True, "clara": False}

    log = await stage.http.get(f"{url}/export")
    response = await stage.http.post("/api/conversations/import", files={"file": log.content})
    assert response.status_code == 201, response.text
    back = as_object(response)["conversation"]
    assert cast_of(back) == cast
    await act(stage, back, "participants", character="clara")
    await act(stage, back, "go-on", speaker="clara")
    assert "well" not in last_prompt(stage)


async def test_who_comes_by_speaking_did_not_hear_what_was_said_before(stage: Running) -> None:
    """Nothing in the script says that Clara enters: she is there when she speaks."""
    script = (await stage.upload(COMES_BY_SPEAKING, "harbour.txt"))["id"]
    for name in ("Anna", "Ben", "Clara"):
        await stage.make_character(name, script_ids=[script], profile=f"{name} of the island.")
    wanted = {"scene": {"script": script, "scene": 1, "as": "Ben"}, "until_scene": 0}
    opened = as_object(await stage.http.post("/api/conversations", json=wanted))
    assert cast_of(opened) == {"anna": True, "clara": False}
    await act(stage, opened, "messages", content="I brought the letter.")
    for form in ("sillytavern", "sillytavern_group"):
        exported = await stage.http.get(
            f"/api/conversations/{opened['id']}/export", params={"format": form}
        )
        content = exported.content
        if form == "sillytavern_group":
            archive = zipfile.ZipFile(io.BytesIO(content))
            [name] = [each for each in archive.namelist() if each.endswith(".jsonl")]
            content = archive.read(name)
        response = await stage.http.post("/api/conversations/import", files={"file": content})
        assert response.status_code == 201, response.text
        back = as_object(response)["conversation"]
        assert texts(back) == texts(await stage.read(opened))
        first = back["messages"][1]["id"]
        known = await look(stage, back, f"messages/{first}/witnesses")
        assert [each["participant"]["slug"] for each in known["knows"]] == ["anna"]


async def test_who_had_left_takes_nothing_of_it_into_a_conversation_of_two(
    stage: Running,
) -> None:
    await make_cast(stage)
    opened = await open_stage(stage)
    stage.engine.reply = "So it is."
    said = await act(stage, opened, "messages", content="A cold night.", speaker="anna")
    await act(stage, opened, "participants/clara/leave")
    await act(stage, opened, "messages", content="The key is in the well.", speaker="anna")
    await act(stage, opened, "participants", character="clara")
    log = await stage.http.get(f"/api/conversations/{opened['id']}/export")
    response = await stage.http.post(
        "/api/conversations/import", files={"file": log.content}, data={"character": "clara"}
    )
    assert response.status_code == 201, response.text
    talk = as_object(response)["conversation"]
    # Opening, line, reply; Clara leaves; line and reply without her; Clara enters.
    hidden = [False, False, False, False, True, True, False]
    assert [each["hidden"] for each in talk["messages"]] == hidden
    assert talk["title"] == said["message"]["content"]
    await stage.say(talk, "Where is the key?")
    assert "A cold night." in last_prompt(stage)
    assert "well" not in last_prompt(stage)

"""Chat logs of stages: they say who heard what, and what was whispered comes back hidden."""

import json

import pytest

from tests.app.running import Running, as_object, texts
from tests.app.stage.staging import act, last_prompt, make_cast, open_stage

pytestmark = pytest.mark.anyio


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

"""A stage set back to an earlier point in time: no participant knows what was said later."""

import pytest

from tests.app.running import Json, Running
from tests.app.stage.staging import act, last_prompt, make_cast, open_stage

pytestmark = pytest.mark.anyio


async def set_to(stage: Running, conversation: Json, scene: int | None) -> None:
    """Move the point in time."""
    url = f"/api/conversations/{conversation['id']}"
    assert (await stage.http.patch(url, json={"until_scene": scene})).is_success


async def test_what_is_told_belongs_to_the_time_it_was_said_in(stage: Running) -> None:
    await make_cast(stage)
    opened = await open_stage(stage)
    await act(stage, opened, "participants/clara/leave")
    said = (await act(stage, opened, "messages", content="The boat is sold.", speaker="ben"))[
        "message"
    ]
    await act(stage, opened, "participants", character="clara")
    await set_to(stage, opened, 1)
    told = await act(stage, opened, f"messages/{said['id']}/tell", to=["clara"])
    assert told["messages"][-1]["stage"]["about"] == said["id"]
    await act(stage, opened, "messages", content="Well?", speaker="clara")
    assert "boat" not in last_prompt(stage)
    await set_to(stage, opened, None)
    await act(stage, opened, "go-on", speaker="clara")
    assert '(Clara learns that Mara said: "The boat is sold.")' in last_prompt(stage)


async def test_a_scene_goes_on_from_what_is_known_by_then(stage: Running) -> None:
    await make_cast(stage)
    opened = await open_stage(stage, opening="The boat is gone.")
    stage.engine.reply = "The boat has sunk."
    await act(stage, opened, "go-on", speaker="ben")
    await set_to(stage, opened, 1)
    stage.engine.reply = "What a night."
    await act(stage, opened, "go-on", speaker="clara")
    assert "boat" not in last_prompt(stage)
    await act(stage, opened, "messages", content="Where is the boat?", speaker="ben")
    assert last_prompt(stage).count("boat") == 1

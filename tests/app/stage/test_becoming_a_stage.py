"""What a conversation of two leaves behind when it becomes a stage."""

import asyncio

import pytest

from tests.app.running import Running, as_object, until
from tests.app.stage.staging import act, make_cast

pytestmark = pytest.mark.anyio


async def test_a_summary_that_is_written_meanwhile_is_not_kept(stage: Running) -> None:
    await make_cast(stage, "Ben", "Clara")
    talk = await stage.open("ben", user_name="Mara")
    for number in range(6):
        await stage.say(talk, f"Is the lighthouse burning, for the {number}th time?")
    stage.engine.delay = 0.05
    stage.engine.reply = "They spoke of the light. " * 10
    url = f"/api/conversations/{talk['id']}/summary"
    calls = len(stage.engine.calls)
    writing = asyncio.create_task(stage.http.post(url))
    await until(lambda: len(stage.engine.calls) > calls)
    await act(stage, talk, "participants", character="clara")
    assert (await writing).status_code == 200
    shown = await stage.read(talk)
    assert (shown["is_stage"], shown["summary"]) == (True, None)


async def test_the_summary_so_far_is_forgotten(stage: Running) -> None:
    await make_cast(stage, "Ben", "Clara")
    talk = await stage.open("ben", user_name="Mara", until_scene=1)
    for number in range(6):
        await stage.say(talk, f"Is the lighthouse burning, for the {number}th time?")
    url = f"/api/conversations/{talk['id']}/summary"
    written = await stage.http.patch(url, json={"text": "They spoke of the light."})
    assert as_object(written)["summary"]["until_scene"] == 1
    assert (await act(stage, talk, "participants", character="clara"))["summary"] is None

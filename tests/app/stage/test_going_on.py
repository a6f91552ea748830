"""Who speaks next, turns that run ahead, and stopping them."""

import asyncio
import io
import json
import zipfile
from itertools import pairwise
from typing import Any

import pytest

from app.engines.port import EngineUnavailableError
from app.settings import Settings
from app.stage.director import Chosen, Director
from tests.app.running import Running, as_object, code_of, parse_events, running, texts, until
from tests.app.stage.staging import act, ask, make_cast, open_stage, speaker

pytestmark = pytest.mark.anyio


async def test_whoever_is_called_answers_and_the_reason_is_kept(stage: Running) -> None:
    await make_cast(stage)
    opened = await open_stage(stage)
    asked = [
        speaker((await act(stage, opened, "messages", content="Clara, are you well?"))["reply"])
        for _ in range(4)
    ]
    assert asked == ["clara"] * 4
    reply = (await stage.read(opened))["messages"][-1]
    reason = reply["stage"]["reason"]
    assert reason["by"] == "director"
    assert sum(reason["probabilities"].values()) == pytest.approx(1, abs=0.01)


async def test_the_same_moment_has_the_same_next_speaker(stage: Running) -> None:
    await make_cast(stage)
    opened = await open_stage(stage)
    message = (await stage.say(opened, "Good evening."))["message"]
    path = f"messages/{message['id']}/regenerate"
    chosen = {speaker((await act(stage, opened, path))["reply"]) for _ in range(3)}
    assert len(chosen) == 1


async def test_the_scene_goes_on_without_the_user(stage: Running) -> None:
    await make_cast(stage)
    opened = await open_stage(stage, role="watching")
    turns = (await act(stage, opened, "go-on", turns=4, speaker="ben"))["items"]
    spoke = [speaker(turn["reply"]) for turn in turns]
    assert spoke[0] == "ben"
    assert len(spoke) == 4
    assert all(one != other for one, other in pairwise(spoke))
    assert [turn["reply"]["parent_id"] for turn in turns][1:] == [
        turn["reply"]["id"] for turn in turns
    ][:-1]
    assert len((await stage.read(opened))["messages"]) == 5


async def test_a_run_that_ends_gives_its_slot_back(settings: Settings) -> None:
    """With one slot for all turns, a second run and a message follow the first."""
    limits = settings.limits.model_copy(update={"running_turns": 1})
    async with running(settings.model_copy(update={"limits": limits})) as stage:
        await make_cast(stage)
        opened = await open_stage(stage)
        async with asyncio.timeout(60):
            for _ in range(2):
                await act(stage, opened, "go-on", turns=1)
            await stage.say(opened, "Good evening.")


async def test_turns_that_run_ahead_are_streamed_one_after_the_other(stage: Running) -> None:
    await make_cast(stage)
    opened = await open_stage(stage, role="watching")
    response = await ask(stage, opened, "go-on", turns=2, stream=True)
    names = [name for name, _ in parse_events(response.text)]
    assert names.count("speaker") == names.count("done") == 2
    assert names[0] == "speaker"
    assert names[names.index("done") + 1] == "speaker"


async def test_a_later_turn_that_fails_does_not_take_the_earlier_ones_along(
    stage: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    await make_cast(stage)
    opened = await open_stage(stage, role="watching")
    stage.engine.reply = "The lamp is lit."
    choose, times = Director.choose, 0

    async def then_fail(*args: Any, **named: Any) -> Chosen:
        nonlocal times
        times += 1
        if times == 3:
            stage.engine.fail_before = EngineUnavailableError("gone")
        return await choose(*args, **named)

    monkeypatch.setattr(Director, "choose", then_fail)
    turns = (await act(stage, opened, "go-on", turns=4))["items"]
    assert [turn["reply"]["content"] for turn in turns] == ["The lamp is lit."] * 2
    assert len((await stage.idle(opened))["messages"]) == 3
    assert code_of(await ask(stage, opened, "go-on", turns=2)) == "503 engine_unavailable"


async def test_stop_ends_the_turn_and_all_that_would_follow(stage: Running) -> None:
    await make_cast(stage)
    opened = await open_stage(stage, role="watching")
    stage.engine.delay = 0.05
    stage.engine.reply = "One two three four five six seven eight nine ten. " * 20
    run = asyncio.create_task(ask(stage, opened, "go-on", turns=5))
    await until(lambda: stage.engine.running)
    stopped = await stage.http.delete(f"/api/conversations/{opened['id']}/turn")
    assert stopped.status_code == 204
    response = await run
    shown = await stage.idle(opened)
    assert len([each for each in shown["messages"] if each["role"] == "assistant"]) <= 1
    assert len(stage.engine.calls) == 1
    assert response.status_code in {200, 503}


async def test_the_logs_of_a_stage_name_its_speakers(stage: Running) -> None:
    await make_cast(stage)
    opened = await open_stage(stage)
    stage.engine.reply = "The lamp is lit."
    await act(stage, opened, "messages", content="Good evening.", speaker="clara")
    log = await stage.http.get(f"/api/conversations/{opened['id']}/export?format=text")
    assert log.status_code == 200, log.text
    for said in ("(On stage: Anna, Ben and Clara.)", "Mara: ", "Clara: "):
        assert said in log.text
    assert texts(await stage.read(opened))[-1] == "The lamp is lit."


async def test_the_download_of_own_data_says_why_each_one_spoke(stage: Running) -> None:
    await make_cast(stage)
    opened = await open_stage(stage)
    await act(stage, opened, "messages", content="Good evening.", speaker="clara")
    response = await stage.http.get("/api/me/download")
    assert response.status_code == 200, response.text
    archive = zipfile.ZipFile(io.BytesIO(response.content))
    [name] = [each for each in archive.namelist() if each.endswith(".json") and "/anna/" in each]
    lines = json.loads(archive.read(name))["stage_lines"]
    assert [each["reason"] for each in lines] == [None, None, {"by": "user", "why": "asked"}]


async def test_lists_say_which_conversations_are_stages(stage: Running) -> None:
    await make_cast(stage, "Anna", "Ben")
    await stage.open("ben")
    await open_stage(stage, "anna", "ben")
    listed = as_object(await stage.http.get("/api/conversations"))["items"]
    assert [each["is_stage"] for each in listed] == [True, False]

"""One turn: what reaches the engine, what is stored, what is sent."""

import json

import pytest

from app.engines.scripted import ScriptedEngine
from app.settings import Settings
from tests.app.running import Running, as_object, code_of, error_of, running, texts

pytestmark = pytest.mark.anyio

QUESTION = "Is the lighthouse burning?"
ANSWER = f'"{QUESTION}", you say? Let me think about that for a moment. Yes, I will remember it.'


async def test_a_turn_stores_message_and_reply(stage: Running) -> None:
    await stage.make_character(sampling={"temperature": 0, "seed": 7})
    conversation = await stage.open()
    turn = await stage.say(conversation, f"  {QUESTION}\n")
    message, reply = turn["message"], turn["reply"]
    assert (message["role"], message["content"]) == ("user", QUESTION)
    assert (message["state"], message["finish_reason"]) == ("complete", None)
    assert (reply["role"], reply["content"]) == ("assistant", ANSWER)
    assert (reply["state"], reply["finish_reason"], reply["error"]) == ("complete", "stop", None)
    assert reply["parent_id"] == message["id"]
    assert (reply["model"], reply["retrieval"]) == ("scripted", "reference")
    assert reply["usage"]["completion_tokens"] == 19
    assert reply["usage"]["prompt_tokens"] > 100
    assert (reply["sampling"]["temperature"], reply["sampling"]["seed"]) == (0, 7)
    timings = reply["timings"]
    assert 0 <= timings["prepare"] <= timings["total"]
    assert timings["first_token"] is not None
    assert (await stage.read(conversation))["messages"] == [message, reply]


async def test_the_prompt_holds_profile_examples_and_history(stage: Running) -> None:
    await stage.make_character(profile="Keeper of the lamp.", greeting="Who is there?")
    conversation = await stage.open(user_name="Mara")
    await stage.say(conversation, QUESTION)
    call = stage.engine.calls[-1]
    assert isinstance(call.prompt, str)
    assert "Keeper of the lamp." in call.prompt
    assert "Ben: The lighthouse burns every night, I keep the lamp myself." in call.prompt
    assert call.prompt.endswith(f"Ben:Who is there?\nMara:{QUESTION}\n\nBen:")
    assert {"\nMara:", "\nMara：", "\nBen:", "\nAnna:", "\nClara："} <= set(call.stop)


async def test_a_reply_ends_where_somebody_else_begins_to_speak(stage: Running) -> None:
    await stage.make_character()
    conversation = await stage.open()
    stage.engine.reply = "Ben: The lamp is lit. \nAnna: Good."
    assert (await stage.say(conversation, QUESTION))["reply"]["content"] == "The lamp is lit."


async def test_examples_are_kept_as_they_were_shown(stage: Running) -> None:
    await stage.make_character()
    conversation = await stage.open()
    before = (await stage.say(conversation, QUESTION))["reply"]["examples"]
    assert len(before) == 3
    assert before[0]["lines"][0] == "Clara: Is the lighthouse still burning at night?"
    await stage.upload("Ben: Nothing is left of the old play, not a word.\n")
    await stage.indexed("ben")
    assert (await stage.read(conversation))["messages"][1]["examples"] == before


async def test_a_streamed_turn_tells_its_events_in_order(stage: Running) -> None:
    await stage.make_character()
    conversation = await stage.open()
    events = await stage.stream(conversation, "灯塔还亮着吗？")
    names = [name for name, _ in events]
    assert names == ["message", "examples", *["delta"] * (len(events) - 3), "done"]
    message, examples, done = events[0][1], events[1][1], events[-1][1]
    assert (message["role"], message["content"]) == ("user", "灯塔还亮着吗？")
    assert [len(item["lines"]) for item in examples["items"]] == [2, 2, 2]
    said = "".join(data["text"] for name, data in events if name == "delta")
    assert said == done["content"] == "你说“灯塔还亮着吗？”？嗯，让我想一想……好，这句话我记住了。"
    assert done["examples"] == examples["items"]
    assert (await stage.read(conversation))["messages"] == [message, done]


async def test_a_stream_is_utf8_that_nobody_may_keep(stage: Running) -> None:
    await stage.make_character()
    conversation = await stage.open()
    response = await stage.http.post(
        f"/api/conversations/{conversation['id']}/messages",
        json={"content": "灯", "stream": True},
    )
    assert response.headers["content-type"] == "text/event-stream; charset=utf-8"
    assert response.headers["cache-control"] == "no-store"
    assert "灯".encode() in response.content


async def test_messages_are_checked(stage: Running) -> None:
    await stage.make_character()
    conversation = await stage.open()
    for content, code in (
        ("", "422 empty_message"),
        (" \n\t", "422 empty_message"),
        ("a\x00b", "422 invalid_message"),
        ("x" * 4_001, "413 message_too_long"),
        ("字" * 1_000_000, "413 message_too_long"),
    ):
        assert code_of(await stage.send(conversation, content)) == code
    url = f"/api/conversations/{conversation['id']}/messages"
    half_a_pair = json.dumps({"content": "\ud800"})
    response = await stage.http.post(
        url, content=half_a_pair, headers={"Content-Type": "application/json"}
    )
    assert code_of(response) == "422 invalid_message"
    for content in ("{", "[]", '{"content": null}', '{"content": "x", "model": "y"}'):
        response = await stage.http.post(
            url, content=content, headers={"Content-Type": "application/json"}
        )
        assert code_of(response) == "422 invalid_request", content
    assert (await stage.read(conversation))["messages"] == []
    assert (await stage.send(conversation, "x" * 4_000)).status_code == 200


async def test_nul_from_the_engine_is_dropped(stage: Running) -> None:
    await stage.make_character()
    conversation = await stage.open()
    stage.engine.reply = "a\x00b"
    assert (await stage.say(conversation, "Hello?"))["reply"]["content"] == "ab"


async def test_an_engine_that_says_nothing_is_told(stage: Running) -> None:
    await stage.make_character()
    conversation = await stage.open()
    stage.engine.reply = " \n"
    assert code_of(await stage.send(conversation, "Hello?")) == "502 empty_reply"
    assert texts(await stage.idle(conversation)) == ["Hello?"]


async def test_a_message_no_prompt_has_room_for(settings: Settings) -> None:
    async with running(settings, engine=ScriptedEngine(context_length=512)) as stage:
        await stage.make_character()
        conversation = await stage.open()
        response = await stage.send(conversation, "why " * 900)
        assert code_of(response) == "422 context_too_long"
        assert len(error_of(response)["detail"]["message"]["content"]) == 3_599
        assert len((await stage.idle(conversation))["messages"]) == 1


async def test_old_history_gives_way_in_a_long_conversation(settings: Settings) -> None:
    async with running(settings, engine=ScriptedEngine(context_length=512)) as stage:
        await stage.make_character()
        conversation = await stage.open()
        for n in range(12):
            stage.engine.reply = f"answer {n}"
            await stage.say(conversation, f"question {n} " + "why " * 20)
        prompt = stage.engine.calls[-1].prompt
        assert isinstance(prompt, str)
        assert "question 11" in prompt
        assert "question 0 " not in prompt
        assert len((await stage.read(conversation))["messages"]) == 24


async def test_chat_style_engines_get_messages(settings: Settings) -> None:
    async with running(settings, engine=ScriptedEngine(prompt_style="chat")) as stage:
        await stage.make_character(greeting="Who is there?")
        conversation = await stage.open()
        await stage.say(conversation, QUESTION)
        prompt = stage.engine.calls[-1].prompt
        assert not isinstance(prompt, str)
        assert prompt[0].role == "system"
        assert [m.role for m in prompt[-2:]] == ["assistant", "user"]
        assert "Who is there?" in prompt[-2].content
        assert QUESTION in prompt[-1].content


async def test_metrics_count_turns(stage: Running) -> None:
    await stage.make_character()
    await stage.say(await stage.open(), "Hello?")
    metrics = (await stage.http.get("/metrics")).text
    assert 'offbook_turns_total{outcome="stop"} 1.0' in metrics
    assert "offbook_running_turns 0.0" in metrics
    assert "offbook_embedded_keys_total 3.0" in metrics
    status = as_object(await stage.http.get("/api/admin/stats"))
    assert (status["conversations"], status["messages"]) == (1, 2)

"""A summary stands for the oldest lines: by the engine or by hand, and only where it belongs."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Sequence

import pytest

from app.engines.port import Delta, EnginePrompt, Sampling
from app.engines.scripted import ScriptedEngine
from app.settings import Settings
from tests.app.running import Json, Running, as_object, code_of, parse_events, running, until

pytestmark = pytest.mark.anyio

WRITTEN = " spoke of the ferry. Ben promised a map."
SUMMARY = f"user and Ben{WRITTEN}"
SAID = [f"This is what I said as number {n}." for n in range(6)]
BY_HAND = "They met at the harbour."


@pytest.fixture
async def conversation(stage: Running) -> Json:
    """Six turns, each two messages."""
    await stage.make_character()
    opened = await stage.open()
    await say(stage, opened, SAID)
    stage.engine.reply = WRITTEN
    return opened


async def say(stage: Running, conversation: Json, texts: Sequence[str]) -> None:
    for text in texts:
        await stage.say(conversation, text)


def url_of(conversation: Json) -> str:
    return f"/api/conversations/{conversation['id']}/summary"


async def write(stage: Running, conversation: Json) -> list[tuple[str, Json]]:
    response = await stage.http.post(url_of(conversation))
    assert response.status_code == 200, response.text
    return parse_events(response.text)


async def edit(stage: Running, conversation: Json, **changes: object) -> Json:
    response = await stage.http.patch(url_of(conversation), json=changes)
    assert response.status_code == 200, response.text
    return as_object(response)


async def set_to(stage: Running, conversation: Json, **changes: object) -> Json:
    response = await stage.http.patch(f"/api/conversations/{conversation['id']}", json=changes)
    assert response.status_code == 200, response.text
    return as_object(response)


def prompt_of(stage: Running) -> str:
    prompt = stage.engine.calls[-1].prompt
    if isinstance(prompt, str):
        return prompt
    return "\n".join(message.content for message in prompt)


@pytest.mark.parametrize("style", ["completion", "chat"])
async def test_it_is_streamed_stored_and_stands_for_the_oldest_lines(
    settings: Settings, style: str
) -> None:
    engine = ScriptedEngine(prompt_style=style)  # type: ignore[arg-type]  # parametrized
    async with running(settings, engine=engine) as stage:
        await stage.make_character()
        conversation = await stage.open()
        await say(stage, conversation, SAID)
        engine.reply = WRITTEN
        events = await write(stage, conversation)
        # Six lines stay as they are: three exchanges.
        shown = [text for text in SAID if text in prompt_of(stage)]
        assert shown == SAID[:3]
        assert [name for name, _ in events] == ["delta", "delta", "done"]
        assert "".join(data["text"] for name, data in events if name == "delta") == SUMMARY
        stored = await stage.read(conversation)
        assert events[-1][1] == stored["summary"]
        assert stored["summary"] == {
            "text": SUMMARY,
            "upto": stored["messages"][5]["id"],
            "until_scene": None,
            "covered": 6,
        }
        await stage.say(conversation, "And now?")
        prompt = prompt_of(stage)
        assert f"What happened so far: {SUMMARY}" in prompt
        assert [text for text in SAID if text in prompt] == SAID[3:]
        assert prompt.index(SUMMARY) < prompt.index(SAID[3])


async def test_the_next_one_begins_with_the_one_before(stage: Running, conversation: Json) -> None:
    await write(stage, conversation)
    await say(stage, conversation, ["More.", "Still more."])
    stage.engine.reply = " went on."
    events = await write(stage, conversation)
    assert f"What happened so far: {SUMMARY}" in prompt_of(stage)
    assert [text for text in SAID if text in prompt_of(stage)] == SAID[3:5]
    assert events[-1][1]["text"] == "user and Ben went on."
    assert events[-1][1]["covered"] == 10


async def test_chinese_characters_are_summed_up_in_chinese(stage: Running) -> None:
    play = "老周：我修了三十年钟。\n小满：老周，吃饭了。\n老周：来了。\n"
    script = await stage.upload(play, "钟.txt")
    await stage.make_character("老周", script_ids=[script["id"]])
    slug = as_object(await stage.http.get("/api/characters"))["items"][0]["slug"]
    conversation = await stage.open(slug, user_name="小明")
    await say(stage, conversation, [f"我说的第{n}句话。" for n in "一二三四"])
    stage.engine.reply = "说起了修钟。"
    events = await write(stage, conversation)
    assert "小明：我说的第一句话。" in prompt_of(stage)
    assert events[-1][1]["text"] == "小明和老周说起了修钟。"
    await stage.say(conversation, "然后呢？")
    assert "此前的经过：小明和老周说起了修钟。" in prompt_of(stage)


async def test_the_user_corrects_it_and_takes_it_away(stage: Running, conversation: Json) -> None:
    await write(stage, conversation)
    shown = await edit(stage, conversation, text=f" {BY_HAND} ")
    assert (shown["summary"]["text"], shown["summary"]["covered"]) == (BY_HAND, 6)
    await stage.say(conversation, "And now?")
    assert f"What happened so far: {BY_HAND}" in prompt_of(stage)
    assert SUMMARY not in prompt_of(stage)
    response = await stage.http.delete(url_of(conversation))
    assert as_object(response)["summary"] is None
    await stage.say(conversation, "And now?")
    assert "What happened so far" not in prompt_of(stage)
    assert SAID[0] in prompt_of(stage)


async def test_the_user_writes_one_and_says_for_what(stage: Running, conversation: Json) -> None:
    messages = (await stage.read(conversation))["messages"]
    shown = await edit(stage, conversation, text=BY_HAND, upto=messages[1]["id"])
    assert shown["summary"]["covered"] == 2
    assert (await edit(stage, conversation, text="Else."))["summary"]["covered"] == 2
    await stage.http.delete(url_of(conversation))
    assert (await edit(stage, conversation, text=BY_HAND))["summary"]["covered"] == 6


async def test_what_is_no_summary(stage: Running, conversation: Json) -> None:
    url = url_of(conversation)
    messages = (await stage.read(conversation))["messages"]
    newest = await stage.http.patch(url, json={"text": "x", "upto": messages[-1]["id"]})
    assert code_of(newest) == "422 invalid_summary"
    nowhere = await stage.http.patch(url, json={"text": "x", "upto": conversation["id"]})
    assert code_of(nowhere) == "404 message_not_found"
    for text in ("", "  ", "x" * 2_001, "\x00"):
        assert code_of(await stage.http.patch(url, json={"text": text})) == "422 invalid_request"
    short = await stage.open()
    for response in (
        await stage.http.post(url_of(short)),
        await stage.http.patch(url_of(short), json={"text": "x"}),
    ):
        assert code_of(response) == "422 nothing_to_summarize"
    assert (await stage.read(conversation))["summary"] is None


async def test_another_branch_knows_nothing_of_it(stage: Running, conversation: Json) -> None:
    await write(stage, conversation)
    messages = (await stage.read(conversation))["messages"]
    url = f"/api/conversations/{conversation['id']}/messages/{messages[2]['id']}"
    edited = as_object(await stage.http.patch(url, json={"content": "Something else."}))
    assert edited["summary"]["covered"] == 0
    await stage.say(conversation, "Something else.")
    assert "What happened so far" not in prompt_of(stage)
    back = as_object(await stage.http.post(f"{url}/activate"))
    assert back["summary"]["covered"] == 6


async def test_one_of_a_later_point_in_time_is_not_used(stage: Running, conversation: Json) -> None:
    await set_to(stage, conversation, until_scene=2)
    # All was said at the end: nothing of it is known at the second scene.
    assert code_of(await stage.http.post(url_of(conversation))) == "422 nothing_to_summarize"
    await set_to(stage, conversation, until_scene=None)
    await write(stage, conversation)
    earlier = await set_to(stage, conversation, until_scene=2)
    assert (earlier["summary"]["text"], earlier["summary"]["covered"]) == (SUMMARY, 0)
    await stage.say(conversation, "And now?")
    assert "What happened so far" not in prompt_of(stage)
    # Nor does an edit make it one of an earlier time.
    assert (await edit(stage, conversation, text=BY_HAND))["summary"]["covered"] == 0
    assert (await set_to(stage, conversation, until_scene=None))["summary"]["covered"] == 6


async def test_one_of_an_earlier_point_in_time_is(stage: Running) -> None:
    await stage.make_character()
    conversation = await stage.open(until_scene=1)
    await say(stage, conversation, SAID)
    stage.engine.reply = WRITTEN
    assert (await write(stage, conversation))[-1][1]["until_scene"] == 1
    for later in (1, 2, None):
        assert (await set_to(stage, conversation, until_scene=later))["summary"]["covered"] == 6
    assert (await set_to(stage, conversation, until_scene=0))["summary"]["covered"] == 0


async def test_a_stranger_gets_none(stage: Running, conversation: Json) -> None:
    await stage.http.delete(f"/api/conversations/{conversation['id']}")
    assert code_of(await stage.http.post(url_of(conversation))) == "404 conversation_not_found"
    assert code_of(await stage.http.delete(url_of(conversation))) == "404 conversation_not_found"


async def test_a_model_that_says_nothing_is_an_error(stage: Running, conversation: Json) -> None:
    stage.engine.reply = ""
    ((name, data),) = await write(stage, conversation)
    assert (name, data["error"]["code"]) == ("error", "empty_summary")
    assert (await stage.read(conversation))["summary"] is None


class TestByItself:
    @pytest.fixture
    async def stage(self, settings: Settings) -> AsyncIterator[Running]:
        engine = ScriptedEngine(reply=" Well, well.", context_length=400)
        async with running(settings, engine=engine) as stage:
            await stage.make_character(sampling={"max_tokens": 30})
            yield stage

    async def filled(self, stage: Running, **flags: object) -> Json:
        """Lines fall out of the prompt at the end."""
        conversation = await stage.open()
        await set_to(stage, conversation, **flags)
        await say(stage, conversation, [f"{text} {'And on it goes. ' * 5}" for text in SAID])
        assert SAID[0] in prompt_of(stage)
        await stage.say(conversation, "So far, so good. " * 30)
        return conversation

    async def test_lines_that_fall_out_are_summed_up_after_the_turn(self, stage: Running) -> None:
        conversation = await self.filled(stage, summarize=True)
        await stage.services.writer.settled()
        summary = (await stage.read(conversation))["summary"]
        assert summary["text"] == "user and Ben Well, well."
        covered = summary["covered"]
        assert covered > 0
        await stage.say(conversation, "And now?")
        assert "What happened so far: user and Ben Well, well." in prompt_of(stage)
        assert not any(text in prompt_of(stage) for text in SAID[: covered // 2])

    async def test_only_where_the_user_wants_it(self, stage: Running) -> None:
        conversation = await self.filled(stage)
        await stage.services.writer.settled()
        assert (await stage.read(conversation))["summary"] is None

    async def test_a_turn_does_not_wait_for_it(self, settings: Settings) -> None:
        limits = settings.limits.model_copy(update={"running_turns": 1})
        alone = settings.model_copy(update={"limits": limits})
        engine = SlowSummaries(reply=" Well, well.", context_length=400)
        async with running(alone, engine=engine) as stage:
            await stage.make_character(sampling={"max_tokens": 30})
            conversation = await self.filled(stage, summarize=True)
            await until(lambda: engine.running)
            async with asyncio.timeout(10):
                reply = (await stage.say(conversation, "What next?"))["reply"]
            assert reply["state"] == "complete"
            assert (await stage.read(conversation))["summary"] is None
            await until(lambda: engine.running)  # and is begun again after that turn


class SlowSummaries(ScriptedEngine):
    """Replies at once, and writes summaries for ever."""

    def stream(
        self,
        prompt: EnginePrompt,
        sampling: Sampling,
        stop: Sequence[str] = (),
        *,
        affinity: str | None = None,
        adapter: str | None = None,
    ) -> AsyncGenerator[Delta, None]:
        self.delay = 1_000.0 if "All of this in one paragraph" in str(prompt) else 0.0
        return super().stream(prompt, sampling, stop, affinity=affinity, adapter=adapter)

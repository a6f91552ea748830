"""What of a prompt the engine finds in its cache: examples keep their places from turn to turn."""

from uuid import UUID

import pytest
from sqlalchemy.orm import undefer

from app.db.models import Message
from app.engines.port import Delta, Usage
from app.engines.scripted import ScriptedEngine
from app.settings import Settings
from tests.app.running import Json, Running, as_object, running

pytestmark = [pytest.mark.anyio, pytest.mark.one_database]

TOPICS = ["lamp", "letter", "winter", "nets", "harbour", "storm", "bread", "anchor", "gull", "tide"]
SCRIPT = "\n\n".join(
    f"Anna: Tell me about the {topic}, about the old {topic}, will you?\n"
    f"Ben: The {topic} is a long story, and the {topic} has no end, I tell you."
    for topic in TOPICS
)
TURNS = [f"And the {topic}? The old {topic}?" for topic in ("lamp", "tide", "gull", "storm")]


def with_few(settings: Settings, layout: str = "cached") -> Settings:
    """Four examples a turn."""
    retrieval = settings.retrieval.model_copy(update={"top_k": 4, "max_query_length": 44})
    prompt = settings.prompt.model_copy(update={"layout": layout})
    return settings.model_copy(update={"retrieval": retrieval, "prompt": prompt})


async def talk(stage: Running) -> tuple[Json, list[Json]]:
    """A conversation of some turns, and its replies."""
    stored = await stage.upload(SCRIPT)
    await stage.make_character(script_ids=[stored["id"]], profile="Keeper of the lamp.")
    conversation = await stage.open()
    return conversation, [(await stage.say(conversation, text))["reply"] for text in TURNS]


def prompts(engine: ScriptedEngine) -> list[str]:
    return [str(call.prompt) for call in engine.calls]


def in_place(reply: Json) -> list[int]:
    used = sorted(reply["examples"], key=lambda example: example["place"])
    assert [example["place"] for example in used] == list(range(len(used)))
    return [example["id"] for example in used]


async def test_each_prompt_begins_with_the_examples_of_the_one_before(settings: Settings) -> None:
    async with running(with_few(settings)) as stage:
        _, replies = await talk(stage)
    asked = prompts(stage.engine)
    for turn in range(1, len(TURNS)):
        before, after = in_place(replies[turn - 1]), in_place(replies[turn])
        assert after[: len(before)] == before
        beginning, _, _ = asked[turn - 1].partition("\n\nHere is Ben's profile")
        assert beginning.count("Ben: The") == len(before)
        assert asked[turn].startswith(beginning)
    assert len(in_place(replies[-1])) > 4


async def test_examples_are_told_best_first_wherever_they_stand(settings: Settings) -> None:
    async with running(with_few(settings)) as stage:
        _, replies = await talk(stage)
    for topic, reply in zip(("lamp", "tide", "gull", "storm"), replies, strict=True):
        scores = [example["score"] for example in reply["examples"]]
        assert scores == sorted(scores, reverse=True)
        assert f"the {topic}" in reply["examples"][0]["lines"][0]


async def test_a_reply_written_again_has_the_same_prompt_even_elsewhere(
    settings: Settings,
) -> None:
    async with running(with_few(settings)) as stage:
        conversation, replies = await talk(stage)
        cookies = stage.http.cookies
        url = f"/api/conversations/{conversation['id']}/messages/{replies[-1]['id']}/regenerate"
        again = as_object(await stage.http.post(url, json={}))
    first = prompts(stage.engine)
    assert first[-1] == first[-2]
    assert again["reply"]["examples"] == replies[-1]["examples"]
    async with running(with_few(settings)) as stage:
        stage.http.cookies = cookies
        await stage.http.post(url, json={})
    assert prompts(stage.engine) == first[-1:]


async def test_another_branch_goes_on_from_its_own_examples(settings: Settings) -> None:
    async with running(with_few(settings)) as stage:
        conversation, replies = await talk(stage)
        messages = (await stage.read(conversation))["messages"]
        url = f"/api/conversations/{conversation['id']}/messages/{messages[3]['id']}/activate"
        (await stage.http.post(url)).raise_for_status()
        reply = (await stage.say(conversation, "And the bread? The old bread?"))["reply"]
    assert in_place(reply)[: len(in_place(replies[1]))] == in_place(replies[1])


async def test_examples_that_are_gone_are_left_out(settings: Settings) -> None:
    async with running(with_few(settings)) as stage:
        conversation, _ = await talk(stage)
        await stage.upload(SCRIPT.replace("story", "tale"))  # the same file name: it replaces
        await stage.indexed("ben")
        reply = (await stage.say(conversation, TURNS[0]))["reply"]
    assert len(reply["examples"]) == 4
    assert all("tale" in example["lines"][1] for example in reply["examples"])


async def test_replies_from_before_places_were_kept(settings: Settings) -> None:
    async with running(with_few(settings)) as stage:
        conversation, replies = await talk(stage)
        last = replies[-1]
        async with stage.services.database.write() as session:
            stored = await session.get_one(Message, UUID(last["id"]), options=[undefer("*")])
            stored.examples = [
                {key: used[key] for key in ("id", "score", "lines")} for used in stored.examples
            ]
        cookies = stage.http.cookies
    async with running(with_few(settings)) as stage:  # what was kept in memory is gone
        stage.http.cookies = cookies
        (shown,) = (await stage.read(conversation))["messages"][-1:]
        unknown = {"place": 0, "scene": None, "start": None}
        assert shown["examples"] == [used | unknown for used in last["examples"]]
        reply = (await stage.say(conversation, "And the gull, once more?"))["reply"]
    listed = [used["id"] for used in last["examples"]]
    assert in_place(reply)[: len(listed)] == listed


async def test_the_reference_layout_shows_the_best_in_their_order(settings: Settings) -> None:
    async with running(with_few(settings, "reference")) as stage:
        _, replies = await talk(stage)
    for reply, prompt in zip(replies, prompts(stage.engine), strict=True):
        assert [example["place"] for example in reply["examples"]] == [0, 1, 2, 3]
        places = [prompt.index("\n".join(used["lines"])) for used in reply["examples"]]
        assert places == sorted(places)


class CachingEngine(ScriptedEngine):
    """Tells that it had three quarters of a prompt."""

    async def stream(self, *args, **kwargs):  # type: ignore[no-untyped-def]
        async for delta in super().stream(*args, **kwargs):
            usage = delta.usage and Usage(400, 5, cached_tokens=300)
            yield Delta(delta.text, delta.finish_reason, usage)


async def test_cached_tokens_are_told_stored_and_counted(settings: Settings) -> None:
    async with running(settings, engine=CachingEngine()) as stage:
        await stage.make_character()
        conversation = await stage.open()
        for _ in range(2):
            done = (await stage.stream(conversation, "Is the lighthouse burning?"))[-1][1]
            assert done["usage"]["cached_tokens"] == 300
        stored = (await stage.read(conversation))["messages"][-1]
        call = {"model": "ben", "messages": [{"role": "user", "content": "Is it burning?"}]}
        usage = as_object(await stage.http.post("/v1/chat/completions", json=call))["usage"]
        assert usage["prompt_tokens_details"] == {"cached_tokens": 300}
        metrics = (await stage.http.get("/metrics")).text
    assert stored["usage"]["cached_tokens"] == 300
    assert "offbook_prompt_tokens_total 1200.0" in metrics
    assert "offbook_cached_prompt_tokens_total 900.0" in metrics


async def test_an_engine_that_tells_nothing_is_not_counted(settings: Settings) -> None:
    engine = CachingEngine()
    async with running(settings, engine=engine) as stage:
        await stage.make_character()
        conversation = await stage.open()
        engine.fail_after = 2
        await stage.stream(conversation, "Is the lighthouse burning?")
        metrics = (await stage.http.get("/metrics")).text
    assert "offbook_prompt_tokens_total 0.0" in metrics

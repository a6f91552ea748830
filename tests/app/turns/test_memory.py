"""Exchanges that fell out of a prompt come back when the user's message is about them."""

import json
from collections.abc import AsyncIterator, Sequence

import pytest

from app.engines.port import PromptStyle
from app.engines.scripted import ScriptedEngine
from app.settings import Settings
from tests.app.running import Json, Running, as_object, running

pytestmark = pytest.mark.anyio

SMALL = 500
"""Tokens: sixteen exchanges of small talk have room beside the instructions."""
FACTS = [
    "My sister Rosalind keeps bees behind the chapel.",
    "On Thursday the ferry sails for Ostend.",
    "Uncle Gregor hid his compass under the stairs.",
    "Peanuts make me sneeze terribly.",
    "The bell tower lost seven slates.",
    "Doctor Quill prescribed cherry syrup.",
    "Twelve geese crossed our frozen pond.",
    "Somebody painted the bakery purple.",
]
SMALL_TALK = [
    " ".join(f"{n * 7919 % 9973:x}{word * 104729 % 9973:x}" for word in range(n, n + 15))
    for n in range(1, 25)
]
"""Of nothing in particular."""
ASKED = "When does the ferry for Ostend sail?"


@pytest.fixture
def style() -> PromptStyle:
    return "completion"


@pytest.fixture
async def stage(settings: Settings, style: PromptStyle) -> AsyncIterator[Running]:
    engine = ScriptedEngine(reply="Well.", context_length=SMALL, prompt_style=style)
    async with running(settings, engine=engine) as started:
        await started.make_character(sampling={"max_tokens": 40})
        yield started


async def talk(stage: Running, conversation: Json, said: Sequence[str]) -> None:
    """Turns, each waiting until what fell out of the prompt is kept."""
    for text in said:
        await stage.say(conversation, text)
        await stage.services.memory.settled()


async def chatted(stage: Running, said: Sequence[str]) -> Json:
    """A conversation in which all this was said long ago, and kept."""
    rows: list[Json] = [{"user_name": "user", "character_name": "Ben"}]
    for text in said:
        rows.append({"name": "user", "is_user": True, "mes": text})
        rows.append({"name": "Ben", "is_user": False, "mes": "Well."})
    response = await stage.http.post(
        "/api/conversations/import",
        files={"file": ("chat.jsonl", "\n".join(map(json.dumps, rows)).encode())},
        data={"character": "ben"},
    )
    assert response.status_code == 201, response.text
    conversation: Json = as_object(response)["conversation"]
    return conversation


async def long_ago(stage: Running) -> Json:
    """A conversation whose facts fell out of the prompt, and are kept."""
    conversation = await chatted(stage, [*FACTS, *SMALL_TALK])
    await talk(stage, conversation, ["So it goes.", "And on."])
    assert not any(fact in prompt_of(stage) for fact in FACTS)
    return conversation


async def set_to(stage: Running, conversation: Json, **changes: object) -> None:
    response = await stage.http.patch(f"/api/conversations/{conversation['id']}", json=changes)
    assert response.status_code == 200, response.text


def prompt_of(stage: Running) -> str:
    prompt = stage.engine.calls[-1].prompt
    if isinstance(prompt, str):
        return prompt
    return "\n".join(message.content for message in prompt)


def memories(reply: Json) -> list[list[str]]:
    return [used["lines"] for used in reply["examples"] if used["kind"] == "memory"]


FERRY = [f"user: {FACTS[1]}", "Ben: Well."]


@pytest.mark.parametrize("style", ["completion", "chat"])
async def test_what_fell_out_comes_back_when_it_is_asked_for(stage: Running) -> None:
    conversation = await long_ago(stage)
    events = await stage.stream(conversation, ASKED)
    assert prompt_of(stage).count(FACTS[1]) == 1
    assert f'Ben remembers that user once said: "{FACTS[1]}", and Ben answered: "Well."' in (
        prompt_of(stage)
    )
    (told,) = [data["items"] for name, data in events if name == "examples"]
    assert [used["lines"] for used in told if used["kind"] == "memory"] == [FERRY]
    stored = (await stage.read(conversation))["messages"][-1]
    assert memories(stored) == [FERRY]


async def test_it_stands_right_before_the_line_to_answer(stage: Running) -> None:
    conversation = await long_ago(stage)
    message = (await stage.say(conversation, "Shall we dance today?"))["message"]
    without = prompt_of(stage)
    url = f"/api/conversations/{conversation['id']}/messages/{message['id']}"
    assert (await stage.http.patch(url, json={"content": ASKED})).status_code == 200
    await stage.say(conversation, ASKED)
    start, _, end = without.partition("user:Shall we dance today?")
    memory = f'Ben remembers that user once said: "{FACTS[1]}", and Ben answered: "Well."\n'
    assert prompt_of(stage) == f"{start}{memory}user:{ASKED}{end}"


async def test_nothing_comes_back_that_nobody_asked_for(stage: Running) -> None:
    conversation = await long_ago(stage)
    reply = (await stage.say(conversation, "Shall we dance?"))["reply"]
    assert memories(reply) == []
    assert "remembers" not in prompt_of(stage)


async def test_nothing_is_remembered_while_everything_fits(stage: Running) -> None:
    conversation = await stage.open()
    await talk(stage, conversation, FACTS[:3])
    reply = (await stage.say(conversation, ASKED))["reply"]
    assert memories(reply) == []
    assert prompt_of(stage).count(FACTS[1]) == 1


async def test_other_conversations_only_when_the_user_asks(stage: Running) -> None:
    await chatted(stage, FACTS)
    fresh = await stage.open()
    await talk(stage, fresh, SMALL_TALK[:1])
    compass = "Where is the compass of uncle Gregor?"
    assert memories((await stage.say(fresh, compass))["reply"]) == []
    await set_to(stage, fresh, remembers_others=True)
    await talk(stage, fresh, ["Well, well."])  # embeds what is new to it
    reply = (await stage.say(fresh, ASKED))["reply"]
    assert memories(reply) == [FERRY]
    (memory,) = [used for used in reply["examples"] if used["kind"] == "memory"]
    assert memory["name"] == FACTS[0]  # the title of the other conversation
    await set_to(stage, fresh, remembers_others=False)
    assert memories((await stage.say(fresh, "Where do bees sting?"))["reply"]) == []


async def test_never_another_users(settings: Settings) -> None:
    public = settings.model_copy(
        update={
            "server": settings.server.model_copy(update={"host": "0.0.0.0"}),
            "access": type(settings.access)(admin_key="a-key-of-the-tests", public_uploads=True),
        }
    )
    engine = ScriptedEngine(reply="Well.")
    async with running(public, engine=engine) as stage, stage.client() as other:
        await stage.make_character()
        stranger = Running(stage.app, other, engine)
        await chatted(stage, FACTS)
        for someone, remembered in ((stage, [FERRY]), (stranger, [])):
            fresh = await someone.open()
            await set_to(someone, fresh, remembers_others=True)
            await talk(someone, fresh, SMALL_TALK[:8])
            assert memories((await someone.say(fresh, ASKED))["reply"]) == remembered
        assert not any(fact in prompt_of(stage) for fact in FACTS)


async def test_nothing_of_a_later_point_in_time(stage: Running) -> None:
    conversation = await stage.open(until_scene=1)
    await talk(stage, conversation, FACTS[2:])
    await set_to(stage, conversation, until_scene=3)
    await talk(stage, conversation, FACTS[:2])
    await talk(stage, conversation, SMALL_TALK)
    assert memories((await stage.say(conversation, ASKED))["reply"]) == [FERRY]
    await set_to(stage, conversation, until_scene=2)
    assert memories((await stage.say(conversation, ASKED))["reply"]) == []
    assert FACTS[1] not in prompt_of(stage)
    # What was said before is known all the time, and all of it at the end.
    compass = "Where is the compass of uncle Gregor?"
    await stage.say(conversation, compass)
    assert FACTS[2] in prompt_of(stage)
    await set_to(stage, conversation, until_scene=None)
    assert FERRY in memories((await stage.say(conversation, ASKED))["reply"])


async def test_a_deleted_conversation_is_forgotten(stage: Running) -> None:
    told = await chatted(stage, FACTS)
    fresh = await stage.open()
    await set_to(stage, fresh, remembers_others=True)
    await talk(stage, fresh, SMALL_TALK[:2])
    assert memories((await stage.say(fresh, ASKED))["reply"]) == [FERRY]
    assert (await stage.http.delete(f"/api/conversations/{told['id']}")).status_code == 204
    assert memories((await stage.say(fresh, ASKED))["reply"]) == []


async def test_a_long_imported_chat_is_embedded_a_few_exchanges_a_turn(stage: Running) -> None:
    said = [f"Thing number {n} of the {n * 7919 % 1009} things I told you." for n in range(300)]
    conversation = await chatted(stage, said)
    counted = stage.services.metrics.embedded_keys
    before = counted._value.get()
    await talk(stage, conversation, ["And now?"])
    assert counted._value.get() - before == 16
    await talk(stage, conversation, ["And then?"])
    assert counted._value.get() - before == 32

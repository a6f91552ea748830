"""A character knows what it heard in silence, where the script says that it was there."""

import json

import pytest

from app.engines.scripted import ScriptedEngine
from app.settings import Settings
from tests.app.running import Json, Running, as_object, running

pytestmark = pytest.mark.anyio

SCRIPT = """\
# One
Anna: Did you bring the letter, Ben?
Ben: I brought the letter in my coat.
Clara: Is the lamp burning?
Ben: The lamp burns all night long.
Anna: Will you mend the nets?
Ben: The nets can wait for spring.

# Two
(Ben sits by the stove, mending a net.)
Anna: Doctor Quill prescribed cherry syrup for my cough.
Clara: Then fetch the syrup from the chemist in Ostend.
(Ben goes out.)
Anna: Twelve geese crossed our frozen pond.
Clara: Somebody painted the bakery purple.

# Three
Present: Anna, Clara
Anna: Ben counted the silver spoons at midnight.
Clara: Uncle Gregor hid his compass under the stairs.

# Four
Present: Anna, Ben, Clara
Anna: The bell tower lost seven slates in the storm.
Clara: Peanuts make the bell ringer sneeze terribly.

# Five
Anna: What will you do in winter?
Ben: In winter I shall read by the lamp.
Clara: And what will you eat?
Ben: Bread, and herring from the barrel.
Anna: Who pays for the oil?
Ben: The harbour office pays for the oil.
"""
"""Ben hears the first two lines of the second scene (its number is 1), and all of the fourth."""

SYRUP = [
    "Anna: Doctor Quill prescribed cherry syrup for my cough.",
    "Clara: Then fetch the syrup from the chemist in Ostend.",
]
TOLD = (
    'Ben was there, said nothing, and heard Anna say: "Doctor Quill prescribed cherry syrup for my '
    'cough.", and Clara say: "Then fetch the syrup from the chemist in Ostend."'
)
ASKED = "Which syrup did Doctor Quill prescribe for the cough?"


@pytest.fixture(params=["fused", "selector"])
def mode(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def presence() -> bool:
    return True


@pytest.fixture
def settings(settings: Settings, mode: str, presence: bool) -> Settings:
    changes = {"mode": mode, "presence": presence}
    retrieval = settings.retrieval.model_copy(update=changes)
    return settings.model_copy(update={"retrieval": retrieval})


async def make(stage: Running) -> None:
    stored = await stage.upload(SCRIPT)
    await stage.make_character(script_ids=[stored["id"]])


def prompt_of(stage: Running) -> str:
    return str(stage.engine.calls[-1].prompt)


def witnessed(reply: Json) -> list[list[str]]:
    return [used["lines"] for used in reply["examples"] if used["kind"] == "witnessed"]


async def test_what_it_heard_in_silence_is_told_when_it_matters(stage: Running) -> None:
    await make(stage)
    conversation = await stage.open()
    events = await stage.stream(conversation, ASKED)
    assert f"{TOLD}\nuser:{ASKED}\n" in prompt_of(stage)
    assert prompt_of(stage).count("cherry syrup for my cough") == 1  # told, and no example
    (told,) = [data["items"] for name, data in events if name == "examples"]
    (used,) = [used for used in told if used["kind"] == "witnessed"]
    assert used["lines"] == SYRUP
    assert used["name"] == "(Ben sits by the stove, mending a net.)"
    stored = (await stage.read(conversation))["messages"][-1]
    assert witnessed(stored) == [SYRUP]


async def test_models_that_chat_are_told_in_front_of_the_line(settings: Settings) -> None:
    async with running(settings, engine=ScriptedEngine(prompt_style="chat")) as stage:
        await make(stage)
        await stage.say(await stage.open(), ASKED)
        newest = stage.engine.calls[-1].prompt[-1]
        assert f"({TOLD})\n{ASKED}\n" in getattr(newest, "content", "")


async def test_clients_of_the_openai_api_are_answered_with_it(stage: Running) -> None:
    await make(stage)
    body = {"model": "ben", "messages": [{"role": "user", "content": ASKED}]}
    assert (await stage.http.post("/v1/chat/completions", json=body)).status_code == 200
    assert TOLD in prompt_of(stage)


async def test_it_goes_by_a_name_that_was_merged_into_its_own(stage: Running) -> None:
    script = SCRIPT.replace("(Ben sits", "(Benjamin sits").replace("One\n", "One\nBenjamin: Hm.\n")
    stored = await stage.upload(script, aliases=json.dumps({"Benjamin": "Ben"}))
    await stage.make_character(script_ids=[stored["id"]])
    assert witnessed((await stage.say(await stage.open(), ASKED))["reply"]) == [SYRUP]


async def test_a_restart_finds_it_again(settings: Settings) -> None:
    async with running(settings) as stage:
        await make(stage)
    async with running(settings) as stage:
        assert witnessed((await stage.say(await stage.open(), ASKED))["reply"]) == [SYRUP]


async def test_nothing_is_told_that_the_line_is_not_about(stage: Running) -> None:
    await make(stage)
    reply = (await stage.say(await stage.open(), "Will you mend the nets?"))["reply"]
    assert witnessed(reply) == []
    assert "syrup" not in prompt_of(stage)


@pytest.mark.parametrize("presence", [False])
async def test_nothing_is_told_without_the_setting(stage: Running) -> None:
    await make(stage)
    assert witnessed((await stage.say(await stage.open(), ASKED))["reply"]) == []
    assert "syrup for my cough" not in prompt_of(stage)


@pytest.mark.parametrize(
    ("asked", "unheard"),
    [
        ("How many geese crossed our frozen pond?", "Twelve geese"),  # it had gone out
        ("Who painted the bakery purple?", "Somebody painted"),
        ("Who counted the silver spoons at midnight?", "Ben counted the silver"),  # only named
        ("Where did Uncle Gregor hid his compass, under the stairs?", "Gregor hid his compass un"),
    ],
)
async def test_nothing_else_of_the_script_is_known(
    stage: Running, asked: str, unheard: str
) -> None:
    await make(stage)
    assert witnessed((await stage.say(await stage.open(), asked))["reply"]) == []
    assert unheard not in prompt_of(stage)


async def test_nothing_is_told_before_its_scene(stage: Running) -> None:
    await make(stage)
    asked = "Did the bell tower lose slates in the storm?"
    for known, heard in ((1, False), (3, False), (4, True), (None, True)):
        conversation = await stage.open(until_scene=known)
        reply = (await stage.say(conversation, asked))["reply"]
        assert bool(witnessed(reply)) == heard
        assert ("The bell tower lost seven slates" in prompt_of(stage)) == heard


async def test_the_inspector_lists_it(stage: Running) -> None:
    await make(stage)
    response = await stage.http.get("/api/characters/ben/examples", params={"query": ASKED})
    (found,) = as_object(response)["witnessed"]
    assert found["lines"] == SYRUP
    assert found["reason"] == "(Ben sits by the stove, mending a net.)"
    assert found["shown"] is True
    response = await stage.http.get("/api/characters/ben/examples", params={"query": "The nets?"})
    assert as_object(response)["witnessed"] == []

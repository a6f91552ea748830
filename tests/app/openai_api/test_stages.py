"""Stages as models: who answers, what each knows, and whose they are."""

import json
from collections.abc import AsyncIterator

import pytest

from app.settings import Settings
from tests.app.openai_api.talking import (
    CHAT,
    assistant,
    code,
    content,
    openai_error,
    post,
    read_stream,
    streamed,
    system,
    user,
)
from tests.app.running import Json, Running, as_object, running
from tests.app.stage.staging import act, last_prompt, make_cast, open_stage

pytestmark = [pytest.mark.anyio, pytest.mark.one_database]

CAST = "stage:anna,ben,clara"


@pytest.fixture
async def island(settings: Settings) -> AsyncIterator[Running]:
    async with running(settings) as stage:
        await make_cast(stage)
        stage.engine.reply = "So it is."
        yield stage


async def ask(stage: Running, *messages: Json, **fields: object) -> Json:
    body = {"model": CAST, "messages": messages, **fields}
    response = await stage.http.post(CHAT, json=body)
    assert response.status_code == 200, response.text
    return as_object(response)


async def test_the_one_who_is_asked_answers_by_name(island: Running) -> None:
    answer = await ask(island, user("@Ben A cold night."))
    assert (answer["model"], content(answer)) == (CAST, "Ben: So it is.")
    assert "name" not in answer["choices"][0]["message"]
    events = await stream(island, user("A cold night."), assistant("Clara:"))
    assert streamed(events) == "Clara: So it is."
    assert events[-1]["choices"][0]["finish_reason"] == "stop"


async def stream(stage: Running, *messages: Json, **fields: object) -> list[Json]:
    body = {"model": CAST, "messages": messages, "stream": True, **fields}
    return read_stream((await stage.http.post(CHAT, json=body)).text)


async def test_the_history_says_who_spoke(island: Running) -> None:
    answer = await ask(
        island,
        user("Who has the letter?", name="Mara"),
        assistant("Anna: Ben has it."),
        assistant("I do not.", name="Ben"),
        assistant("The lamp goes out."),
        assistant("Clara:"),
    )
    assert content(answer) == "Clara: So it is."
    prompt = last_prompt(island)
    for line in ("Mara:Who has the letter?", "Anna:Ben has it.", "Ben:I do not."):
        assert line in prompt
    assert "(The lamp goes out.)" in prompt
    assert "\nAnna:" in island.engine.calls[-1].stop


async def test_the_director_chooses_the_same_at_the_same_moment(island: Running) -> None:
    said = [user("Ben, is the lamp burning?")]
    names = {content(await ask(island, *said)).partition(":")[0] for _ in range(3)}
    assert names == {"Ben"}


async def test_what_is_whispered_is_known_to_those_who_heard_it(island: Running) -> None:
    whisper = user("/whisper Ben: The key is in the well.")
    first = await ask(island, whisper)
    assert content(first) == "Ben (whispers): So it is."
    told = [whisper, assistant("Ben (whispers): In the well?"), user("Good evening.")]
    for name, knows in (("Ben", True), ("Anna", False), ("Clara", False)):
        await ask(island, *told, assistant(f"{name}:"))
        for secret in ("The key is in the well.", "In the well?"):
            assert (secret in last_prompt(island)) is knows
    # Also where the client has dropped the beginning of the history.
    await ask(island, *told[1:], assistant("Anna:"))
    assert "In the well?" not in last_prompt(island)


async def test_a_stage_that_is_stored_has_its_cast_and_its_notes(island: Running) -> None:
    stored = await open_stage(island, "anna", "ben")
    url = f"/api/conversations/{stored['id']}/participants/ben/note"
    await island.http.put(url, json={"note": "Ben sold the lamp."})
    await act(island, stored, "participants/anna/leave")
    model = f"stage:{stored['id']}"
    answer = await ask(island, user("A cold night."), model=model)
    assert content(answer) == "Ben: So it is."
    assert "Ben sold the lamp." in last_prompt(island)
    assert "Mara:A cold night." in last_prompt(island)
    assert len((await island.read(stored))["messages"]) == 2  # nothing is stored
    refused = await post(island, CHAT, model=model, messages=[user("@Anna And you?")])
    assert code(refused) == "400 not_on_stage"


async def test_who_directs_sends_directions(island: Running) -> None:
    stored = await open_stage(island, role="director")
    await ask(island, user("The lamp goes out."), model=f"stage:{stored['id']}")
    assert "(The lamp goes out.)" in last_prompt(island)
    assert "Mara" not in last_prompt(island)


async def test_stages_are_listed_for_their_owner(island: Running) -> None:
    stored = await open_stage(island, "anna", "ben")
    listed = as_object(await island.http.get("/v1/models"))["data"]
    mine = [each for each in listed if each["id"].startswith("stage:")]
    assert [(each["id"], each["name"]) for each in mine] == [
        (f"stage:{stored['id']}", "Anna and Ben")
    ]
    one = as_object(await island.http.get(f"/v1/models/stage:{stored['id']}"))
    assert one == mine[0]


async def test_another_finds_no_stage(settings: Settings) -> None:
    public = settings.model_copy(
        update={
            "server": settings.server.model_copy(update={"host": "0.0.0.0"}),
            "access": type(settings.access)(admin_key="a-key-of-the-tests"),
        }
    )
    async with running(public) as stage:
        stage.http.headers["Authorization"] = "Bearer a-key-of-the-tests"
        await make_cast(stage)
        stored = await open_stage(stage, "anna", "ben")
        async with stage.client() as stranger:
            listed = as_object(await stranger.get("/v1/models"))["data"]
            assert not [each for each in listed if each["id"].startswith("stage:")]
            body = {"model": f"stage:{stored['id']}", "messages": [user("Hi")]}
            assert code(await stranger.post(CHAT, json=body)) == "404 model_not_found"
            await stage.http.post("/api/admin/characters/ben/unpublish")
            body = {"model": "stage:anna,ben", "messages": [user("Hi")]}
            assert code(await stranger.post(CHAT, json=body)) == "404 model_not_found"
        assert stage.engine.calls == []


@pytest.mark.parametrize(
    ("model", "messages", "expected"),
    [
        ("stage:00000000-0000-4000-8000-000000000000", [user("Hi")], "404 model_not_found model"),
        ("stage:", [user("Hi")], "404 model_not_found model"),
        ("stage:ben,nobody", [user("Hi")], "404 model_not_found model"),
        ("stage:" + ",".join("abcdefghi"), [user("Hi")], "400 stage_full model"),
        (CAST, [system("Be brief.")], "400 nothing_said messages"),
        (CAST, [user("/dance")], "400 unknown_command messages[0].content"),
        (CAST, [user("/whisper Mo: hi")], "400 not_on_stage messages[0].content"),
        (CAST, [user("/whisper Ben: x"), assistant("Anna:")], "400 not_on_stage messages"),
    ],
)
async def test_what_is_refused(
    island: Running, model: str, messages: list[Json], expected: str
) -> None:
    refused = await post(island, CHAT, model=model, messages=messages)
    assert f"{code(refused)} {openai_error(refused)['param']}" == expected
    assert island.engine.calls == []


async def test_functions_are_refused(island: Running) -> None:
    tool = {"type": "function", "function": {"name": "look", "parameters": {"type": "object"}}}
    refused = await post(island, CHAT, model=CAST, messages=[user("Hi")], tools=[tool])
    assert code(refused) == "400 unsupported_parameter"


async def test_instructions_are_shown_to_who_speaks(island: Running) -> None:
    await ask(island, system("It is winter."), user("Anna, are you cold?"))
    assert "It is winter." in last_prompt(island)


async def test_replies_held_to_json_have_the_name_beside_them(island: Running) -> None:
    island.engine.reply = '{"line": "Yes."}'
    answer = await ask(island, user("Ben, is it you?"), response_format={"type": "json_object"})
    assert answer["choices"][0]["message"]["name"] == "Ben"
    assert json.loads(content(answer)) == {"line": "Yes."}


async def test_names_beside_the_replies(settings: Settings) -> None:
    named = settings.model_copy(
        update={"openai_api": settings.openai_api.model_copy(update={"stage_replies": "named"})}
    )
    async with running(named) as stage:
        await make_cast(stage)
        stage.engine.reply = "So it is."
        answer = await ask(stage, user("@Ben Hm."))
        message = answer["choices"][0]["message"]
        assert (message["name"], message["content"]) == ("Ben", "So it is.")
        events = await stream(stage, user("@Ben Hm."))
        assert events[0]["choices"][0]["delta"]["name"] == "Ben"
        assert streamed(events) == "So it is."
        response = await stage.http.post("/v1/responses", json={"model": CAST, "input": "@Ben Hm."})
        [item] = as_object(response)["output"]
        assert item["content"][0]["text"] == "Ben: So it is."


async def test_each_of_several_choices_is_named(island: Running) -> None:
    answer = await ask(island, user("@Ben Hm."), n=2)
    assert [content(answer, each) for each in range(2)] == ["Ben: So it is."] * 2

"""Engines that are away, refuse, or die: what the person wrote is never lost."""

from collections.abc import Sequence
from itertools import pairwise

import pytest

from app.engines.port import (
    ContextTooLongError,
    EngineOverloadedError,
    EngineRequestError,
    EngineTimeoutError,
    EngineUnavailableError,
)
from app.engines.scripted import ScriptedEngine
from app.engines.tokens import count_words
from app.settings import Settings
from tests.app.running import Running, code_of, error_of, parse_events, running, texts

pytestmark = pytest.mark.anyio


async def test_an_engine_that_is_down_costs_nothing_but_time(settings: Settings) -> None:
    engine = ScriptedEngine()
    await engine.aclose()
    async with running(settings, engine=engine) as stage:
        await stage.make_character()
        conversation = await stage.open()
        for _ in range(2):  # the page sends it again
            response = await stage.send(conversation, "Hello?")
            assert code_of(response) == "503 engine_unavailable"
            assert response.headers["Retry-After"] == "5"
            message = error_of(response)["detail"]["message"]
            assert (message["content"], len(message["alternatives"])) == ("Hello?", 1)
        streamed = await stage.http.post(
            f"/api/conversations/{conversation['id']}/messages",
            json={"content": "Hello?", "stream": True},
        )
        assert code_of(streamed) == "503 engine_unavailable"
        kept = await stage.read(conversation)
        assert (texts(kept), kept["busy"]) == (["Hello?"], False)
    async with running(settings) as stage:
        await stage.say(conversation, "Hello?")
        assert len((await stage.read(conversation))["messages"]) == 2


async def test_every_failure_before_the_first_word_has_its_status(stage: Running) -> None:
    await stage.make_character()
    conversation = await stage.open()
    for error, code, wait in (
        (EngineUnavailableError("away"), "503 engine_unavailable", "5"),
        (EngineOverloadedError("busy", retry_after=9), "503 engine_overloaded", "9"),
        (EngineTimeoutError("slow"), "504 engine_timeout", "5"),
        (ContextTooLongError("long"), "422 context_too_long", None),
        (EngineRequestError("no"), "502 engine_refused", None),
    ):
        stage.engine.fail_before = error
        response = await stage.send(conversation, "Hello?")
        assert code_of(response) == code
        assert response.headers.get("Retry-After") == wait
        assert error_of(response)["message"] == str(error)
        assert texts(await stage.idle(conversation)) == ["Hello?"]


class Undercounting(ScriptedEngine):
    """Has more tokens for a prompt than it says when asked to count."""

    async def count_tokens(self, texts: Sequence[str], *, rough: int = 0) -> list[int]:
        return [count * 4 // 5 for count in await super().count_tokens(texts)]


async def test_a_prompt_too_long_for_the_engine_is_trimmed_and_sent_again(
    settings: Settings,
) -> None:
    engine = Undercounting(context_length=1_000)
    async with running(settings, engine=engine) as stage:
        ben = await stage.make_character()
        await stage.http.patch(
            f"/api/admin/characters/{ben['slug']}", json={"sampling": {"max_tokens": 20}}
        )
        conversation = await stage.open()
        for n in range(8):  # by its own count it fits until about here
            said = f"Message {n}: " + "word " * 120
            done = await stage.say(conversation, said)
            assert done["reply"]["state"] == "complete"
    prompts = [str(call.prompt) for call in engine.calls]
    again = [pair for pair in pairwise(prompts) if len(pair[0]) > len(pair[1])]
    assert again
    assert len(prompts) == 8 + len(again)
    for refused, sent in again:
        assert sent[-40:] in refused
        assert count_words(refused) > 1_000 >= count_words(sent)


async def test_what_arrived_before_the_engine_died_is_kept(stage: Running) -> None:
    await stage.make_character()
    conversation = await stage.open()
    stage.engine.reply, stage.engine.fail_after = "one two three four", 2
    response = await stage.send(conversation, "Count.")
    assert code_of(response) == "503 engine_unavailable"
    partial = error_of(response)["detail"]["reply"]
    assert (partial["content"], partial["state"]) == ("one two", "partial")
    assert partial["finish_reason"] == "error"
    assert partial["error"] == "The script says: fail here."
    kept = await stage.idle(conversation)
    assert texts(kept) == ["Count.", "one two"]
    assert kept["messages"][1] == partial
    await stage.engine.aclose()
    assert code_of(await stage.send(conversation, "Go on.")) == "503 engine_unavailable"
    assert texts(await stage.read(conversation)) == ["Count.", "one two", "Go on."]


async def test_a_streamed_failure_is_the_last_event(stage: Running) -> None:
    await stage.make_character()
    conversation = await stage.open()
    stage.engine.reply, stage.engine.fail_after = "one two three four", 2
    events = await stage.stream(conversation, "Count.")
    assert [name for name, _ in events] == ["message", "examples", "delta", "delta", "error"]
    error = events[-1][1]["error"]
    assert error["code"] == "engine_unavailable"
    assert error["detail"]["reply"]["state"] == "partial"
    stage.engine.fail_after = None
    stage.engine.reply = " three four"
    reply = (await stage.read(conversation))["messages"][1]
    response = await stage.http.post(
        f"/api/conversations/{conversation['id']}/messages/{reply['id']}/continue",
        json={"stream": True},
    )
    name, done = parse_events(response.text)[-1]
    assert (name, done["content"], done["state"]) == ("done", "one two three four", "complete")
    assert done["error"] is None


async def test_a_bug_is_told_without_its_details(stage: Running) -> None:
    await stage.make_character()
    conversation = await stage.open()
    stage.engine.fail_before = ZeroDivisionError("secret")  # type: ignore[assignment]  # no engine error
    response = await stage.send(conversation, "Hello?")
    assert code_of(response) == "500 internal_error"
    assert "secret" not in response.text
    assert texts(await stage.idle(conversation)) == ["Hello?"]

"""Streams: every event has choices, the last line is ``[DONE]``, whatever happens between."""

from collections.abc import Sequence

import httpx
import pytest

from app.engines.port import ContextTooLongError, EngineOverloadedError, EngineUnavailableError
from app.engines.scripted import ScriptedEngine
from app.settings import Settings
from tests.app.openai_api.talking import (
    CHARACTER_CHAT,
    CHAT,
    ask,
    assistant,
    code,
    post,
    read_stream,
    stream,
    streamed,
    user,
)
from tests.app.running import Running, running

pytestmark = [pytest.mark.anyio, pytest.mark.one_database]


async def test_a_stream_says_what_an_answer_says(ben: Running) -> None:
    ben.engine.reply = "one two three"
    for path in (CHAT, CHARACTER_CHAT):
        events = await stream(ben, path=path)
        assert streamed(events) == "one two three"
        opening, *pieces, end = events
        assert opening["choices"][0]["delta"] == {"role": "assistant", "content": ""}
        assert [each["choices"][0]["delta"]["content"] for each in pieces] == [
            "one",
            " two",
            " three",
        ]
        assert end["choices"][0] == {
            "index": 0,
            "delta": {},
            "logprobs": None,
            "finish_reason": "stop",
        }
        for event in events:
            assert event["object"] == "chat.completion.chunk"
            assert (event["id"], event["model"]) == (opening["id"], "ben")
            assert "usage" not in event


async def test_the_examples_come_with_the_first_event(ben: Running) -> None:
    question = user("Is the lighthouse burning at night?")
    whole = await ask(ben, question)
    opening, *rest = await stream(ben, question)
    assert opening["offbook"] == whole["offbook"]
    assert not any("offbook" in event for event in rest)


async def test_the_usage_comes_last_where_it_is_asked_for(ben: Running) -> None:
    ben.engine.reply = "one two three"
    whole = await ask(ben, n=2)
    *events, last = await stream(ben, n=2, stream_options={"include_usage": True})
    assert last["choices"] == []
    assert last["usage"] == whole["usage"]
    assert not any("usage" in event for event in events)


async def test_a_failure_in_mid_stream_is_an_event(ben: Running) -> None:
    ben.engine.reply, ben.engine.fail_after = "one two three four", 2
    *events, last = await stream(ben)
    assert streamed(events) == "one two"
    assert last["choices"] == []
    assert last["error"] == {
        "message": "The script says: fail here.",
        "type": "server_error",
        "param": None,
        "code": "engine_unavailable",
    }


async def test_a_failure_before_the_first_word_has_a_status(ben: Running) -> None:
    for error, expected, wait in (
        (EngineUnavailableError("away"), "503 engine_unavailable", "5"),
        (EngineOverloadedError("busy", retry_after=9), "503 engine_overloaded", "9"),
        (ContextTooLongError("long"), "400 context_length_exceeded", None),
    ):
        ben.engine.fail_before = error
        for model in ("ben", "index-raw"):
            for flag in (True, False):
                response = await post(ben, CHAT, model=model, messages=[user("Hi")], stream=flag)
                assert code(response) == expected
                assert response.headers.get("Retry-After") == wait


async def test_an_engine_that_is_away_says_when_to_come_back(ben: Running) -> None:
    await ben.engine.aclose()
    for path in (CHAT, CHARACTER_CHAT):
        response = await post(ben, path, model="ben", messages=[user("Hi")], stream=True)
        assert code(response) == "503 engine_unavailable"
        assert response.headers["Retry-After"] == "5"


async def test_a_prompt_the_engine_finds_too_long_is_shortened_once(settings: Settings) -> None:
    class Optimist(ScriptedEngine):
        """Counts 15 % too few, as an estimate may."""

        async def count_tokens(self, texts: Sequence[str], *, rough: int = 0) -> list[int]:
            return [int(0.85 * count) for count in await super().count_tokens(texts)]

    engine = Optimist(reply="Aye.", context_length=600)
    history = [user(f"This is what I said in line {n}.") for n in range(100)]
    turns = [each for line in history for each in (line, assistant("I remember that I heard it."))]
    async with running(settings, engine=engine) as stage:
        await stage.make_character()
        for flag in (False, True):
            engine.calls.clear()
            body = {"model": "ben", "max_tokens": 10, "stream": flag}
            response = await post(stage, CHAT, messages=[*turns, user("Well?")], **body)
            assert response.status_code == 200
            first, second = (call.prompt for call in engine.calls)
            assert len(second) < len(first)
            assert isinstance(second, str)
            assert second.endswith("user:Well?\n\nBen:")
        assert streamed(read_stream(response.text)) == "Aye."


async def test_silence_is_filled_with_comments(settings: Settings) -> None:
    settings.openai_api.keep_alive = 0.02
    engine = ScriptedEngine(reply="one two", delay=0.15)
    async with running(settings, engine=engine) as stage:
        await stage.make_character()
        response = await post(stage, CHAT, model="ben", messages=[user("Hi")], stream=True)
        assert streamed(read_stream(response.text)) == "one two"
        comments = [each for each in response.text.split("\n\n") if each.startswith(":")]
        assert len(comments) >= 4
        assert set(comments) == {": still here"}


async def test_a_failure_after_the_first_comment_is_an_event_too(settings: Settings) -> None:
    settings.openai_api.keep_alive = 0.02
    engine = ScriptedEngine(reply="one", delay=0.15, fail_after=0)
    async with running(settings, engine=engine) as stage:
        await stage.make_character()
        events = await stream(stage)
        assert streamed(events) == ""
        assert events[-1]["error"]["code"] == "engine_unavailable"


async def test_a_bug_is_told_without_its_details(ben: Running) -> None:
    ben.engine.fail_before = ZeroDivisionError("secret")  # type: ignore[assignment]  # no engine error
    transport = httpx.ASGITransport(app=ben.app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as http:
        response = await http.post(CHAT, json={"model": "ben", "messages": [user("Hi")]})
    assert code(response) == "500 internal_error"
    assert "secret" not in response.text

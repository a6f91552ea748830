"""The other fields of a request, as far as they do anything, and those that do nothing."""

from typing import Any

import pytest

from tests.app.openai_api.talking import (
    CHAT,
    ask,
    code,
    content,
    openai_error,
    post,
    stream,
    streamed,
    user,
)
from tests.app.running import Json, Running

pytestmark = [pytest.mark.anyio, pytest.mark.one_database]


async def test_an_answer_has_what_clients_read(ben: Running) -> None:
    ben.engine.reply = "Aye."
    said = await ask(ben)
    assert said.keys() == {"id", "object", "created", "model", "choices", "usage", "offbook"}
    assert said["id"].startswith("chatcmpl-")
    assert said["object"] == "chat.completion"
    assert said["model"] == "ben"
    assert isinstance(said["created"], int)
    assert said["choices"] == [
        {
            "index": 0,
            "message": {"role": "assistant", "content": "Aye."},
            "logprobs": None,
            "finish_reason": "stop",
        }
    ]
    usage = said["usage"]
    assert usage["completion_tokens"] == 1
    assert usage["prompt_tokens"] > 100
    assert usage["total_tokens"] == usage["prompt_tokens"] + 1
    assert usage["prompt_tokens_details"] == {"cached_tokens": 0}


async def test_unknown_fields_are_ignored(ben: Running) -> None:
    said = await ask(
        ben,
        user("Hi", weight=3),
        logit_bias={},
        logprobs=True,
        top_logprobs=5,
        tools=[{"type": "function", "function": {"name": "f"}}],
        tool_choice="auto",
        user="somebody",
        response_format={"type": "text"},
        dry_multiplier=0.8,
        mirostat_mode=0,
        stream_options=None,
    )
    assert said["choices"][0]["finish_reason"] == "stop"


async def test_sampling_reaches_the_engine(ben: Running) -> None:
    fields: dict[str, Any] = {
        "temperature": 0.3,
        "top_p": 0.7,
        "top_k": 9,
        "min_p": 0.02,
        "repetition_penalty": 1.2,
        "max_tokens": 77,
        "seed": 5,
    }
    await ask(ben, presence_penalty=0.5, frequency_penalty=0.25, **fields)
    sampling = ben.engine.calls[-1].sampling
    assert {name: getattr(sampling, name) for name in fields} == fields
    assert sampling.extra == {"presence_penalty": 0.5, "frequency_penalty": 0.25}


async def test_what_the_client_leaves_open_is_the_characters(ben: Running) -> None:
    body = {"sampling": {"temperature": 0.1, "top_k": 3}}
    assert (await ben.http.patch("/api/admin/characters/ben", json=body)).status_code == 200
    await ask(ben, top_k=8, top_p=None, seed=-1)
    sampling = ben.engine.calls[-1].sampling
    assert (sampling.temperature, sampling.top_k, sampling.top_p) == (0.1, 8, 0.8)
    assert sampling.seed is None


async def test_a_reply_is_as_long_as_was_asked_for(ben: Running) -> None:
    ben.engine.reply = "one two three four"
    for fields in ({"max_tokens": 2}, {"max_completion_tokens": 2, "max_tokens": 3}):
        said = await ask(ben, **fields)
        assert content(said) == "one two"
        assert said["choices"][0]["finish_reason"] == "length"
        assert said["usage"]["completion_tokens"] == 2


async def test_no_reply_takes_more_than_half_of_the_context(ben: Running) -> None:
    await ask(ben, max_tokens=1_000_000)
    assert ben.engine.calls[-1].sampling.max_tokens == 2048


@pytest.mark.parametrize("fields", [{"max_tokens": -1}, {"max_completion_tokens": -1}])
async def test_minus_one_is_no_limit(ben: Running, fields: Json) -> None:
    """The character's own limit, 512, does not count then; half of the context does."""
    await ask(ben, **fields)
    assert ben.engine.calls[-1].sampling.max_tokens == 2048
    await ask(ben, model="index-raw", **fields)
    asked = ben.engine.calls[-1].sampling.max_tokens
    assert 512 < asked < 4096 - 1  # the context, less the message


@pytest.mark.parametrize(
    ("seed", "sent"),
    [(7, 7), (2**31, 0), (2**32 + 5, 5), (2**63 - 1, 2**31 - 1), (2**64 - 1, 2**31 - 1)],
)
async def test_any_seed_of_64_bits_reaches_the_engine(ben: Running, seed: int, sent: int) -> None:
    await ask(ben, seed=seed)
    assert ben.engine.calls[-1].sampling.seed == sent


async def test_an_error_names_the_clients_own_field_and_no_type_of_the_service(
    ben: Running,
) -> None:
    cases: list[tuple[Json, str, str]] = [
        (
            {"messages": [{"role": "user", "content": {"text": "Hi"}}]},
            "messages[0].content",
            "string",
        ),
        (
            {"messages": [{"role": "user", "content": [{"type": "text", "text": 5}]}]},
            "messages[0].content[0].text",
            "string",
        ),
        ({"messages": [{"role": "narrator", "content": "Hi"}]}, "messages[0].role", "'user'"),
        ({"messages": [user("a\x00b")]}, "messages[0].content", "NUL"),
        ({"messages": [{"content": "Hi"}]}, "messages[0].role", "Missing"),
        ({}, "messages", "Missing"),
        ({"messages": [user("Hi")], "stop": ["a", 3]}, "stop[1]", "string"),
        (
            {"messages": [user("Hi")], "stream_options": {"include_usage": "x"}},
            "stream_options.include_usage",
            "boolean",
        ),
    ]
    for fields, param, clue in cases:
        response = await post(ben, CHAT, model="ben", **fields)
        assert code(response) == "400 invalid_request"
        error = openai_error(response)
        assert error["param"] == param
        assert clue in error["message"]
        for internal in ("body", "ContentPart", "constrained", "function-", "list[", "Value error"):
            assert internal not in error["message"]


async def test_a_body_that_is_no_json_is_refused_as_such(ben: Running) -> None:
    headers = {"Content-Type": "application/json"}
    for body, clue in ((b"{", "not valid JSON"), (b"[]", "JSON object"), (b"", "JSON object")):
        response = await ben.http.post(CHAT, content=body, headers=headers)
        assert code(response) == "400 invalid_request"
        assert openai_error(response)["param"] is None
        assert clue in openai_error(response)["message"]


async def test_speakers_names_stop_without_being_asked_to(ben: Running) -> None:
    """The user's, the character's own and those of everybody in the script, with either colon."""
    for line in ("user:", "user：", "Ben:", "Anna:", "Anna：", "Clara:"):
        ben.engine.reply = f"Aye.\n{line} And you?"
        assert content(await ask(ben)) == "Aye.", line
        for stop in (None, [], "", [""]):
            assert content(await ask(ben, stop=stop)) == "Aye.", (line, stop)
        assert streamed(await stream(ben)) == "Aye.", line


async def test_the_clients_own_stops_come_on_top(ben: Running) -> None:
    for stop in (" two", [" two"], ["never", " two"]):
        ben.engine.reply = "one two three"
        assert content(await ask(ben, stop=stop)) == "one"
        ben.engine.reply = "one\nAnna: two"
        assert content(await ask(ben, stop=stop)) == "one"


async def test_names_in_the_messages_stop_too(ben: Running) -> None:
    ben.engine.reply = "Aye.\nTimo: Ho."
    assert content(await ask(ben, user("Hi", name="Mara"), user("Ho", name="Timo"))) == "Aye."


@pytest.mark.parametrize("n", [None, 1, 3, 8])
async def test_as_many_choices_as_asked_for(ben: Running, n: int | None) -> None:
    ben.engine.reply = "one two"
    said = await ask(ben, n=n, seed=10)
    count = n or 1
    assert [choice["index"] for choice in said["choices"]] == list(range(count))
    assert {content(said, index) for index in range(count)} == {"one two"}
    seeds = [call.sampling.seed for call in ben.engine.calls]
    assert sorted(seed for seed in seeds if seed is not None) == list(range(10, 10 + count))
    single = (await ask(ben))["usage"]
    assert said["usage"]["completion_tokens"] == 2 * count
    assert said["usage"]["prompt_tokens"] == single["prompt_tokens"]


@pytest.mark.parametrize("n", [2, 8])
async def test_streamed_choices_have_an_index(ben: Running, n: int) -> None:
    ben.engine.reply = "one two three"
    events = await stream(ben, n=n)
    for index in range(n):
        assert streamed(events, index) == "one two three"
        ends = [
            choice["finish_reason"]
            for event in events
            for choice in event["choices"]
            if choice["index"] == index and choice["finish_reason"]
        ]
        assert ends == ["stop"]


async def test_too_many_choices_are_refused(ben: Running) -> None:
    response = await post(ben, CHAT, model="ben", messages=[user("Hi")], n=9)
    assert code(response) == "400 too_many_choices"
    assert openai_error(response)["param"] == "n"


async def test_values_out_of_bounds_are_refused(ben: Running) -> None:
    for field, value in (
        ("n", 0),
        ("max_tokens", 0),
        ("max_tokens", "many"),
        ("temperature", -1),
        ("temperature", "NaN"),
        ("top_p", 1.5),
        ("stop", ["x"] * 65),
        ("stop", ["x" * 501]),
        ("stop", {"a": 1}),
        ("stop", "\x00"),
        ("seed", 2**64),
        ("max_tokens", -2),
        ("model", "x" * 201),
        ("stream", "perhaps"),
    ):
        body: dict[str, Any] = {"model": "ben", "messages": [user("Hi")], field: value}
        response = await post(ben, CHAT, **body)
        assert code(response) == "400 invalid_request", (field, value)
        assert openai_error(response)["param"] == (field if value != ["x" * 501] else "stop[0]")
        assert openai_error(response)["message"].startswith(f"Invalid value for '{field}")
    assert ben.engine.calls == []

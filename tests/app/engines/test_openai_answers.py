"""What servers of the OpenAI API answer, taken apart without a server."""

import json
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.engines.openai_answers import (
    StreamEvent,
    answered_object,
    control_tokens,
    listed_models,
    reported_context,
    response_error,
    stream_event,
    token_ids,
)
from app.engines.openai_limits import bound_context, choose_model
from app.engines.port import (
    ContextTooLongError,
    EngineError,
    EngineOverloadedError,
    EngineRequestError,
    EngineUnavailableError,
    Usage,
)
from characters.json_values import JsonObject


def event(**fields: object) -> StreamEvent:
    return stream_event(json.dumps(fields))


def test_a_piece_is_the_text_of_a_completion_or_of_a_delta() -> None:
    assert event(choices=[{"text": "好"}]) == StreamEvent("好")
    assert event(choices=[{"delta": {"content": "好"}}]) == StreamEvent("好")
    assert event(choices=[{"delta": {"role": "assistant"}}]) == StreamEvent("")
    assert event(choices=[{"delta": None}]) == StreamEvent("")
    assert event(choices=[{"text": "", "delta": {"content": "x"}}]) == StreamEvent("")


def test_events_without_a_choice_say_nothing() -> None:
    assert event() == event(choices=None) == event(choices=[]) == event(error=None) == StreamEvent()


@pytest.mark.parametrize(
    ("reason", "expected"),
    [(None, None), ("stop", "stop"), ("length", "length"), ("eos", "stop"), ("tool_calls", "stop")],
)
def test_reasons_are_stop_and_length(reason: str | None, expected: str | None) -> None:
    assert event(choices=[{"text": "", "finish_reason": reason}]).finish_reason == expected


@pytest.mark.parametrize("reason", ["abort", "error"])
def test_a_generation_that_was_given_up_is_no_end(reason: str) -> None:
    with pytest.raises(EngineUnavailableError, match=reason):
        event(choices=[{"text": "half a", "finish_reason": reason}])


@pytest.mark.parametrize(
    ("usage", "expected"),
    [
        ({"prompt_tokens": 7, "completion_tokens": 3}, Usage(7, 3)),
        ({"prompt_tokens": 7.0, "completion_tokens": None}, Usage(7, 0)),
        ({}, Usage(0, 0)),
        ({"prompt_tokens": 7, "prompt_tokens_details": None}, Usage(7, 0)),
        ({"prompt_tokens": 7, "prompt_tokens_details": {"cached_tokens": 0}}, Usage(7, 0, 0)),
        ({"prompt_tokens": 7, "prompt_tokens_details": {"cached_tokens": 5}}, Usage(7, 0, 5)),
        ({"completion_tokens": 2**31 - 1}, Usage(0, 2**31 - 1)),
        (None, None),
    ],
)
def test_usage_has_what_was_counted(usage: dict[str, Any] | None, expected: Usage | None) -> None:
    assert event(choices=[], usage=usage).usage == expected


def refusal(status: int, error: object, **headers: str) -> EngineError:
    body = error if isinstance(error, str) else json.dumps({"error": error})
    return response_error(status, headers, body)


@pytest.mark.parametrize(
    "error",
    [
        {"type": "exceed_context_size_error", "message": "no"},  # llama.cpp
        {"code": "context_length_exceeded", "type": "invalid_request_error", "message": "no"},
        {"message": "This model's maximum context length is 4096 tokens."},  # vLLM
        {"message": "prompt is longer than the max_model_len of 512"},
        "the request exceeds the available CONTEXT SIZE",
    ],
)
def test_a_context_that_is_too_short_is_recognised(error: object) -> None:
    assert type(refusal(400, error)) is ContextTooLongError
    # A server that fails while it says so has failed.
    assert type(refusal(500, error)) is EngineUnavailableError


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (301, EngineRequestError),
        (400, EngineRequestError),
        (401, EngineRequestError),
        (404, EngineRequestError),
        (429, EngineOverloadedError),
        (503, EngineOverloadedError),
        (500, EngineUnavailableError),
        (502, EngineUnavailableError),
    ],
)
def test_a_status_says_whether_waiting_helps(status: int, kind: type[EngineError]) -> None:
    error = refusal(status, {"message": "Because."})
    assert type(error) is kind
    assert "Because." in str(error)


def test_llama_cpp_that_loads_its_model_is_away_and_not_overloaded() -> None:
    loading = {"code": 503, "message": "Loading model", "type": "unavailable_error"}
    error = refusal(503, loading)
    assert type(error) is EngineUnavailableError
    assert error.retry_after
    assert refusal(503, loading, **{"retry-after": "40"}).retry_after == 40


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ('{"detail": "Not Found"}', "Not Found"),  # FastAPI
        ('{"message": "平台繁忙"}', "平台繁忙"),
        ("<h1>Bad Gateway</h1>", "<h1>Bad Gateway</h1>"),
        ('"out of memory"', "out of memory"),
        ('{"error": "out of memory"}', "out of memory"),
    ],
)
def test_the_reason_is_shown_wherever_it_is(body: str, said: str) -> None:
    assert str(response_error(418, {}, body)).endswith(f": {said}")


def test_a_wait_may_be_a_date_without_a_zone_or_with_one() -> None:
    soon = datetime.now(UTC) + timedelta(seconds=90)
    for date in (format_datetime(soon, usegmt=True), format_datetime(soon.replace(tzinfo=None))):
        wait = refusal(429, {}, **{"retry-after": date}).retry_after
        assert wait is not None
        assert 80 <= wait <= 90


@given(st.text(max_size=40) | st.from_regex(r"\w{3}, \d+ \w{3} \d+ \d+:\d+:\d+ [+-]?\w{0,5}"))
def test_a_wait_is_within_an_hour_or_unknown(value: str) -> None:
    wait = refusal(429, {}, **{"retry-after": value}).retry_after
    assert wait is None or 0 <= wait <= 3_600


def test_an_answer_is_an_object() -> None:
    assert answered_object(b'{"tokens": [1]}') == {"tokens": [1]}
    for body in (b"", b"<html>", b"[]", b"7", b"null", b"\xff"):
        with pytest.raises(EngineRequestError, match="is it the right address"):
            answered_object(body)


def test_ids_are_integers_and_no_more_than_may_be() -> None:
    assert token_ids({"tokens": [1, -1, 2]}, 3) == [1, -1, 2]
    for tokens in ([1, 2, 3, 4], [True], [1.0], ["1"], [None], None, {"0": 1}):
        with pytest.raises(EngineRequestError):
            token_ids({"tokens": tokens} if tokens is not None else {}, 3)  # type: ignore[dict-item]  # what a server may send


def test_a_tokenizers_description_names_its_control_tokens() -> None:
    described: JsonObject = {
        "bos_token": "<s>",
        "eos_token": {"content": "</s>", "lstrip": False},
        "pad_token": None,
        "unk_token": 7,
        "add_bos_token": True,
        "additional_special_tokens": ["<|im_end|>", {"content": "<|im_start|>"}, 3],
        "added_tokens_decoder": {"0": {"content": "<unk>"}, "1": {"content": None}, "2": []},
        "chat_template": "{{ messages }}",
    }
    named = {"<s>", "</s>", "<|im_end|>", "<|im_start|>", "<unk>"}
    assert set(control_tokens(described)) == named
    assert control_tokens({"added_tokens_decoder": [], "additional_special_tokens": "x"}) == []


def listing(*models: JsonObject) -> JsonObject:
    return {"object": "list", "data": list(models)}


def test_the_first_model_answers_unless_another_is_named() -> None:
    two = listing({"id": "index", "max_model_len": 8_192}, {"id": "三三", "meta": {"n_ctx": 512}})
    assert choose_model(two, "auto") == ("index", 8_192)
    assert choose_model(two, "三三") == ("三三", 512)
    assert list(listed_models(two)) == ["index", "三三"]


def test_an_unknown_name_gets_the_known_ones_but_not_all_of_many() -> None:
    with pytest.raises(EngineRequestError, match=r"serves a, b, not index\."):
        choose_model(listing({"id": "a"}, {"id": "b"}), "index")
    names: list[JsonObject] = [{"id": f"m{n}"} for n in range(12)]
    with pytest.raises(EngineRequestError, match=r"m9 and 2 more, not index\."):
        choose_model(listing(*names), "index")


def test_an_empty_listing_is_a_server_that_is_not_ready() -> None:
    with pytest.raises(EngineUnavailableError):
        choose_model(listing(), "auto")


@pytest.mark.parametrize(
    ("model", "tokens"),
    [
        ({"max_model_len": 4_096, "meta": {"n_ctx": 512}}, 4_096),
        ({"max_model_len": None, "meta": {"n_ctx": 512}}, 512),
        ({"meta": {"n_ctx_train": 512}}, None),
        ({"max_model_len": 1}, 1),
        ({"max_model_len": -4_096}, None),
        ({"max_model_len": "4096"}, None),
        ({}, None),
    ],
)
def test_a_model_reports_its_context_as_vllm_or_as_llama_cpp(
    model: JsonObject, tokens: int | None
) -> None:
    assert reported_context(model) == tokens


@pytest.mark.parametrize(
    ("reported", "configured", "tokens"),
    [
        (8_192, None, 8_192),
        (None, 2_048, 2_048),
        (8_192, 2_048, 2_048),
        (1_024, 2_048, 1_024),
        (None, None, 4_096),
        (10**12, None, 16_000_000),
        (10**12, 10**11, 16_000_000),
    ],
)
def test_the_shorter_context_holds(
    reported: int | None, configured: int | None, tokens: int
) -> None:
    assert bound_context(reported, configured) == tokens

"""Completions as the OpenAI API has them, whole and in pieces."""

import json

import pytest

from app.engines.port import ContextTooLongError, Delta, FinishReason, Usage
from app.openai_api.events import EventWriter
from app.openai_api.generation import ChoiceDelta
from app.openai_api.shapes import (
    AnswerShape,
    ChatShape,
    Json,
    TextShape,
    offbook_fields,
    total_usage,
)
from tests.app.turns.prompts import example, lore, prepared

CHAT = ChatShape("ben", id="chatcmpl-1", created=7)
TEXT = TextShape("index-raw", id="cmpl-1", created=7)


def delta(
    choice: int, text: str, finish: FinishReason | None = None, usage: Usage | None = None
) -> ChoiceDelta:
    return ChoiceDelta(choice, Delta(text, finish, usage))


def events(encoded: bytes) -> list[Json]:
    blocks = encoded.decode().split("\n\n")
    assert blocks.pop() == ""
    return [json.loads(block.removeprefix("data: ")) for block in blocks]


def choices(encoded: bytes) -> list[list[Json]]:
    found = []
    for event in events(encoded):
        assert isinstance(event["choices"], list)
        found.append(event["choices"])
    return found


def test_a_chat_completion() -> None:
    assert CHAT.whole([CHAT.choice(0, "灯亮着。", "stop")]) == {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": 7,
        "model": "ben",
        "choices": [
            {
                "index": 0,
                "message": {"role": "assistant", "content": "灯亮着。"},
                "logprobs": None,
                "finish_reason": "stop",
            }
        ],
    }


def test_a_text_completion_has_the_same_shape_in_pieces() -> None:
    whole = TEXT.whole([TEXT.choice(1, "and so on", "length")])
    assert whole["object"] == "text_completion"
    assert whole["choices"] == [
        {"index": 1, "text": "and so on", "logprobs": None, "finish_reason": "length"}
    ]
    assert TEXT.event([TEXT.piece(1, "and so on", "length")]) == whole
    assert TEXT.opening(1) is None


def test_each_response_has_an_id_of_its_own() -> None:
    assert ChatShape("ben").id != ChatShape("ben").id
    assert ChatShape("ben").id.startswith("chatcmpl-")
    assert TextShape("x").id.startswith("cmpl-")


def test_a_chat_stream_opens_each_choice_with_its_role() -> None:
    writer = EventWriter(CHAT)
    opening, piece = choices(writer.encode(delta(1, "灯")))
    assert opening == [
        {
            "index": 1,
            "delta": {"role": "assistant", "content": ""},
            "logprobs": None,
            "finish_reason": None,
        }
    ]
    assert piece[0]["delta"] == {"content": "灯"}
    [later] = choices(writer.encode(delta(1, "塔")))
    assert later[0]["delta"] == {"content": "塔"}
    [other_opening, _] = choices(writer.encode(delta(0, "x")))
    assert other_opening[0]["index"] == 0


def test_the_end_of_a_choice_has_no_text() -> None:
    writer = EventWriter(CHAT)
    writer.encode(delta(0, "x"))
    [[end]] = choices(writer.encode(delta(0, "", "length")))
    assert (end["delta"], end["finish_reason"]) == ({}, "length")


def test_a_piece_without_text_is_no_event_once_the_choice_is_open() -> None:
    writer = EventWriter(CHAT)
    assert len(choices(writer.encode(delta(0, "")))) == 1
    assert writer.encode(delta(0, "")) == b""
    assert EventWriter(TEXT).encode(delta(0, "")) == b""


def test_the_prompt_opens_the_first_choice_and_shows_its_examples() -> None:
    writer = EventWriter(CHAT)
    [event] = events(writer.encode(prepared(shown=[example(4, 0.12345, "Ben: 早。")])))
    assert event["offbook"] == {"examples": [{"id": 4, "score": 0.1235, "text": "Ben: 早。"}]}
    assert len(choices(writer.encode(delta(0, "x")))) == 1  # it is open already


def test_lore_is_shown_only_where_there_is_any() -> None:
    assert offbook_fields(prepared()) == {"offbook": {"examples": []}}
    shown = offbook_fields(prepared(lore=[lore("灯。", 1, "Tower", "lamp")]))
    assert shown == {
        "offbook": {"examples": [], "lore": [{"name": "Tower", "key": "lamp", "text": "灯。"}]}
    }


@pytest.mark.parametrize("shape", [CHAT, TEXT])
def test_a_failure_is_an_event_with_choices(shape: AnswerShape) -> None:
    [event] = events(EventWriter(shape).failure(ContextTooLongError("It is too long.")))
    assert event["choices"] == []
    error = event["error"]
    assert isinstance(error, dict)
    assert error["code"] == "context_length_exceeded"


def test_a_prompt_counts_once_for_all_its_choices() -> None:
    usages = {
        0: Usage(10, 1, 4),
        1: Usage(10, 2, 10),
        2: Usage(20, 3),
        3: Usage(20, 4),
    }
    assert total_usage(usages, 2) == {
        "prompt_tokens": 30,
        "completion_tokens": 10,
        "total_tokens": 40,
        "prompt_tokens_details": {"cached_tokens": 4},
    }
    assert total_usage({}, 1) is None


def test_cached_tokens_are_left_out_where_the_engine_reports_none() -> None:
    total = total_usage({0: Usage(10, 1)}, 1)
    assert total == {"prompt_tokens": 10, "completion_tokens": 1, "total_tokens": 11}
    none_cached = total_usage({0: Usage(10, 1, 0)}, 1)
    assert none_cached is not None
    assert none_cached["prompt_tokens_details"] == {"cached_tokens": 0}


def test_the_usage_of_a_stream_is_that_of_all_its_deltas() -> None:
    writer = EventWriter(CHAT)
    for choice, tokens in ((0, 3), (1, 4)):
        writer.encode(delta(choice, "x", "stop", Usage(9, tokens)))
    [event] = events(writer.usage(2))
    assert (event["choices"], event["usage"]) == (
        [],
        {"prompt_tokens": 9, "completion_tokens": 7, "total_tokens": 16},
    )

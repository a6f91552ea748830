"""``/v1/responses``, as OpenAI documents it."""

import json

import pytest

from tests.app.openai_api.talking import code, openai_error, post, prompt_of
from tests.app.running import Json, Running, as_object

pytestmark = [pytest.mark.anyio, pytest.mark.one_database]

RESPONSES = "/v1/responses"
END = "Reply with one turn of Ben's only.\n"


async def respond(stage: Running, input: object = "Hi", **fields: object) -> Json:
    response = await post(stage, RESPONSES, model="ben", input=input, **fields)
    assert response.status_code == 200, response.text
    return as_object(response)


async def events_of(stage: Running, input: object = "Hi", **fields: object) -> list[Json]:
    response = await post(stage, RESPONSES, model="ben", input=input, stream=True, **fields)
    assert response.status_code == 200, response.text
    assert response.headers["content-type"].startswith("text/event-stream")
    found = []
    for block in filter(None, response.text.split("\n\n")):
        rows = [row for row in block.split("\n") if not row.startswith(":")]
        if not rows:
            continue
        kind, data = rows
        event: Json = json.loads(data.removeprefix("data: "))
        assert kind == f"event: {event['type']}"
        found.append(event)
    assert [event["sequence_number"] for event in found] == list(range(len(found)))
    return found


async def test_a_response_has_what_clients_read(ben: Running) -> None:
    ben.engine.reply = "Aye."
    said = await respond(ben, metadata={"topic": "lamp"}, temperature=0.5, user="u1")
    assert said["id"].startswith("resp_")
    assert said["object"] == "response"
    assert said["status"] == "completed"
    assert (said["model"], said["error"], said["incomplete_details"]) == ("ben", None, None)
    assert (said["metadata"], said["temperature"], said["user"]) == ({"topic": "lamp"}, 0.5, "u1")
    assert (said["store"], said["previous_response_id"], said["tools"]) == (False, None, [])
    (item,) = said["output"]
    assert item.pop("id").startswith("msg_")
    part = {"type": "output_text", "text": "Aye.", "annotations": [], "logprobs": []}
    assert item == {
        "type": "message",
        "status": "completed",
        "role": "assistant",
        "content": [part],
    }
    usage = said["usage"]
    assert usage["output_tokens"] == 1
    assert usage["input_tokens"] > 100
    assert usage["total_tokens"] == usage["input_tokens"] + 1
    assert usage["input_tokens_details"] == {"cached_tokens": 0, "cache_write_tokens": 0}
    assert len(said["offbook"]["examples"]) == 3


async def test_a_text_is_what_the_user_says(ben: Running) -> None:
    await respond(ben, "Hi")
    assert prompt_of(ben).split(END)[1] == "user:Hi\n\nBen:"


async def test_items_are_the_dialogue_and_instructions_follow_the_profile(ben: Running) -> None:
    items = [
        {"role": "user", "content": "One."},
        {
            "type": "message",
            "id": "msg_1",
            "status": "completed",
            "role": "assistant",
            "content": [{"type": "output_text", "text": "Two.", "annotations": []}],
        },
        {"type": "reasoning", "id": "rs_1", "summary": []},
        {"type": "function_call_output", "call_id": "c", "output": "42"},
        {"role": "developer", "content": "Rule two."},
        {
            "role": "user",
            "content": [
                {"type": "input_text", "text": "Three."},
                {"type": "input_image", "image_url": "data:,"},
            ],
        },
    ]
    said = await respond(ben, items, instructions="Rule one.")
    assert prompt_of(ben).split(END)[1] == "user:One.\nBen:Two.\nuser:Three.\n\nBen:"
    assert "lighthouse.\n\nRule one.\n\nRule two.\n" in prompt_of(ben)
    assert said["instructions"] == "Rule one."


async def test_sampling_reaches_the_engine(ben: Running) -> None:
    await respond(ben, temperature=0.3, top_p=0.7, max_output_tokens=77)
    sampling = ben.engine.calls[-1].sampling
    assert (sampling.temperature, sampling.top_p, sampling.max_tokens) == (0.3, 0.7, 77)


async def test_a_reply_that_was_cut_off_is_incomplete(ben: Running) -> None:
    ben.engine.reply = "one two three"
    said = await respond(ben, max_output_tokens=2)
    assert said["status"] == "incomplete"
    assert said["incomplete_details"] == {"reason": "max_output_tokens"}
    assert said["output"][0]["status"] == "incomplete"
    assert said["output"][0]["content"][0]["text"] == "one two"
    streamed = await events_of(ben, max_output_tokens=2)
    assert streamed[-1]["type"] == "response.incomplete"
    assert streamed[-1]["response"]["incomplete_details"] == {"reason": "max_output_tokens"}


async def test_a_stream_is_the_documented_sequence(ben: Running) -> None:
    ben.engine.reply = "one two three"
    events = await events_of(ben, metadata={"a": "b"})
    kinds = [event["type"] for event in events]
    deltas = [event for event in events if event["type"] == "response.output_text.delta"]
    assert kinds == [
        "response.created",
        "response.in_progress",
        "response.output_item.added",
        "response.content_part.added",
        *["response.output_text.delta"] * len(deltas),
        "response.output_text.done",
        "response.content_part.done",
        "response.output_item.done",
        "response.completed",
    ]
    assert len(deltas) > 1
    assert "".join(event["delta"] for event in deltas) == "one two three"
    assert events[-4]["text"] == "one two three"
    created, completed = events[0]["response"], events[-1]["response"]
    assert (created["status"], created["output"], created["usage"]) == ("in_progress", [], None)
    assert len(created["offbook"]["examples"]) == 3
    assert completed["id"] == created["id"]
    assert completed["status"] == "completed"
    assert completed["output"] == [events[-2]["item"]]
    assert completed["usage"]["output_tokens"] == 3
    assert completed["metadata"] == {"a": "b"}
    ids = {event["item_id"] for event in events if "item_id" in event}
    assert ids == {events[2]["item"]["id"]} == {completed["output"][0]["id"]}


async def test_a_failure_in_the_stream_ends_it(ben: Running) -> None:
    ben.engine.reply, ben.engine.fail_after = "one two three", 1
    events = await events_of(ben)
    assert [event["type"] for event in events[-2:]] == ["error", "response.failed"]
    assert events[-2]["code"].startswith("engine_")
    assert events[-2]["message"]
    failed = events[-1]["response"]
    assert (failed["status"], failed["error"]["code"]) == ("failed", "server_error")


async def test_the_raw_model_answers_too(ben: Running) -> None:
    ben.engine.reply = "Raw."
    said = as_object(
        await post(ben, RESPONSES, model="index-raw", input="Hi", instructions="Be brief.")
    )
    assert said["output"][0]["content"][0]["text"] == "Raw."
    assert "offbook" not in said
    roles = [(each.role, each.content) for each in ben.engine.calls[-1].prompt]  # type: ignore[union-attr]  # a chat prompt
    assert roles == [("system", "Be brief."), ("user", "Hi")]


async def test_without_a_model_the_only_character_answers(ben: Running) -> None:
    assert as_object(await post(ben, RESPONSES, input="Hi"))["model"] == "ben"


@pytest.mark.parametrize(
    ("fields", "param"),
    [
        ({"previous_response_id": "resp_1"}, "previous_response_id"),
        ({"conversation": "conv_1"}, "conversation"),
        ({"conversation": {"id": "conv_1"}}, "conversation"),
        ({"background": True}, "background"),
        (
            {"input": [{"role": "user", "content": "Hi"}, {"type": "item_reference", "id": "m"}]},
            "input[1]",
        ),
    ],
)
async def test_what_needs_a_stored_response_is_refused(
    ben: Running, fields: Json, param: str
) -> None:
    response = await post(ben, RESPONSES, **{"model": "ben", "input": "Hi", **fields})
    assert code(response) == "400 unsupported_parameter"
    assert openai_error(response)["param"] == param
    assert "stored" in openai_error(response)["message"]
    assert ben.engine.calls == []


@pytest.mark.parametrize(
    ("fields", "expected", "param"),
    [
        ({}, "400 invalid_request", "input"),
        ({"input": []}, "400 invalid_request", "input"),
        ({"input": 5}, "400 invalid_request", "input"),
        ({"input": " "}, "400 nothing_said", "messages"),
        ({"input": [{"type": "reasoning"}]}, "400 nothing_said", "input"),
        ({"input": "Hi", "model": "anna"}, "404 model_not_found", "model"),
        ({"input": "Hi", "max_output_tokens": 0}, "400 invalid_request", "max_output_tokens"),
        ({"input": "Hi", "metadata": {"a": 1}}, "400 invalid_request", "metadata.a"),
        ({"input": [{"role": "narrator"}]}, "400 invalid_request", "input[0].role"),
    ],
)
async def test_bad_input_is_refused(ben: Running, fields: Json, expected: str, param: str) -> None:
    response = await post(ben, RESPONSES, **{"model": "ben", **fields})
    assert code(response) == expected
    assert openai_error(response)["param"] == param
    assert ben.engine.calls == []


async def test_nothing_can_be_fetched_later(ben: Running) -> None:
    said = await respond(ben)
    response = await ben.http.get(f"{RESPONSES}/{said['id']}")
    assert code(response) == "404 not_found"

"""Replies held to JSON, and functions that a character asks for."""

import json
from collections.abc import AsyncIterator
from typing import Any

import jsonschema_rs
import pytest

from app.engines.port import EngineRequestError
from app.settings import Settings
from tests.app.openai_api.talking import (
    CHAT,
    ask,
    code,
    content,
    openai_error,
    post,
    prompt_of,
    stream,
    user,
)
from tests.app.running import Json, Running, as_object, running

pytestmark = [pytest.mark.anyio, pytest.mark.one_database]

LINE = {
    "type": "object",
    "properties": {
        "line": {"type": "string"},
        "emotion": {"enum": ["calm", "angry"]},
        "action": {"type": ["string", "null"]},
    },
    "required": ["line", "emotion", "action"],
    "additionalProperties": False,
}
FORMAT = {"type": "json_schema", "json_schema": {"name": "line", "schema": LINE, "strict": True}}
LAMP = {
    "type": "object",
    "properties": {"lit": {"type": "boolean"}},
    "required": ["lit"],
    "additionalProperties": False,
}
TOOLS = [
    {
        "type": "function",
        "function": {
            "name": "set_lamp",
            "description": "Lights the lamp, or puts it out.",
            "parameters": LAMP,
        },
    },
    {"type": "function", "function": {"name": "wait"}},
]


def error_of(response: Any) -> tuple[str, str]:
    found = openai_error(response)
    return found["code"], found["param"]


async def test_a_reply_is_json_of_the_clients_schema(ben: Running) -> None:
    said = await ask(ben, response_format=FORMAT)
    reply = json.loads(content(said))
    jsonschema_rs.validate(LINE, reply)
    assert said["choices"][0]["finish_reason"] == "stop"
    call = ben.engine.calls[-1]
    assert call.sampling.json_schema == LINE
    assert not call.stop  # a name at the beginning of a row may be JSON
    assert '"emotion"' in prompt_of(ben)
    assert "Ben keeps the lighthouse." in prompt_of(ben)
    assert said["offbook"]["examples"]


async def test_names_and_line_ends_in_json_do_not_end_it(ben: Running) -> None:
    ben.engine.reply = json.dumps({"line": "Anna: no.\nBen: yes."}, indent=1)
    said = await ask(ben, response_format={"type": "json_object"})
    assert content(said) == ben.engine.reply
    assert ben.engine.calls[-1].sampling.json_schema == {"type": "object"}


async def test_json_streams_as_it_comes(ben: Running) -> None:
    ben.engine.reply = '{"line": "The lamp is lit.", "emotion": "calm", "action": null}'
    events = await stream(ben, response_format=FORMAT)
    pieces = [
        piece
        for event in events
        for each in event["choices"]
        if (piece := each["delta"].get("content"))
    ]
    assert len(pieces) > 2
    assert "".join(pieces) == ben.engine.reply


async def test_plain_text_is_what_it_was(ben: Running) -> None:
    for plain in (None, {"type": "text"}):
        await ask(ben, response_format=plain)
        assert ben.engine.calls[-1].sampling.json_schema is None
        assert ben.engine.calls[-1].stop


async def test_a_character_may_speak_or_act(ben: Running) -> None:
    ben.engine.reply = '{"say": "Good evening."}'
    said = await ask(ben, tools=TOOLS)
    assert said["choices"][0]["message"] == {"role": "assistant", "content": "Good evening."}
    assert said["choices"][0]["finish_reason"] == "stop"
    ben.engine.reply = '{"call": "set_lamp", "arguments": {"lit": true}}'
    choice = (await ask(ben, tools=TOOLS))["choices"][0]
    assert choice["finish_reason"] == "tool_calls"
    assert choice["message"]["content"] is None
    (call,) = choice["message"]["tool_calls"]
    assert call["type"] == "function"
    assert call["function"] == {"name": "set_lamp", "arguments": '{"lit": true}'}
    assert call["id"].startswith("call_")
    assert "- set_lamp: Lights the lamp, or puts it out." in prompt_of(ben)


@pytest.mark.parametrize(
    ("choice", "allowed"),
    [
        (None, {"say", "set_lamp", "wait"}),
        ("auto", {"say", "set_lamp", "wait"}),
        ("required", {"set_lamp", "wait"}),
        ({"type": "function", "function": {"name": "wait"}}, {"wait"}),
    ],
)
async def test_the_choice_decides_what_the_grammar_allows(
    ben: Running, choice: object, allowed: set[str]
) -> None:
    await ask(ben, tools=TOOLS, tool_choice=choice)
    schema = ben.engine.calls[-1].sampling.json_schema
    assert schema is not None
    tries = {
        "say": {"say": "Aye."},
        "set_lamp": {"call": "set_lamp", "arguments": {"lit": False}},
        "wait": {"call": "wait", "arguments": {}},
        "none": {"call": "fly", "arguments": {}},
        "wrong": {"call": "set_lamp", "arguments": {"lit": "yes"}},
        "both": {"say": "Aye.", "call": "wait", "arguments": {}},
        "empty": {"say": ""},
    }
    assert {
        name for name, each in tries.items() if jsonschema_rs.is_valid(dict(schema), each)
    } == allowed


async def test_no_tools_where_none_are_wanted(ben: Running) -> None:
    await ask(ben, tools=TOOLS, tool_choice="none")
    assert ben.engine.calls[-1].sampling.json_schema is None
    await ask(ben, tools=[{"type": "web_search"}])
    assert ben.engine.calls[-1].sampling.json_schema is None


async def test_a_line_beside_functions_may_have_a_schema(ben: Running) -> None:
    ben.engine.reply = '{"say": {"line": "Aye.", "emotion": "calm", "action": null}}'
    said = await ask(ben, tools=TOOLS, response_format=FORMAT)
    assert json.loads(content(said)) == {"line": "Aye.", "emotion": "calm", "action": None}
    schema = ben.engine.calls[-1].sampling.json_schema
    assert schema is not None
    assert not jsonschema_rs.is_valid(dict(schema), {"say": "Aye."})


async def test_a_call_streams_as_one_piece(ben: Running) -> None:
    ben.engine.reply = '{"call": "set_lamp", "arguments": {"lit": true}}'
    events = await stream(ben, tools=TOOLS)
    deltas = [each["delta"] for event in events for each in event["choices"]]
    (calls,) = [each["tool_calls"] for each in deltas if "tool_calls" in each]
    assert calls[0]["index"] == 0
    assert calls[0]["function"] == {"name": "set_lamp", "arguments": '{"lit": true}'}
    assert [each.get("content") for each in deltas] == ["", None]
    finishes = [each["finish_reason"] for event in events for each in event["choices"]]
    assert finishes[-1] == "tool_calls"


async def test_what_came_of_a_call_is_in_the_next_prompt(ben: Running) -> None:
    call = {
        "id": "call_1",
        "type": "function",
        "function": {"name": "set_lamp", "arguments": '{"lit": true}'},
    }
    messages = [
        user("It is dark."),
        {"role": "assistant", "content": None, "tool_calls": [call]},
        {"role": "tool", "tool_call_id": "call_1", "content": "The oil is used up."},
    ]
    await ask(ben, *messages, tools=TOOLS)
    prompt = prompt_of(ben)
    assert '{"call": "set_lamp", "arguments": {"lit": true}}' in prompt
    assert "[set_lamp: The oil is used up.]" in prompt
    await ask(ben, *messages)  # as before: no functions, no results
    assert "The oil is used up." not in prompt_of(ben)


async def test_a_reply_that_was_cut_off_is_shown_as_it_is(ben: Running) -> None:
    ben.engine.reply = '{"call": "set_lamp", "arguments": {"lit": true}}'
    choice = (await ask(ben, tools=TOOLS, max_tokens=2))["choices"][0]
    assert choice["finish_reason"] == "length"
    assert ben.engine.reply.startswith(choice["message"]["content"])


async def test_schemas_of_several_functions_keep_their_definitions_apart(ben: Running) -> None:
    def tool(name: str, kind: str) -> Json:
        place = {"$ref": "#/$defs/place"}
        parameters = {
            "type": "object",
            "properties": {"to": place},
            "required": ["to"],
            "additionalProperties": False,
            "$defs": {"place": {"type": kind}},
        }
        return {"type": "function", "function": {"name": name, "parameters": parameters}}

    await ask(ben, tools=[tool("go", "string"), tool("jump", "integer")], tool_choice="required")
    schema = ben.engine.calls[-1].sampling.json_schema
    assert schema is not None
    for name, good, bad in (("go", "home", 3), ("jump", 3, "home")):
        assert jsonschema_rs.is_valid(dict(schema), {"call": name, "arguments": {"to": good}})
        assert not jsonschema_rs.is_valid(dict(schema), {"call": name, "arguments": {"to": bad}})


def nested(depth: int) -> Json:
    schema: Json = {"type": "string"}
    for _ in range(depth):
        schema = {"type": "array", "items": schema}
    return schema


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "strng"},
        {"type": "object", "properties": 3},
        {"type": "array", "maxItems": 1_000_000},
        {"type": "string", "minLength": 100_000},
        {"$ref": "https://example.org/schema.json"},
        {"$ref": "#/$defs/nothing"},
        {"$ref": "#"},
        {"type": "string", "pattern": "a" * 300},
        {"enum": ["x" * 70_000]},
        nested(40),
    ],
    ids=str,
)
async def test_a_schema_that_cannot_be_used_is_refused(ben: Running, schema: Json) -> None:
    format = {"type": "json_schema", "json_schema": {"name": "n", "schema": schema}}
    refused = await post(ben, CHAT, model="ben", messages=[user("Hi")], response_format=format)
    assert refused.status_code == 400
    assert error_of(refused) == ("invalid_schema", "response_format")
    tools = [{"type": "function", "function": {"name": "f", "parameters": schema}}]
    refused = await post(ben, CHAT, model="ben", messages=[user("Hi")], tools=tools)
    assert error_of(refused) == ("invalid_schema", "tools[0].function.parameters")
    assert ben.engine.calls == []


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"tools": [TOOLS[0], TOOLS[0]]}, ("invalid_tools", "tools")),
        ({"tool_choice": "required"}, ("invalid_tool_choice", "tool_choice")),
        (
            {"tools": TOOLS, "tool_choice": {"type": "function", "function": {"name": "fly"}}},
            ("invalid_tool_choice", "tool_choice"),
        ),
        (
            {
                "response_format": FORMAT,
                "messages": [user("Hi"), {"role": "assistant", "content": "{"}],
            },
            ("unsupported_parameter", "messages"),
        ),
        (
            {
                "tools": [
                    {"type": "function", "function": {"name": "f", "description": "x " * 1900}}
                ]
            },
            ("schema_too_long", "tools"),
        ),
    ],
)
async def test_what_does_not_fit_together_is_refused(
    ben: Running, fields: Json, expected: tuple[str, str]
) -> None:
    body = {"model": "ben", "messages": [user("Hi")], **fields}
    refused = await ben.http.post(CHAT, json=body)
    assert (refused.status_code, *error_of(refused)) == (400, *expected)


async def test_a_schema_that_the_engine_refuses_is_the_clients_error(ben: Running) -> None:
    ben.engine.fail_before = EngineRequestError("Pattern must start with '^'.")
    body = {"model": "ben", "messages": [user("Hi")], "response_format": FORMAT}
    refused = await ben.http.post(CHAT, json=body)
    assert code(refused) == "400 schema_not_supported"
    assert "Pattern must start" in openai_error(refused)["message"]


async def test_the_raw_model_is_held_to_a_schema_too(ben: Running) -> None:
    said = await ask(ben, model="index-raw", response_format=FORMAT)
    jsonschema_rs.validate(LINE, json.loads(content(said)))


@pytest.fixture
async def responses(settings: Settings) -> AsyncIterator[Running]:
    async with running(settings) as stage:
        await stage.make_character()
        yield stage


async def test_responses_have_formats_too(responses: Running) -> None:
    format = {"type": "json_schema", "name": "line", "schema": LINE, "strict": True}
    body = {"model": "ben", "input": "Hi", "text": {"format": format}}
    response = await responses.http.post("/v1/responses", json=body)
    assert response.status_code == 200, response.text
    answer = as_object(response)
    jsonschema_rs.validate(LINE, json.loads(answer["output"][0]["content"][0]["text"]))
    assert answer["text"]["format"]["schema"] == LINE

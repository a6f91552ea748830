"""How tests talk to ``/v1``."""

import json
from collections.abc import Sequence
from typing import Any

import httpx

from tests.app.running import Json, Running, as_object

CHAT = "/v1/chat/completions"
CHARACTER_CHAT = "/v1/character/chat/completions"


def user(text: str, **fields: object) -> Json:
    return {"role": "user", "content": text, **fields}


def assistant(text: str, **fields: object) -> Json:
    return {"role": "assistant", "content": text, **fields}


def system(text: str, **fields: object) -> Json:
    return {"role": "system", "content": text, **fields}


async def post(stage: Running, path: str, **body: object) -> httpx.Response:
    return await stage.http.post(path, json=body)


async def ask(stage: Running, *messages: Json, **fields: object) -> Json:
    """A completion by Ben that must succeed."""
    body = {"model": "ben", "messages": messages or [user("Hi")], **fields}
    response = await stage.http.post(CHAT, json=body)
    assert response.status_code == 200, response.text
    return as_object(response)


async def stream(stage: Running, *messages: Json, path: str = CHAT, **fields: object) -> list[Json]:
    """The events of a streamed answer of Ben's, which ends as every stream must."""
    body: Json = {"model": "ben", "messages": messages or [user("Hi")], "stream": True, **fields}
    response = await stage.http.post(path, json=body)
    assert response.status_code == 200, response.text
    assert response.headers["content-type"].startswith("text/event-stream")
    return read_stream(response.text)


def read_stream(text: str) -> list[Json]:
    """Every event but the last, ``[DONE]``; each has ``choices``. Comments are skipped."""
    assert text.endswith("\n\ndata: [DONE]\n\n")
    blocks = [each for each in text.split("\n\n") if each and not each.startswith(":")]
    events: list[Json] = [json.loads(each.removeprefix("data: ")) for each in blocks[:-1]]
    assert all(isinstance(event["choices"], list) for event in events)
    return events


def content(completion: Json, choice: int = 0) -> str:
    """What one choice of a completion says."""
    said: str = completion["choices"][choice]["message"]["content"]
    return said


def streamed(events: Sequence[Json], choice: int = 0) -> str:
    """What one choice of a stream says."""
    choices = [each for event in events for each in event["choices"] if each["index"] == choice]
    return "".join(each["delta"].get("content", "") for each in choices)


def openai_error(response: httpx.Response) -> Json:
    """The error of a body in OpenAI's form, which has nothing else in it."""
    body = as_object(response)
    assert body.keys() == {"error"}
    assert body["error"].keys() == {"message", "type", "param", "code"}
    assert body["error"]["message"]
    return dict(body["error"])


def code(response: httpx.Response) -> str:
    """``404 model_not_found``."""
    return f"{response.status_code} {openai_error(response)['code']}"


def prompt_of(stage: Running, call: int = -1) -> str:
    """The text of a completion prompt that the engine got."""
    prompt: Any = stage.engine.calls[call].prompt
    assert isinstance(prompt, str)
    return prompt

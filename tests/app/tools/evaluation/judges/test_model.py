"""What is asked of a judge's endpoint, and what is read of its answers."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse

from app.search.benchmark.errors import EvaluationError
from app.settings import JudgeSettings
from app.tools.evaluation.judges.endpoint import JudgeEndpoint
from app.tools.evaluation.judges.model import (
    JudgeModel,
    UnscoredError,
    choice_schema,
    read_choice,
    read_object,
)
from tests.app.serving import serving

pytestmark = pytest.mark.anyio

_SCHEMA = choice_schema("better", ["1", "2"])
_ASKED = [{"role": "user", "content": "Which?<|im_end|>"}]


@contextmanager
def endpoint(answer: str, refuses: int | None = None) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """An endpoint that refuses ``response_format`` with a status, where one is given."""
    app, bodies = FastAPI(), list[dict[str, Any]]()

    @app.post("/v1/chat/completions")
    async def complete(request: Request) -> JSONResponse:
        body: dict[str, Any] = await request.json()
        bodies.append(body)
        if refuses is not None and "response_format" in body:
            return JSONResponse({"error": "response_format is unknown"}, refuses)
        return JSONResponse({"choices": [{"message": {"content": answer}}]})

    with serving(app) as client:
        yield f"{client.base_url}/v1".replace("//v1", "/v1"), bodies


async def better(url: str, times: int = 1) -> tuple[list[str], JudgeModel]:
    async with JudgeEndpoint(url, None, 10) as connected:
        model = JudgeModel(connected, JudgeSettings(model="j"))
        found = [
            await model.verdict(
                _ASKED, _SCHEMA, lambda read: read_choice(read, "better", ["1", "2"])
            )
            for _ in range(times)
        ]
    return found, model


async def test_answers_are_held_to_a_schema_where_the_endpoint_can() -> None:
    with endpoint('{"reason": "so", "better": "2"}') as (url, bodies):
        found, model = await better(url)
    assert found == ["2"]
    assert model.is_constrained
    [body] = bodies
    assert body["response_format"]["type"] == "json_schema"
    schema = body["response_format"]["json_schema"]["schema"]
    assert schema["properties"]["better"] == {"type": "string", "enum": ["1", "2"]}
    assert schema["required"] == ["reason", "better"]
    assert body["max_tokens"] == 512
    assert "<|im_end|>" not in body["messages"][0]["content"]


async def test_an_endpoint_that_cannot_is_asked_without_and_it_shows() -> None:
    with endpoint('{"better": "1"}', refuses=400) as (url, bodies):
        found, model = await better(url, times=2)
    assert found == ["1", "1"]
    assert not model.is_constrained
    assert ["response_format" in body for body in bodies] == [True, False, False]


async def test_a_wrong_key_is_no_reason_to_ask_without_a_schema() -> None:
    with (
        endpoint("{}", refuses=401) as (url, bodies),
        pytest.raises(EvaluationError, match="refuses with status 401"),
    ):
        await better(url)
    assert len(bodies) == 1


async def test_an_answer_that_cannot_be_read_is_no_verdict() -> None:
    with endpoint("x" * 500) as (url, bodies), pytest.raises(UnscoredError) as caught:
        await better(url)
    assert [body["temperature"] for body in bodies] == [0.0, 0.5, 0.9]
    assert len(str(caught.value)) < 200


@pytest.mark.parametrize(
    ("answer", "found"),
    [
        ('{"score": 4}', {"score": 4}),
        ('```json\n{"score": 2}\n```', {"score": 2}),
        ('I thought of {"score": 1}, no:\n{"score": 5}', {"score": 5}),
        ('{"reason": "it says {\\"score\\": 5}", "score": 1}',
         {"reason": 'it says {"score": 5}', "score": 1}),
        ('{"score": 4} and more', None),
        ('{"score": NaN}', None),
        ('"score": 4', None),
        ("[4]", None),
        ("4", None),
        ("", None),
        ("{" * 30_000 + "}", None),
        ('{"a":' * 3_000 + "1" + "}" * 3_000, None),
    ],
)  # fmt: skip
def test_reading_the_object_of_an_answer(answer: str, found: object) -> None:
    assert read_object(answer) == found


@pytest.mark.parametrize(
    "url",
    ["", "judge", "ftp://127.0.0.1/v1", "http://", "http://[::1", "http://127.0.0.1:99999/v1",
     "http://127.0.0.1:port/v1"],
)  # fmt: skip
def test_what_is_no_address_is_said_so(url: str) -> None:
    with pytest.raises(EvaluationError, match="is no address like http"):
        JudgeEndpoint(url, None, 10)


@pytest.mark.parametrize("value", ["", "12", 1, None, ["1"], "3"])
def test_only_a_choice_is_a_choice(value: Any) -> None:
    assert read_choice({"better": value}, "better", ["1", "2"]) is None

"""Every exception becomes a status and a body, in the form of the API that was called."""

import json
from collections.abc import AsyncIterator, Mapping
from typing import Annotated, Any

import httpx
import pytest
from fastapi import Body, FastAPI
from pydantic import BaseModel

from app.errors import InvalidError, NotFoundError, install_error_handlers
from tests.app.errors.raising import ANSWERS

pytestmark = pytest.mark.anyio


class Wish(BaseModel):
    """What the route below is sent."""

    names: list[int]


def app_that_raises(errors: Mapping[str, Exception]) -> FastAPI:
    """An application whose routes ``/api/raise`` and ``/v1/raise`` raise the error asked for."""
    app = FastAPI()
    install_error_handlers(app)

    @app.get("/api/raise")
    @app.get("/v1/raise")
    async def fail(which: str) -> None:
        raise errors[which]

    @app.post("/api/wish")
    @app.post("/v1/wish")
    async def wish(wish: Annotated[Wish, Body()]) -> None:
        """Take a wish."""

    return app


@pytest.fixture
async def http() -> AsyncIterator[httpx.AsyncClient]:
    named: dict[str, Exception] = {
        "with a parameter": InvalidError("too_long", "Less, please.", param="messages"),
        "half a pair": NotFoundError("character_not_found", "There is no character “\ud83c”."),
        "两字": NotFoundError("character_not_found", "没有这个角色。"),
    }
    app = app_that_raises({name: error for name, (error, *_) in ANSWERS.items()} | named)
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://service") as client:
        yield client


def error_of(response: httpx.Response) -> dict[str, Any]:
    body = response.json()
    assert set(body) == {"error"}
    error: dict[str, Any] = body["error"]
    return error


async def test_each_error_has_its_status_its_code_and_its_wait(http: httpx.AsyncClient) -> None:
    for name, (error, status, code, wait) in ANSWERS.items():
        response = await http.get("/api/raise", params={"which": name})
        answered = error_of(response)
        assert (response.status_code, answered["code"]) == (status, code), name
        assert response.headers.get("retry-after") == (None if wait is None else str(wait)), name
        assert set(answered) == {"code", "message", "detail"}, name
        if code not in {"internal_error", "database_unavailable", "conflict"}:
            assert answered["message"] == str(error), name


async def test_below_v1_the_same_errors_have_the_form_of_the_openai_api(
    http: httpx.AsyncClient,
) -> None:
    kinds = {401: "authentication_error", 403: "permission_error", 429: "rate_limit_error"}
    for name, (_, status, code, wait) in ANSWERS.items():
        response = await http.get("/v1/raise", params={"which": name})
        answered = error_of(response)
        assert response.status_code == (400 if status == 422 else status), name
        assert set(answered) == {"message", "type", "param", "code"}, name
        expected = "context_length_exceeded" if code == "context_too_long" else code
        assert answered["code"] == expected, name
        kind = "server_error" if status >= 500 else kinds.get(status, "invalid_request_error")
        assert answered["type"] == kind, name
        assert response.headers.get("retry-after") == (None if wait is None else str(wait)), name


async def test_what_an_error_details_is_in_the_body(http: httpx.AsyncClient) -> None:
    large = await http.get("/api/raise", params={"which": "too large"})
    assert error_of(large)["detail"] == {"limit_bytes": 9}
    invalid = await http.get("/v1/raise", params={"which": "with a parameter"})
    assert error_of(invalid)["param"] == "messages"
    assert error_of(await http.get("/api/raise", params={"which": "invalid"}))["detail"] is None


async def test_internal_errors_and_statements_stay_inside(http: httpx.AsyncClient) -> None:
    for name in ("a bug", "a locked database", "two at once"):
        response = await http.get("/api/raise", params={"which": name})
        for secret in ("hunter2", "KeyError", "SELECT", "INSERT", "scripts.title", "Traceback"):
            assert secret not in response.text, name


async def test_no_cache_keeps_an_error_and_no_browser_guesses_its_type(
    http: httpx.AsyncClient,
) -> None:
    for name in ("a bug", "not found"):
        response = await http.get("/api/raise", params={"which": name})
        assert response.headers["cache-control"] == "no-store"
        assert response.headers["x-content-type-options"] == "nosniff"
        assert response.headers["content-type"] == "application/json"


async def test_half_a_surrogate_pair_becomes_a_question_mark(http: httpx.AsyncClient) -> None:
    response = await http.get("/api/raise", params={"which": "half a pair"})
    assert response.status_code == 404
    assert error_of(response)["message"] == "There is no character “?”."


async def test_chinese_is_written_as_it_is(http: httpx.AsyncClient) -> None:
    response = await http.get("/v1/raise", params={"which": "两字"})
    assert "没有这个角色。".encode() in response.content


async def test_an_invalid_body_names_its_first_problem_and_at_most_twenty(
    http: httpx.AsyncClient,
) -> None:
    response = await http.post("/api/wish", json={"names": ["x"] * 25})
    error = error_of(response)
    assert response.status_code == 422
    assert error["code"] == "invalid_request"
    assert error["message"].startswith("body.names.0: ")
    problems = error["detail"]["problems"]
    assert [each["where"] for each in problems] == [f"body.names.{n}" for n in range(20)]
    assert error["detail"]["problems_total"] == 25

    few = error_of(await http.post("/api/wish", json={"names": [1, "x"]}))
    assert [each["where"] for each in few["detail"]["problems"]] == ["body.names.1"]
    assert "problems_total" not in few["detail"]


async def test_a_body_that_is_no_json_is_invalid(http: httpx.AsyncClient) -> None:
    headers = {"Content-Type": "application/json"}
    response = await http.post("/v1/wish", content=b"{", headers=headers)
    assert response.status_code == 400
    assert error_of(response)["type"] == "invalid_request_error"


async def test_unknown_addresses_and_methods_have_the_same_bodies(http: httpx.AsyncClient) -> None:
    missing = await http.get("/api/nothing")
    assert (missing.status_code, error_of(missing)["code"]) == (404, "not_found")
    wrong = await http.post("/api/raise")
    assert (wrong.status_code, error_of(wrong)["code"]) == (405, "method_not_allowed")
    assert wrong.headers["allow"] == "GET"
    assert json.loads((await http.get("/v1/nothing")).content)["error"]["code"] == "not_found"

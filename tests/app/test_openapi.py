"""The description of the API names every error, in the form in which it is sent."""

from typing import Any
from uuid import UUID

import pytest
from fastapi import APIRouter, FastAPI

from app.dependencies import AdminDep, UploaderDep
from app.main import create_app
from app.openapi import install_openapi
from app.settings import Settings
from tests.app.running import Json, Running, code_of


@pytest.fixture(scope="module")
def document() -> Json:
    return create_app(Settings()).openapi()


def statuses(document: Json, method: str, path: str) -> set[int]:
    return {int(status) for status in document["paths"][path][method]["responses"]}


def test_errors_have_the_bodies_that_are_sent(document: Json) -> None:
    for path, operations in document["paths"].items():
        body = "OpenAIErrorBody" if path.startswith("/v1/") else "ErrorBody"
        for method, operation in operations.items():
            for status, response in operation["responses"].items():
                if int(status) < 400 or (path, status) == ("/readyz", "503"):
                    continue
                schema = response["content"]["application/json"]["schema"]
                assert schema == {"$ref": f"#/components/schemas/{body}"}, (method, path)
    names = document["components"]["schemas"].keys()
    assert {"ErrorBody", "ErrorDetail", "OpenAIErrorBody", "OpenAIError"} <= names
    assert not {"HTTPValidationError", "ValidationError"} & names


@pytest.mark.parametrize(
    ("method", "path", "expected"),
    [
        ("get", "/healthz", {200, 403}),
        ("get", "/api/scripts/formats", {200, 403}),
        ("get", "/api/characters/{slug}", {200, 403, 404, 503}),
        ("get", "/api/characters/{slug}/avatar", {200, 304, 403, 404, 503}),
        ("get", "/api/admin/stats", {200, 401, 403, 503}),
        ("delete", "/api/scripts/{script_id}", {204, 401, 403, 404, 409, 422, 503}),
        ("post", "/api/scripts", {200, 201, 400, 403, 409, 413, 422, 503}),
        ("post", "/api/admin/session", {200, 400, 401, 403, 413, 422, 503}),
        (
            "post",
            "/api/conversations/{conversation_id}/messages",
            {200, 400, 403, 404, 409, 413, 422, 429, 502, 503, 504},
        ),
        (
            "post",
            "/v1/chat/completions",
            {200, 400, 401, 403, 404, 409, 413, 429, 502, 503, 504},
        ),
        ("get", "/v1/models", {200, 401, 403, 503}),
    ],
)
def test_an_operation_has_the_errors_of_what_it_needs(
    document: Json, method: str, path: str, expected: set[int]
) -> None:
    assert statuses(document, method, path) == expected


def test_an_error_says_its_codes(document: Json) -> None:
    responses = document["paths"]["/api/scripts/{script_id}"]["delete"]["responses"]
    assert "`script_in_use`: characters play in this script" in responses["409"]["description"]
    assert "`admin_key_needed`" in responses["401"]["description"]
    signing_in = document["paths"]["/api/admin/session"]["post"]["responses"]
    assert signing_in["401"]["description"].startswith("`wrong_key`")


def test_a_new_route_has_them_as_well() -> None:
    router = APIRouter()

    @router.put("/things/{thing_id}", responses={507: {"description": "No room."}})
    async def put_thing(_: AdminDep, thing_id: UUID, wanted: dict[str, Any]) -> None: ...

    @router.get("/things")
    async def list_things(_: UploaderDep) -> None: ...

    app = FastAPI()
    app.router.routes.extend(router.routes)
    install_openapi(app)
    put = {200, 400, 401, 403, 404, 413, 422, 503, 507}
    assert statuses(app.openapi(), "put", "/things/{thing_id}") == put
    assert statuses(app.openapi(), "get", "/things") == {200, 403, 503}


def test_files_and_streams_have_their_own_types(document: Json) -> None:
    def types(path: str, method: str = "get") -> set[str]:
        return set(document["paths"][path][method]["responses"]["200"]["content"])

    assert types("/api/characters/{slug}/avatar") == {"image/png"}
    assert types("/api/conversations/export") == {"application/zip"}
    assert types("/metrics") == {"text/plain"}
    assert types("/api/conversations/{conversation_id}/summary", "post") == {"text/event-stream"}
    card = {"image/png", "application/json", "application/zip"}
    assert types("/api/characters/{slug}/card") == card


@pytest.mark.anyio
async def test_half_a_surrogate_pair_is_named_in_an_error(stage: Running) -> None:
    response = await stage.http.post(
        "/api/conversations",
        content=rb'{"character": "a\ud800b"}',
        headers={"Content-Type": "application/json"},
    )
    assert code_of(response) == "404 character_not_found"
    assert "“a?b”" in response.text


@pytest.mark.anyio
@pytest.mark.parametrize("moment", ["0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59-23:59"])
async def test_a_cursor_beyond_all_time_is_refused(stage: Running, moment: str) -> None:
    cursor = f"{moment}_019c0000-0000-7000-8000-000000000000"
    response = await stage.http.get("/api/conversations", params={"cursor": cursor})
    assert code_of(response) == "422 invalid_cursor"

"""The description of the API names every error, in the form in which it is sent."""

import re
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


EVERYWHERE = {403, 431, 503}
"""A host that is not served, a head that is too large, a service that stops."""


def statuses(document: Json, method: str, path: str) -> set[int]:
    return {int(status) for status in document["paths"][path][method]["responses"]}


def test_errors_have_the_bodies_that_are_sent(document: Json) -> None:
    for path, operations in document["paths"].items():
        body = "OpenAIErrorBody" if path.startswith("/v1/") else "ErrorBody"
        for method, operation in operations.items():
            for status, response in operation["responses"].items():
                if int(status) < 400:
                    continue
                schema = response["content"]["application/json"]["schema"]
                error = {"$ref": f"#/components/schemas/{body}"}
                if (path, status) == ("/readyz", "503"):
                    readiness = {"$ref": "#/components/schemas/Readiness"}
                    assert schema == {"anyOf": [readiness, error]}
                else:
                    assert schema == error, (method, path)
    names = document["components"]["schemas"].keys()
    assert {"ErrorBody", "ErrorDetail", "OpenAIErrorBody", "OpenAIError"} <= names
    assert not {"HTTPValidationError", "ValidationError"} & names


@pytest.mark.parametrize(
    ("method", "path", "expected"),
    [
        ("get", "/healthz", {200}),
        ("get", "/readyz", {200, 429}),
        ("get", "/metrics", {200, 401, 429}),
        ("get", "/api/scripts/formats", {200}),
        ("get", "/api/characters/{slug}", {200, 401, 404, 422, 429}),
        ("get", "/api/characters/{slug}/avatar", {200, 304, 401, 404, 422, 429, 500}),
        ("get", "/api/conversations/export", {200, 401, 404, 408, 413, 422, 429}),
        (
            "post",
            "/api/characters/{slug}/draft-profile",
            {200, 401, 404, 408, 413, 422, 429, 502, 504},
        ),
        ("get", "/api/admin/stats", {200, 401, 429}),
        ("delete", "/api/scripts/{script_id}", {204, 401, 404, 409, 422, 429}),
        ("post", "/api/scripts", {200, 201, 400, 401, 408, 409, 413, 422, 429, 507}),
        ("post", "/api/admin/session", {200, 400, 401, 408, 413, 422, 429}),
        ("delete", "/api/admin/session", {204}),
        ("post", "/api/admin/keys", {201, 400, 401, 408, 409, 413, 422, 429}),
        ("delete", "/api/admin/keys/{prefix}", {204, 401, 404, 429}),
        (
            "post",
            "/api/conversations/import",
            {201, 400, 401, 404, 408, 409, 413, 422, 429, 507},
        ),
        (
            "post",
            "/api/conversations/{conversation_id}/messages",
            {200, 400, 401, 404, 408, 409, 413, 422, 429, 502, 504},
        ),
        (
            "post",
            "/v1/chat/completions",
            {200, 400, 401, 404, 408, 409, 413, 429, 502, 504},
        ),
        ("post", "/v1/embeddings", {200, 400, 401, 404, 408, 413, 429}),
        ("get", "/v1/models", {200, 401, 429}),
    ],
)
def test_an_operation_has_the_errors_of_what_it_needs(
    document: Json, method: str, path: str, expected: set[int]
) -> None:
    assert statuses(document, method, path) == expected | EVERYWHERE


def test_an_error_says_its_codes(document: Json) -> None:
    responses = document["paths"]["/api/scripts/{script_id}"]["delete"]["responses"]
    assert "`script_in_use`: characters play in this script" in responses["409"]["description"]
    assert "`not_yours`" in responses["403"]["description"]
    stats = document["paths"]["/api/admin/stats"]["get"]["responses"]
    assert "`admin_key_needed`" in stats["401"]["description"]
    signing_in = document["paths"]["/api/admin/session"]["post"]["responses"]
    assert signing_in["401"]["description"] == "`wrong_key`: this is not an admin key."


def codes(document: Json, method: str, path: str, status: int) -> set[str]:
    words = document["paths"][path][method]["responses"][str(status)]["description"]
    return set(re.findall(r"`(\w+)`", words))


def test_what_reading_a_file_can_end_in_is_said_of_every_form(document: Json) -> None:
    refused = {"reading_too_slow", "reading_too_large", "reader_died"}
    forms = [
        (method, path)
        for path, operations in document["paths"].items()
        for method, operation in operations.items()
        if "multipart/form-data" in operation.get("requestBody", {}).get("content", {})
    ]
    assert len(forms) == 9
    for method, path in forms:
        assert refused <= codes(document, method, path, 422)
        assert {"too_many_uploads", "readers_unavailable"} <= codes(document, method, path, 503)
        assert codes(document, method, path, 507) == {"storage_full"}


def test_only_a_visitors_json_can_have_too_many_values(document: Json) -> None:
    messages = "/api/conversations/{conversation_id}/messages"
    found = {"too_large", "message_too_long", "too_many_values"}
    assert codes(document, "post", messages, 413) == found
    assert codes(document, "post", "/api/admin/keys", 413) == {"too_large"}


def test_what_a_visitor_may_keep_is_said_where_more_would_be_kept(document: Json) -> None:
    messages = "/api/conversations/{conversation_id}/messages"
    assert "too_many_conversations" in codes(document, "post", "/api/conversations", 409)
    assert "too_many_messages" in codes(document, "post", messages, 409)
    assert "too_many_messages" in codes(document, "patch", messages + "/{message_id}", 409)
    kept = {"too_many_conversations", "too_many_messages"}
    assert kept <= codes(document, "post", "/api/conversations/import", 409)
    assert codes(document, "delete", messages + "/{message_id}", 409).isdisjoint(kept)


def test_a_new_route_has_them_as_well() -> None:
    router = APIRouter()

    @router.put("/things/{thing_id}", responses={507: {"description": "No room."}})
    async def put_thing(_: AdminDep, thing_id: UUID, wanted: dict[str, Any]) -> None: ...

    @router.get("/things")
    async def list_things(_: UploaderDep) -> None: ...

    app = FastAPI()
    app.router.routes.extend(router.routes)
    install_openapi(app)
    put = {200, 400, 401, 404, 408, 413, 422, 429, 507} | EVERYWHERE
    assert statuses(app.openapi(), "put", "/things/{thing_id}") == put
    assert statuses(app.openapi(), "get", "/things") == {200, 401, 429} | EVERYWHERE


def test_files_and_streams_have_their_own_types(document: Json) -> None:
    def types(path: str, method: str = "get") -> set[str]:
        return set(document["paths"][path][method]["responses"]["200"]["content"])

    assert types("/api/characters/{slug}/avatar") == {"image/png", "image/webp", "image/svg+xml"}
    assert types("/api/conversations/export") == {"application/zip"}
    assert types("/metrics") == {"text/plain"}
    assert types("/api/conversations/{conversation_id}/summary", "post") == {"text/event-stream"}
    card = {"image/png", "application/json", "application/zip"}
    assert types("/api/characters/{slug}/card") == card


@pytest.mark.anyio
async def test_a_stream_refuses_a_large_body_that_it_has_no_use_for(stage: Running) -> None:
    response = await stage.http.request("GET", "/api/conversations/export", content=b"x" * 20_000)
    assert code_of(response) == "413 too_large"


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

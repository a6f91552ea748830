"""Who asks is known before a byte of the body is read, and bounds the body."""

import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI, UploadFile
from fastapi.routing import APIRoute
from starlette.types import Message

from app.http.body_limit import FORM_OVERHEAD
from app.main import create_app
from app.settings import Settings
from tests.app.conftest import make_settings
from tests.app.running import SCRIPT, Running, as_object, code_of, error_of, running

pytestmark = [pytest.mark.anyio, pytest.mark.one_database]

KEY = "ob_the-key-of-these-tests"
BEARER = {"Authorization": f"Bearer {KEY}"}
CHANGING = {"POST", "PUT", "PATCH", "DELETE"}
PARAMETER = "019c0000-0000-7000-8000-000000000000"
ANYBODY = {"POST /api/admin/session"}
"""Asks nobody who they are: it is how one says so."""
VISITORS = {
    "POST /api/session",
    "POST /api/people",
    "POST /api/characters/by-link",
    "POST /api/invitations/check",
    "POST /api/openid/sign-in",
    "POST /api/reports",
    "POST /api/me/erasure",
    "POST /api/conversations",
    "POST /api/conversations/import",
    "PATCH /api/conversations/{conversation_id}",
    "PATCH /api/conversations/{conversation_id}/messages/{message_id}",
    "POST /api/conversations/{conversation_id}/messages",
    "POST /api/conversations/{conversation_id}/messages/{message_id}/continue",
    "POST /api/conversations/{conversation_id}/messages/{message_id}/regenerate",
    "POST /api/conversations/{conversation_id}/messages/{message_id}/tell",
    "POST /api/conversations/{conversation_id}/participants",
    "POST /api/conversations/{conversation_id}/participants/{participant}/leave",
    "PUT /api/conversations/{conversation_id}/participants/{participant}/note",
    "POST /api/conversations/{conversation_id}/go-on",
    "PATCH /api/conversations/{conversation_id}/summary",
    "PUT /api/conversations/{conversation_id}/messages/{message_id}/rating",
    "PUT /api/me/learning",
    "PUT /api/persona",
    "PUT /api/scripts/{script_id}/bookmark",
}
"""What visitors may do with a body, within a visitor's bounds."""
MULTIPART = "multipart/form-data; boundary=cut"


@pytest.fixture
def public(database_url: str, tmp_path: Path) -> Settings:
    return make_settings(
        database_url,
        tmp_path,
        server={"host": "0.0.0.0"},
        access={"admin_key": KEY},
        openai_api={"key_required": True},
        limits={"upload_bytes": 3_000_000, "chat_log_bytes": 200_000, "visitor_body_bytes": 50_000},
    )


@pytest.fixture
async def house(public: Settings) -> AsyncIterator[Running]:
    async with running(public) as stage:
        yield stage


def body_routes(app: FastAPI) -> dict[str, APIRoute]:
    """The routes that change something, by method and path."""
    return {
        f"{method} {route.path}": route
        for route in app.routes
        if isinstance(route, APIRoute)
        for method in sorted((route.methods or set()) & CHANGING)
    }


class Call:
    """One request whose body nobody may ask for."""

    def __init__(self, name: str, **headers: str) -> None:
        method, _, path = name.partition(" ")
        path = re.sub(r"\{[^}]*\}", PARAMETER, path)
        given = {"host": "127.0.0.1", **headers}
        self.reads = 0
        self.sent: list[Message] = []
        self.scope: dict[str, Any] = {
            "type": "http",
            "asgi": {"version": "3.0", "spec_version": "2.3"},
            "http_version": "1.1",
            "method": method,
            "scheme": "http",
            "path": path,
            "raw_path": path.encode(),
            "root_path": "",
            "query_string": b"",
            "headers": [(k.replace("_", "-").encode(), v.encode()) for k, v in given.items()],
            "client": ("127.0.0.1", 1),
            "server": ("127.0.0.1", 80),
        }

    async def receive(self) -> Message:
        self.reads += 1
        return {"type": "http.disconnect"}

    async def send(self, message: Message) -> None:
        self.sent.append(message)

    async def status(self, app: FastAPI) -> int:
        await app(self.scope, self.receive, self.send)
        status = self.sent[0]["status"]
        assert isinstance(status, int)
        return status


async def test_whoever_may_not_call_is_refused_before_the_body_is_read(house: Running) -> None:
    routes = body_routes(house.app)
    assert len(routes) > 30
    for name in routes.keys() - ANYBODY - VISITORS:
        content = MULTIPART if _takes_form(routes[name]) else "application/json"
        call = Call(name, content_type=content, content_length="1000")
        status = await call.status(house.app)
        # Without a body some are the visitors' too, who have nothing yet: 204 and 404.
        refusals = {401, 403} if routes[name].body_field else {401, 403, 204, 404}
        assert status in refusals, name
        assert call.reads == 0, name


async def test_visitors_and_strangers_are_held_to_their_bounds(house: Running) -> None:
    routes = body_routes(house.app)
    for name in ANYBODY | VISITORS:
        assert routes[name].body_field is not None
        bound = 50_000 if name in VISITORS else 16_000
        content = "application/json"
        if _takes_form(routes[name]):
            content, bound = MULTIPART, 200_000 + FORM_OVERHEAD
        call = Call(name, content_type=content, content_length=str(bound + 1))
        assert await call.status(house.app) == 413, name
        assert call.reads == 0, name
        within = Call(name, content_type=content, content_length=str(bound))
        await within.status(house.app)
        assert within.reads > 0, name


def _takes_form(route: APIRoute) -> bool:
    return route.body_field is not None and type(route.body_field.field_info).__name__ in {
        "Form",
        "File",
    }


async def test_a_route_that_asks_nobody_gets_next_to_nothing(public: Settings) -> None:
    async def planted(file: UploadFile) -> None:
        """An endpoint whose author forgot who may call it."""

    app = create_app(public)
    app.router.routes.insert(0, APIRoute("/api/planted", planted, methods=["POST"]))
    async with app.router.lifespan_context(app):
        call = Call("POST /api/planted", content_type=MULTIPART, content_length="16001")
        assert await call.status(app) == 413
        assert call.reads == 0


async def test_a_form_type_opens_no_other_route_further(house: Running) -> None:
    # Read as a whole into memory, whatever it calls itself.
    response = await house.http.post(
        "/api/conversations", content=b"x" * 50_001, headers={"Content-Type": MULTIPART}
    )
    assert code_of(response) == "413 too_large"


async def test_admins_keep_their_limits(house: Running) -> None:
    body = b'{"character": "' + b"x" * 7_000_000 + b'"}'
    headers = {**BEARER, "Content-Type": "application/json"}
    response = await house.http.post("/api/conversations", content=body, headers=headers)
    assert code_of(response) == "404 character_not_found"
    log = b'{"user_name":"A","character_name":"B"}\n' + b" " * 250_000
    files = {"file": ("log.jsonl", log)}
    data = {"character": "nobody"}
    chat = "/api/conversations/import"
    assert (await house.http.post(chat, files=files, data=data)).status_code in {413, 422}
    script = b"Anna: One.\n" * 200_000  # 2.2 MB
    uploaded = await house.http.post(
        "/api/scripts?dry_run=true", files={"file": ("x.txt", script)}, headers=BEARER
    )
    assert uploaded.status_code == 200


async def test_a_visitor_is_told_of_the_limit_that_was_crossed(house: Running) -> None:
    long = {"character": "x" * 60_000}
    response = await house.http.post("/api/conversations", json=long)
    assert error_of(response)["detail"] == {"limit_bytes": 50_000}
    files = {"file": ("log.jsonl", b" " * (200_001 + FORM_OVERHEAD))}
    response = await house.http.post("/api/conversations/import", files=files)
    assert error_of(response)["detail"] == {"limit_bytes": 200_000}


async def test_a_new_visitor_gets_one_cookie_and_is_known_by_it(house: Running) -> None:
    async with house.client(**BEARER) as admin:
        files = {"file": ("Ben.txt", SCRIPT.encode())}
        assert (await admin.post("/api/characters/import", files=files)).status_code == 202
    await house.indexed("ben")
    house.http.cookies.clear()
    response = await house.http.post("/api/conversations", json={"character": "ben"})
    assert response.status_code == 201
    assert len(response.headers.get_list("set-cookie")) == 1
    url = f"/api/conversations/{as_object(response)['id']}"
    assert (await house.http.get(url)).status_code == 200
    house.http.cookies.clear()
    assert code_of(await house.http.get(url)) == "404 conversation_not_found"


FORM = "/api/scripts?dry_run=true"
FILE = ("play.txt", b"Anna: One.\nBen: Two.\n")


async def test_forms_are_bounded_in_files_fields_and_their_sizes(house: Running) -> None:
    fields = [("file", FILE), *((f"f{n}", (None, b"1")) for n in range(100))]
    fits = await house.http.post(FORM, files=fields, headers=BEARER)
    assert fits.status_code == 200
    for files, reason in (
        ([*fields, ("one_more", (None, b"1"))], "Too many fields"),
        ([("file", FILE), ("other", FILE)], "Too many files"),
        ([("file", FILE), ("title", (None, b"1" * 1_048_577))], "maximum size"),
    ):
        refused = await house.http.post(FORM, files=files, headers=BEARER)
        assert refused.status_code == 400
        assert reason in error_of(refused)["message"]
    many = "&".join(f"f{n}=1" for n in range(101))
    urlencoded = BEARER | {"Content-Type": "application/x-www-form-urlencoded"}
    refused = await house.http.post(FORM, content=many, headers=urlencoded)
    assert "Too many fields" in error_of(refused)["message"]


async def test_json_that_is_costly_to_refuse_is_refused_cheaply(
    database_url: str, tmp_path: Path
) -> None:
    settings = make_settings(
        database_url, tmp_path, server={"host": "0.0.0.0"}, access={"admin_key": KEY}
    )
    async with running(settings) as stage:
        http = stage.http
        headers = {"Content-Type": "application/json"}
        url = "/api/conversations"
        for bomb in ("[" * 900_000, '{"a":' * 180_000, '{"character":' + "9" * 900_000 + "}"):
            assert (await http.post(url, content=bomb, headers=headers)).status_code == 400
        for path, opening in (("/v1/completions", '{"prompt":['), (url, '{"character":[')):
            bomb = opening + "1," * 400_000 + "1]}"
            response = await http.post(path, content=bomb, headers=headers)
            assert response.status_code == 413
            assert as_object(response)["error"]["code"] == "too_many_values"
        text = '{"character":"' + "," * 100_000 + '"}'  # in a text they separate nothing
        assert (await http.post(url, content=text, headers=headers)).status_code == 404
        unknown = "{" + ",".join(f'"{n}":1' for n in range(15_000)) + "}"
        response = await http.post(url, content=unknown, headers=headers)
        assert response.status_code == 422
        assert len(response.content) < 5_000
        assert len(error_of(response)["detail"]["problems"]) == 20

"""Keys, quotas of size, other origins, and errors in OpenAI's form whoever refuses."""

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from app.catalog.service import get_character
from app.settings import Settings
from tests.app.conftest import make_settings
from tests.app.openai_api.talking import CHAT, code, openai_error, post, user
from tests.app.running import SCRIPT, Running, as_object, running

pytestmark = pytest.mark.anyio

KEY = "ob_the-key-of-these-tests"
NO_KEYS: tuple[dict[str, str], ...] = (
    {},
    {"Authorization": "Bearer "},
    {"Authorization": "Bearer undefined"},
)
HELLO = {"model": "ben", "messages": [user("Hi")]}
PAGE = "https://chat.example.org"


@pytest.fixture
def public(database_url: str, tmp_path: Path) -> Settings:
    return make_settings(
        database_url, tmp_path, server={"host": "0.0.0.0"}, access={"admin_key": KEY}
    )


@pytest.fixture
async def open_house(public: Settings) -> AsyncIterator[Running]:
    """A service beyond loopback, with Ben."""
    async with running(public) as stage:
        await add_ben(stage)
        yield stage


async def add_ben(stage: Running) -> None:
    async with stage.client(Authorization=f"Bearer {KEY}") as admin:
        files = {"file": ("Ben.txt", SCRIPT.encode())}
        assert (await admin.post("/api/characters/import", files=files)).status_code == 202
    await stage.indexed("ben")


async def models(stage: Running, headers: dict[str, str]) -> httpx.Response:
    return await stage.http.get("/v1/models", headers=headers)


async def test_on_loopback_any_key_will_do(ben: Running) -> None:
    for headers in (*NO_KEYS, {"Authorization": "Bearer sk-any"}):
        assert (await models(ben, headers)).status_code == 200
        assert (await ben.http.post(CHAT, json=HELLO, headers=headers)).status_code == 200


async def test_beyond_loopback_visitors_talk_to_characters_only(open_house: Running) -> None:
    raw = HELLO | {"model": "index-raw"}
    for headers in NO_KEYS:
        listed = as_object(await models(open_house, headers))["data"]
        assert [each["id"] for each in listed] == ["ben"]
        assert (await open_house.http.post(CHAT, json=HELLO, headers=headers)).status_code == 200
        for path, body in (
            (CHAT, raw),
            (CHAT, HELLO | {"model": "scripted"}),
            ("/v1/completions", {"prompt": "x"}),
            ("/v1/embeddings", {"input": "x"}),
        ):
            response = await open_house.http.post(path, json=body, headers=headers)
            assert code(response) == "401 invalid_api_key"
    assert all(not isinstance(call.prompt, list) for call in open_house.engine.calls)


async def test_the_key_opens_the_rest(open_house: Running) -> None:
    headers = {"Authorization": f"Bearer {KEY}"}
    listed = as_object(await models(open_house, headers))["data"]
    assert [each["id"] for each in listed] == ["ben", "index-raw", "scripted"]
    for path, body in (
        (CHAT, HELLO | {"model": "index-raw"}),
        ("/v1/completions", {"prompt": "x"}),
        ("/v1/embeddings", {"input": "x"}),
    ):
        assert (await open_house.http.post(path, json=body, headers=headers)).status_code == 200


async def test_a_wrong_key_is_refused(open_house: Running) -> None:
    for key in ("sk-wrong", KEY + "x", "ob_"):
        headers = {"Authorization": f"Bearer {key}"}
        for response in (
            await models(open_house, headers),
            await open_house.http.post(CHAT, json=HELLO, headers=headers),
        ):
            assert code(response) == "401 invalid_api_key"
            assert openai_error(response)["type"] == "authentication_error"
    assert open_house.engine.calls == []


async def test_a_key_can_be_required_for_everything(public: Settings) -> None:
    public.openai_api.key_required = True
    async with running(public) as stage:
        await add_ben(stage)
        for headers in NO_KEYS:
            assert code(await models(stage, headers)) == "401 invalid_api_key"
        assert (await models(stage, {"Authorization": f"Bearer {KEY}"})).status_code == 200


async def test_no_cookie_is_given_or_taken(open_house: Running) -> None:
    response = await open_house.http.post("/api/admin/session", json={"key": KEY})
    assert response.status_code == 200
    response = await models(open_house, {})
    assert "set-cookie" not in response.headers
    assert [each["id"] for each in as_object(response)["data"]] == ["ben"]


async def test_whoever_refuses_does_so_in_openais_form(ben: Running) -> None:
    huge = b'{"model": "' + b"x" * 9_000_000 + b'"}'
    http, headers = ben.http, {"Content-Type": "application/json"}
    for response, expected in (
        (await http.get("/v1/models", headers={"Host": "evil.example"}), "403 unknown_host"),
        (
            await http.post(CHAT, json=HELLO, headers={"Origin": "http://evil.example"}),
            "403 foreign_origin",
        ),
        (await http.post(CHAT, content=huge, headers=headers), "413 too_large"),
        (await http.post(CHAT, content=b"{", headers=headers), "400 invalid_request"),
        (await http.get(CHAT), "405 method_not_allowed"),
        (await http.get("/v1/internal/model/info"), "404 not_found"),
        (await post(ben, "/v1/audio/speech"), "404 not_found"),
    ):
        assert code(response) == expected
    assert openai_error(await http.get("/v1/x"))["type"] == "invalid_request_error"


async def test_a_character_that_is_still_learning_says_when_to_come_back(ben: Running) -> None:
    async with ben.services.database.write() as session:
        (await get_character(session, "ben")).index_version = None
    response = await post(ben, CHAT, **HELLO)
    assert code(response) == "409 character_indexing"
    assert response.headers["Retry-After"] == "5"


async def test_pages_of_the_origins_named_may_call(settings: Settings) -> None:
    settings.openai_api.origins = [PAGE]
    async with running(settings) as stage:
        await stage.make_character()
        asked = {
            "Origin": PAGE,
            "Access-Control-Request-Method": "POST",
            "Access-Control-Request-Headers": "authorization,content-type,x-stainless-os",
        }
        preflight = await stage.http.options(CHAT, headers=asked)
        assert preflight.status_code == 200
        assert preflight.headers["access-control-allow-origin"] == PAGE
        allowed = preflight.headers["access-control-allow-headers"]
        assert "authorization" in allowed
        assert "x-stainless-os" in allowed
        answer = await stage.http.post(CHAT, json=HELLO, headers={"Origin": PAGE})
        assert answer.status_code == 200
        assert answer.headers["access-control-allow-origin"] == PAGE
        assert "access-control-allow-credentials" not in answer.headers
        elsewhere = await stage.http.delete("/api/admin/characters/ben", headers={"Origin": PAGE})
        assert elsewhere.json()["error"]["code"] == "foreign_origin"
        page = await stage.http.get("/api/characters", headers={"Origin": PAGE})
        assert "access-control-allow-origin" not in page.headers


async def test_no_page_may_call_unless_it_is_named(ben: Running) -> None:
    asked = {"Origin": PAGE, "Access-Control-Request-Method": "POST"}
    preflight = await ben.http.options(CHAT, headers=asked)
    assert "access-control-allow-origin" not in preflight.headers

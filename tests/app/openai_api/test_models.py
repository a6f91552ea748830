"""Which models there are, and which one a request means."""

from pathlib import Path

import pytest

from app.settings import Settings
from tests.app.conftest import make_settings
from tests.app.openai_api.talking import (
    CHARACTER_CHAT,
    CHAT,
    ask,
    code,
    content,
    openai_error,
    post,
    prompt_of,
    user,
)
from tests.app.running import Running, as_object, running

pytestmark = pytest.mark.anyio


async def test_characters_and_the_engine_are_models(ben: Running) -> None:
    listed = as_object(await ben.http.get("/v1/models"))
    assert listed.keys() == {"object", "data"}
    assert listed["object"] == "list"
    assert [each["id"] for each in listed["data"]] == ["ben", "index-raw", "scripted"]
    assert [each["name"] for each in listed["data"]] == ["Ben", "index-raw", "scripted"]
    assert [each["owned_by"] for each in listed["data"]] == ["offbook", "engine", "engine"]
    for each in listed["data"]:
        assert each["object"] == "model"
        assert isinstance(each["created"], int)


@pytest.mark.parametrize("path", ["/v1//models", "//v1/models", "/v1///models", "//v1//models"])
async def test_slashes_may_be_doubled(ben: Running, path: str) -> None:
    response = await ben.http.get(f"http://127.0.0.1{path}")
    assert as_object(response)["data"][0]["id"] == "ben"


async def test_slashes_may_be_doubled_in_what_is_posted(ben: Running) -> None:
    response = await post(ben, "/v1//chat/completions", model="ben", messages=[user("Hi")])
    assert response.status_code == 200
    assert code(await post(ben, "/v1//chat/completions")) == "400 invalid_request"


async def test_one_model_is_described(ben: Running) -> None:
    listed = as_object(await ben.http.get("/v1/models"))["data"]
    assert as_object(await ben.http.get("/v1/models/ben")) == listed[0]
    assert code(await ben.http.get("/v1/models/anna")) == "404 model_not_found"


async def test_characters_that_cannot_answer_are_not_listed(ben: Running) -> None:
    await ben.http.post("/api/admin/characters/ben/unpublish")
    listed = as_object(await ben.http.get("/v1/models"))["data"]
    assert [each["id"] for each in listed] == ["index-raw", "scripted"]


async def test_the_list_does_without_an_engine(ben: Running) -> None:
    await ben.engine.aclose()
    listed = as_object(await ben.http.get("/v1/models"))["data"]
    assert [each["id"] for each in listed] == ["ben", "index-raw"]


async def test_an_unknown_model_is_refused(ben: Running) -> None:
    for path in (CHAT, CHARACTER_CHAT):
        response = await post(ben, path, model="anna", messages=[user("Hi")])
        assert code(response) == "404 model_not_found"
        assert openai_error(response)["type"] == "invalid_request_error"
        assert openai_error(response)["param"] == "model"
        assert "anna" in openai_error(response)["message"]
    assert ben.engine.calls == []


async def test_without_a_model_the_only_character_answers(ben: Running) -> None:
    for path in (CHAT, CHARACTER_CHAT):
        for fields in ({}, {"model": ""}, {"model": None}):
            response = await post(ben, path, messages=[user("Hi")], **fields)
            assert as_object(response)["model"] == "ben"


async def test_without_a_model_and_with_several_characters_one_must_be_named(ben: Running) -> None:
    await ben.make_character("Anna")
    for path in (CHAT, CHARACTER_CHAT):
        response = await post(ben, path, model="", messages=[user("Hi")])
        assert code(response) == "400 model_required"
        assert openai_error(response)["param"] == "model"


async def test_who_names_nobody_is_shown_how_to_set_a_default(ben: Running) -> None:
    await ben.make_character("Anna")
    for path in (CHAT, CHARACTER_CHAT):
        message = openai_error(await post(ben, path, messages=[user("Hi")]))["message"]
        assert "OFFBOOK_OPENAI_API__DEFAULT_CHARACTER" in message
        assert "/v1/models" in message


async def test_a_default_that_does_not_exist_is_not_the_clients_fault(settings: Settings) -> None:
    settings.openai_api.default_character = "zoe"
    async with running(settings) as stage:
        await stage.make_character("Ben")
        for path in (CHAT, CHARACTER_CHAT):
            response = await post(stage, path, messages=[user("Hi")])
            assert code(response) == "404 model_not_found"
            message = openai_error(response)["message"]
            assert "OFFBOOK_OPENAI_API__DEFAULT_CHARACTER" in message
            assert "zoe" not in message  # it may be a character that this caller must not know


async def test_a_setting_names_who_answers(settings: Settings) -> None:
    settings.openai_api.default_character = "anna"
    async with running(settings) as stage:
        await stage.make_character("Ben")
        await stage.make_character("Anna")
        for path in (CHAT, CHARACTER_CHAT):
            response = await post(stage, path, messages=[user("Hi")])
            assert as_object(response)["model"] == "anna"


async def test_the_references_own_route_answers_as_the_character_named(ben: Running) -> None:
    await ben.make_character("Anna")
    response = await post(ben, CHARACTER_CHAT, model="anna", messages=[user("Hi")])
    assert as_object(response)["object"] == "chat.completion"
    assert as_object(response)["model"] == "anna"
    assert prompt_of(ben).endswith("\nAnna:")
    raw = await post(ben, CHARACTER_CHAT, model="index-raw", messages=[user("Hi")])
    assert code(raw) == "404 model_not_found"


@pytest.mark.parametrize("model", ["index-raw", "scripted"])
async def test_the_raw_model_gets_the_messages_as_they_are(ben: Running, model: str) -> None:
    ben.engine.reply = "Raw: yes.\nuser: more"
    said = await ask(ben, {"role": "system", "content": "Be."}, user("Hi"), model=model)
    assert content(said) == "Raw: yes.\nuser: more"
    assert said["model"] == model
    assert "offbook" not in said
    call = ben.engine.calls[-1]
    assert [(each.role, each.content) for each in call.prompt if not isinstance(each, str)] == [
        ("system", "Be."),
        ("user", "Hi"),
    ]
    assert call.stop == ()


async def test_an_unpublished_character_is_there_for_those_with_a_key(
    database_url: str, tmp_path: Path
) -> None:
    settings = make_settings(
        database_url,
        tmp_path,
        server={"host": "0.0.0.0"},
        access={"admin_key": "ob_a-key-of-the-tests"},
    )
    async with running(settings) as stage:
        async with stage.client(Authorization="Bearer ob_a-key-of-the-tests") as admin:
            served = Running(stage.app, admin, stage.engine)
            await served.make_character()
            await admin.post("/api/admin/characters/ben/unpublish")
            assert (await ask(served))["model"] == "ben"
        response = await post(stage, CHAT, model="ben", messages=[user("Hi")])
        assert code(response) == "404 model_not_found"

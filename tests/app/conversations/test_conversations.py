"""Conversations: opened, listed, renamed, deleted, brought back."""

import pytest

from tests.app.running import Running, as_object, code_of, texts

pytestmark = pytest.mark.anyio

GREETING = "Who is there at this hour?"


async def test_a_conversation_begins_with_the_greeting(stage: Running) -> None:
    await stage.make_character(greeting=f"  {GREETING}\n")
    conversation = await stage.open("ben", user_name="Mara")
    assert conversation["user_name"] == "Mara"
    assert (conversation["title"], conversation["busy"]) == ("", False)
    assert conversation["character"]["slug"] == "ben"
    (greeting,) = conversation["messages"]
    assert (greeting["role"], greeting["content"]) == ("assistant", GREETING)
    assert greeting["parent_id"] is None
    assert await stage.read(conversation) == conversation


async def test_without_a_greeting_it_is_empty_and_the_person_is_called_user(
    stage: Running,
) -> None:
    await stage.make_character(greeting=" \n")
    conversation = await stage.open("ben")
    assert (conversation["messages"], conversation["user_name"]) == ([], "user")
    assert conversation["preview"] == ""


async def test_the_title_is_the_beginning_of_the_first_message(stage: Running) -> None:
    await stage.make_character()
    conversation = await stage.open()
    await stage.say(
        conversation, "  Tell me\nabout the lighthouse, please, and do not leave out the lamp."
    )
    await stage.say(conversation, "And the nets?")
    title = (await stage.read(conversation))["title"]
    assert title == "Tell me about the lighthouse, please, and do not leave out t"


async def test_it_can_be_renamed(stage: Running) -> None:
    await stage.make_character()
    conversation = await stage.open()
    url = f"/api/conversations/{conversation['id']}"
    changed = as_object(await stage.http.patch(url, json={"title": " Night ", "user_name": "Mara"}))
    assert (changed["title"], changed["user_name"]) == ("Night", "Mara")
    await stage.say(conversation, "Hello?")
    assert (await stage.read(conversation))["title"] == "Night"
    for body in ({"title": "x" * 201}, {"title": "a\x00b"}, {"user_name": ""}, {"owner": "me"}):
        assert code_of(await stage.http.patch(url, json=body)) == "422 invalid_request", body


async def test_the_list_begins_with_the_last_talked_in(stage: Running) -> None:
    await stage.make_character()
    await stage.make_character("Anna")
    first, second = await stage.open("ben"), await stage.open("ben")
    third = await stage.open("anna")
    turn = await stage.say(first, "Hello, is anybody there?")

    async def ids(**query: str | int) -> list[str]:
        page = as_object(await stage.http.get("/api/conversations", params=query))
        return [item["id"] for item in page["items"]]

    assert await ids() == [first["id"], third["id"], second["id"]]
    assert await ids(character="ben") == [first["id"], second["id"]]
    page = as_object(await stage.http.get("/api/conversations", params={"limit": 1}))
    assert page["items"][0]["preview"] == turn["reply"]["content"][:120]
    assert "+" not in page["next_cursor"]
    assert await ids(cursor=page["next_cursor"], limit=1) == [third["id"]]
    assert await ids(cursor=page["next_cursor"]) == [third["id"], second["id"]]
    for cursor in ("x", "_", f"2026-01-01_{'x' * 36}"):
        response = await stage.http.get("/api/conversations", params={"cursor": cursor})
        assert code_of(response) == "422 invalid_cursor"


async def test_the_list_is_searched(stage: Running) -> None:
    await stage.make_character()
    await stage.make_character("Anna", greeting="Grüß Gott, 100% pünktlich.")
    lamp, nets, anna = await stage.open("ben"), await stage.open("ben"), await stage.open("anna")
    await stage.say(lamp, "Is the LAMP burning, old man?")
    await stage.say(nets, "Who mends the nets?")
    await stage.http.patch(f"/api/conversations/{nets['id']}", json={"title": "Winter_work"})

    async def ids(q: str) -> list[str]:
        page = as_object(await stage.http.get("/api/conversations", params={"q": q}))
        return [item["id"] for item in page["items"]]

    assert await ids("lamp BURNING") == [lamp["id"]]
    assert await ids(" winter_work ") == [nets["id"]]
    assert await ids("nn") == [anna["id"]]
    assert await ids("100%") == [anna["id"]]
    assert await ids("1%k") == await ids("winterxwork") == await ids("nothing of it") == []
    assert len(await ids("")) == 3
    bad = await stage.http.get("/api/conversations", params={"q": "a\x00"})
    assert code_of(bad) == "422 invalid_request"


async def test_deleting_hides_and_restoring_brings_back(stage: Running) -> None:
    await stage.make_character()
    conversation = await stage.open()
    await stage.say(conversation, "Hello?")
    before = await stage.read(conversation)
    url = f"/api/conversations/{conversation['id']}"
    restore = f"{url}/restore"
    assert code_of(await stage.http.post(restore)) == "404 conversation_not_found"
    assert (await stage.http.delete(url)).status_code == 204
    assert code_of(await stage.http.get(url)) == "404 conversation_not_found"
    assert code_of(await stage.http.delete(url)) == "404 conversation_not_found"
    assert code_of(await stage.send(conversation, "Still there?")) == "404 conversation_not_found"
    assert as_object(await stage.http.get("/api/conversations"))["items"] == []
    assert as_object(await stage.http.post(restore)) == before
    assert texts(await stage.read(conversation)) == texts(before)


async def test_bodies_are_checked(stage: Running) -> None:
    await stage.make_character()
    for body in ({}, {"character": "ben", "user_name": "a\x00b"}, {"character": 1}):
        response = await stage.http.post("/api/conversations", json=body)
        assert code_of(response) == "422 invalid_request", body
    for slug in ("nobody", "a\x00b", "", "x" * 10_000):
        response = await stage.http.post("/api/conversations", json={"character": slug})
        assert code_of(response) == "404 character_not_found"

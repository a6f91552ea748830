"""A character that was deleted restorable is nowhere to be found, and comes back whole."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select, update

from app.admin.deletion import RESTORABLE, purge_characters
from app.db.base import utc_now
from app.db.models import Character, Conversation, Example
from tests.app.running import Json, Running, as_object, code_of, texts

pytestmark = pytest.mark.anyio

BEN = "/api/admin/characters/ben"


async def put_aside(stage: Running) -> None:
    response = await stage.http.delete(f"{BEN}?restorable=true")
    assert response.status_code == 204


async def items(stage: Running, path: str) -> list[Json]:
    found = as_object(await stage.http.get(path))["items"]
    assert isinstance(found, list)
    return found


async def test_nothing_finds_it_until_it_is_restored(stage: Running) -> None:
    script = await stage.upload()
    await stage.make_character(script_ids=[script["id"]], greeting="Who is there?")
    await stage.make_character("Anna", script_ids=[script["id"]])
    conversation = await stage.open()
    await stage.say(conversation, "Only me.")
    said = texts(await stage.read(conversation))
    url = f"/api/conversations/{conversation['id']}"
    await put_aside(stage)

    assert code_of(await stage.http.get("/api/characters/ben")) == "404 character_not_found"
    for path in ("/api/characters", "/api/admin/characters"):
        assert [item["slug"] for item in await items(stage, path)] == ["anna"]
    models = as_object(await stage.http.get("/v1/models"))["data"]
    assert "ben" not in [model["id"] for model in models]
    assert await items(stage, "/api/conversations") == []
    assert code_of(await stage.http.get(url)) == "404 conversation_not_found"
    assert code_of(await stage.send(conversation, "Hello?")) == "404 conversation_not_found"
    for method, path in (("PATCH", BEN), ("POST", f"{BEN}/publish"), ("POST", f"{BEN}/reindex")):
        refused = await stage.http.request(method, path, json={} if method == "PATCH" else None)
        assert code_of(refused) == "404 character_not_found"
    made = await stage.http.post("/api/conversations", json={"character": "ben"})
    assert code_of(made) == "404 character_not_found"
    assert as_object(await stage.http.get("/api/admin/stats"))["characters"] == 1
    report = as_object(await stage.http.get(f"/api/scripts/{script['id']}"))
    assert [one["slug"] for one in report["characters"]] == ["anna"]
    assert [one["slug"] for one in report["deleted_characters"]] == ["ben"]

    response = await stage.http.post(f"{BEN}/restore")
    assert response.status_code == 200, response.text
    assert (await stage.indexed("ben"))["examples"] == 3
    assert texts(await stage.read(conversation)) == said
    assert (await stage.say(conversation, "Hello?"))["reply"]["examples"]
    assert code_of(await stage.http.post(f"{BEN}/restore")) == "404 character_not_found"


async def test_the_list_says_what_would_come_back_and_until_when(stage: Running) -> None:
    await stage.make_character(greeting="Who is there?")
    await stage.say(await stage.open(), "Only me.")
    await put_aside(stage)
    (deleted,) = await items(stage, "/api/admin/deleted-characters")
    assert (deleted["slug"], deleted["name"]) == ("ben", "Ben")
    assert (deleted["conversations"], deleted["messages"]) == (1, 3)
    assert deleted["deleted_at"] < deleted["purged_at"]


async def test_its_address_is_not_given_away(stage: Running) -> None:
    await stage.make_character()
    await put_aside(stage)
    again = await stage.make_character(script_ids=[(await stage.upload())["id"]])
    assert again["slug"] == "ben-2"
    await stage.http.post(f"{BEN}/restore")
    assert {item["slug"] for item in await items(stage, "/api/characters")} == {"ben", "ben-2"}


async def test_a_second_deletion_is_for_good(stage: Running) -> None:
    await stage.make_character()
    await put_aside(stage)
    assert (await stage.http.delete(BEN)).status_code == 204
    assert code_of(await stage.http.post(f"{BEN}/restore")) == "404 character_not_found"
    assert await items(stage, "/api/admin/deleted-characters") == []
    assert code_of(await stage.http.delete(f"{BEN}?restorable=true")) == "404 character_not_found"


async def test_it_is_purged_when_its_time_is_over(stage: Running) -> None:
    await stage.make_character()
    await stage.make_character("Anna", script_ids=[(await stage.upload())["id"]])
    await stage.open()
    await put_aside(stage)
    await stage.http.delete("/api/admin/characters/anna?restorable=true")
    assert await purge_characters(stage.services.database) == 0
    long_ago = utc_now() - RESTORABLE - timedelta(minutes=1)
    async with stage.services.database.write() as session:
        await session.execute(
            update(Character).where(Character.slug == "ben").values(deleted_at=long_ago)
        )
    assert await purge_characters(stage.services.database) == 1
    async with stage.services.database.read() as session:
        counts = [
            await session.scalar(select(func.count()).select_from(table))
            for table in (Character, Conversation, Example)
        ]
    assert counts == [1, 0, 2]
    assert (await stage.http.post("/api/admin/characters/anna/restore")).status_code == 200


async def test_a_script_of_deleted_characters_alone_can_go(stage: Running) -> None:
    script = await stage.upload()
    await stage.make_character(script_ids=[script["id"]])
    await put_aside(stage)
    assert (await stage.http.delete(f"/api/scripts/{script['id']}")).status_code == 204
    assert await items(stage, "/api/admin/deleted-characters") == []


async def test_a_script_replaced_meanwhile_is_learned_on_return(stage: Running) -> None:
    script = await stage.upload(title="A Play")
    await stage.make_character(script_ids=[script["id"]])
    await put_aside(stage)
    await stage.upload(
        "Anna: Well?\nBen: I have a single line in the new one, and no more.\n", title="A Play"
    )
    await stage.http.post(f"{BEN}/restore")
    assert (await stage.indexed("ben"))["examples"] == 1


async def test_openers_are_kept_and_changed(stage: Running) -> None:
    made = await stage.make_character(openers=["Is the lamp lit?", "Who are you?"])
    assert made["openers"] == ["Is the lamp lit?", "Who are you?"]
    changed = as_object(await stage.http.patch(BEN, json={"openers": ["And now?"]}))
    assert changed["openers"] == ["And now?"]
    refused = await stage.http.patch(BEN, json={"openers": ["two\nrows"]})
    assert code_of(refused) == "422 invalid_request"

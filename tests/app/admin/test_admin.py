"""What operators see, change and delete."""

import pytest

from tests.app.running import SCRIPT, Running, as_object, code_of

pytestmark = pytest.mark.anyio

BEN = "/api/admin/characters/ben"


async def test_unpublishing_hides_and_silences(stage: Running) -> None:
    await stage.make_character()
    conversation = await stage.open()
    hidden = as_object(await stage.http.post(f"{BEN}/unpublish"))
    assert not hidden["published"]
    assert as_object(await stage.http.get("/api/characters"))["items"] == []
    assert code_of(await stage.send(conversation, "Hello?")) == "409 character_unpublished"
    opened = await stage.http.post("/api/conversations", json={"character": "ben"})
    assert code_of(opened) == "409 character_unpublished"
    assert not (await stage.read(conversation))["character"]["published"]
    (listed,) = as_object(await stage.http.get("/api/admin/characters"))["items"]
    assert (listed["slug"], listed["published"]) == ("ben", False)
    await stage.http.post(f"{BEN}/publish")
    assert len(as_object(await stage.http.get("/api/characters"))["items"]) == 1
    assert (await stage.send(conversation, "Hello?")).status_code == 200


async def test_changes_reach_the_next_turn_without_a_new_index(stage: Running) -> None:
    before = await stage.make_character()
    changes = {
        "profile": "A new profile.",
        "tagline": "New.",
        "greeting": "Welcome.",
        "language": "zh",
        "sampling": {"temperature": 0.5, "max_tokens": 3},
    }
    changed = as_object(await stage.http.patch(BEN, json=changes))
    assert changed["progress"] is None
    assert changed["sampling"]["temperature"] == 0.5
    assert {name: changed[name] for name in ("profile", "tagline", "greeting", "language")} == {
        name: changes[name] for name in ("profile", "tagline", "greeting", "language")
    }
    assert changed["updated_at"] > before["updated_at"]
    conversation = await stage.open()
    reply = (await stage.say(conversation, "Hello?"))["reply"]
    assert (reply["finish_reason"], reply["usage"]["completion_tokens"]) == ("length", 3)
    prompt = stage.engine.calls[-1].prompt
    assert isinstance(prompt, str)
    assert "A new profile." in prompt
    assert "请你扮演" in prompt
    reset = as_object(await stage.http.patch(BEN, json={"sampling": {}}))
    assert set(reset["sampling"].values()) == {None}
    assert reset["profile"] == "A new profile."


async def test_other_speakers_and_another_name_begin_a_new_index(stage: Running) -> None:
    await stage.make_character()
    changed = as_object(await stage.http.patch(BEN, json={"speakers": ["Clara"]}))
    assert changed["progress"] is not None
    assert changed["status"] == "ready"
    clara = await stage.indexed("ben")
    assert (clara["speakers"], clara["lines"], clara["examples"]) == (["Clara"], 2, 2)
    renamed = as_object(await stage.http.patch(BEN, json={"name": "Benno"}))
    assert (renamed["name"], renamed["slug"]) == ("Benno", "ben")
    await stage.indexed("ben")


async def test_changes_are_checked_and_all_or_nothing(stage: Running) -> None:
    before = await stage.make_character()
    response = await stage.http.patch(BEN, json={"profile": "x", "speakers": ["Hamlet"]})
    assert code_of(response) == "422 speaker_not_found"
    for body in ({"name": ""}, {"profile": "a\x00b"}, {"language": "fr"}, {"slug": "x"}):
        assert code_of(await stage.http.patch(BEN, json=body)) == "422 invalid_request"
    assert as_object(await stage.http.get("/api/characters/ben")) == before


async def test_the_preview_is_what_deleting_deletes(stage: Running) -> None:
    script = await stage.upload(title="A Play")
    await stage.make_character(script_ids=[script["id"]], greeting="Hello.")
    await stage.make_character("Clara", script_ids=[script["id"]])
    other = await stage.open("clara")
    await stage.say(await stage.open(), "One?")
    thrown_away = await stage.open()
    await stage.http.delete(f"/api/conversations/{thrown_away['id']}")
    preview = as_object(await stage.http.get(f"{BEN}/deletion"))
    assert preview == {
        "conversations": 2,
        "messages": 4,
        "examples": 3,
        "scripts_kept": [{"id": script["id"], "title": "A Play"}],
    }
    assert (await stage.http.delete(BEN)).status_code == 204
    assert code_of(await stage.http.get("/api/characters/ben")) == "404 character_not_found"
    stats = as_object(await stage.http.get("/api/admin/stats"))
    assert (stats["conversations"], stats["messages"], stats["examples"]) == (1, 0, 2)
    assert (stats["scripts"], stats["characters"]) == (1, 1)
    assert (await stage.say(other, "Hello?"))["reply"]["examples"]


async def test_statistics_count_what_is_there(stage: Running) -> None:
    await stage.make_character()
    await stage.say(await stage.open(), "Hello?")
    stats = as_object(await stage.http.get("/api/admin/stats"))
    assert stats.pop("database_bytes") > 0
    assert stats.pop("database") == stage.services.database.dialect
    assert stats == {
        "characters": 1,
        "published": 1,
        "indexing": 0,
        "failed": 0,
        "scripts": 1,
        "scenes": 3,
        "lines": 8,
        "examples": 3,
        "vectors": 3,
        "conversations": 1,
        "messages": 2,
        "cached_indexes": 1,
        "retrieval": "reference",
    }


async def test_all_characters_are_listed_in_pages_with_their_talk(stage: Running) -> None:
    script = await stage.upload(SCRIPT)
    for name in ("Anna", "Ben", "Clara"):
        await stage.make_character(name, script_ids=[script["id"]])
    await stage.say(await stage.open("ben"), "Hello?")
    await stage.http.post(f"{BEN}/unpublish")
    first = as_object(await stage.http.get("/api/admin/characters?limit=2"))
    assert [(c["name"], c["conversations"], c["messages"]) for c in first["items"]] == [
        ("Clara", 0, 0),
        ("Ben", 1, 2),
    ]
    rest = as_object(
        await stage.http.get("/api/admin/characters", params={"cursor": first["next_cursor"]})
    )
    assert [c["name"] for c in rest["items"]] == ["Anna"]

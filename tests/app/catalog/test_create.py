"""Characters from stored scripts."""

import json
from typing import Any

import pytest

from tests.app.running import Running, as_object, code_of, error_of

pytestmark = pytest.mark.anyio


async def refused(stage: Running, script: str, **fields: object) -> str:
    body = {"name": "Ben", "script_ids": [script], **fields}
    response = await stage.http.post(
        "/api/characters",
        content=json.dumps(body),  # in ASCII: half a surrogate pair has no UTF-8
        headers={"Content-Type": "application/json"},
    )
    assert as_object(await stage.http.get("/api/characters"))["items"] == []
    return code_of(response)


async def test_a_character_is_made_and_indexed(stage: Running) -> None:
    script = await stage.upload(title="A Play")
    response = await stage.http.post(
        "/api/characters",
        json={
            "name": "  Ben ",
            "script_ids": [script["id"]],
            "profile": "Keeper of the lamp.",
            "greeting": "Who is there?",
            "tagline": "He waits.",
        },
    )
    assert response.status_code == 202
    made = as_object(response)
    assert (made["slug"], made["name"], made["status"]) == ("ben", "Ben", "indexing")
    assert made["progress"] == {"done": 0, "total": 0, "seconds_left": None}
    assert made["language"] == "en"
    ready = await stage.indexed("ben")
    assert (ready["status"], ready["error"], ready["progress"]) == ("ready", None, None)
    assert (ready["lines"], ready["examples"], ready["speakers"]) == (3, 3, ["Ben"])
    assert ready["others"] == ["Anna", "Clara"]
    assert ready["dropped"] == {"without_character": 0, "duplicate": 0, "short_replies": 0}
    assert ready["scripts"] == [{"id": script["id"], "title": "A Play"}]
    assert (ready["published"], ready["sample"]) == (True, False)


async def test_scenes_without_the_character_are_counted_as_dropped(stage: Running) -> None:
    clara = await stage.make_character("Clara")
    assert clara["examples"] == 2
    assert clara["dropped"]["without_character"] == 1


async def test_a_name_that_speaks_no_line_is_told_who_does(stage: Running) -> None:
    script = await stage.upload()
    response = await stage.http.post(
        "/api/characters", json={"name": "Hamlet", "script_ids": [script["id"]]}
    )
    assert code_of(response) == "422 speaker_not_found"
    assert error_of(response)["detail"] == {"speakers": ["Anna", "Ben", "Clara"]}
    assert as_object(await stage.http.get("/api/characters"))["items"] == []


async def test_aliases_and_speakers_say_whose_lines_are_played(stage: Running) -> None:
    both = await stage.make_character("Ben", aliases=["Clara"])
    assert (both["lines"], both["speakers"]) == (5, ["Ben", "Clara"])
    other = await stage.make_character("The Keeper", speakers=["Ben"])
    assert (other["slug"], other["lines"], other["speakers"]) == ("the-keeper", 3, ["Ben"])


async def test_names_are_names_and_never_paths(stage: Running) -> None:
    slugs = []
    for name in ("../../etc/passwd", "a/b", "..", "三三", "Ben", "Ben"):
        made = await stage.make_character(name, speakers=["Ben"])
        assert made["name"] == name
        slugs.append(made["slug"])
    assert slugs == ["etc-passwd", "a-b", "character", "三三", "ben", "ben-2"]
    assert as_object(await stage.http.get("/api/characters/三三"))["name"] == "三三"


async def test_fields_are_checked(stage: Running) -> None:
    script = (await stage.upload())["id"]
    wrong: list[dict[str, Any]] = [
        {"name": "x" * 500},
        {"name": ""},
        {"name": " \n "},
        {"name": "a\nb"},
        {"name": "a\x00b"},
        {"name": "a\ud800b"},
        {"profile": "x" * 40_001},
        {"profile": "a\x00b"},
        {"profile": "a\udfffb"},
        {"greeting": "a\x00b"},
        {"tagline": "a\x00b"},
        {"aliases": ["a\x00b"]},
        {"script_ids": []},
        {"script_ids": ["x"]},
        {"language": "fr"},
        {"sampling": {"temperature": 3}},
        {"unknown_field": 1},
    ]
    for fields in wrong:
        assert await refused(stage, script, **fields) == "422 invalid_request", fields


async def test_unknown_scripts_are_refused(stage: Running) -> None:
    missing = "019c0000-0000-7000-8000-000000000000"
    assert await refused(stage, missing) == "404 script_not_found"


async def test_characters_are_searched_and_paged(stage: Running) -> None:
    script = await stage.upload()
    await stage.make_character("Ben", script_ids=[script["id"]], tagline="100% sure")
    await stage.make_character("Clara", script_ids=[script["id"]], profile="Reads aloud.")
    await stage.make_character("Anna", script_ids=[script["id"]])

    async def find(**query: object) -> list[str]:
        page = as_object(await stage.http.get("/api/characters", params=query))  # type: ignore[arg-type]  # httpx's own type is narrower than its use
        return [item["name"] for item in page["items"]]

    assert await find() == ["Anna", "Clara", "Ben"]
    assert await find(q="READS") == ["Clara"]
    assert await find(q="0%") == ["Ben"]
    assert await find(q="_") == []
    assert await find(q="nn") == ["Anna"]
    page = as_object(await stage.http.get("/api/characters", params={"limit": 1}))
    assert await find(limit=2, cursor=page["next_cursor"]) == ["Clara", "Ben"]
    assert code_of(await stage.http.get("/api/characters?q=%00")) == "422 invalid_request"
    assert code_of(await stage.http.get("/api/characters?cursor=x")) == "422 invalid_cursor"

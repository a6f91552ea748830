"""Script and character in one call."""

import httpx
import pytest

from tests.app.running import SCRIPT, Json, Running, as_object, code_of, error_of

pytestmark = pytest.mark.anyio


async def send(
    stage: Running, content: str = SCRIPT, filename: str = "Ben.txt", **fields: object
) -> httpx.Response:
    files = {"file": (filename, content.encode())}
    return await stage.http.post("/api/characters/import", files=files, data=fields)


async def imported(stage: Running, **fields: object) -> Json:
    response = await send(stage, **fields)  # type: ignore[arg-type]  # each is of its own type
    assert response.status_code == 202, response.text
    return as_object(response)


async def test_the_name_defaults_to_the_stem_of_the_file(stage: Running) -> None:
    result = await imported(stage, filename="plays/Ben.txt", profile="Keeper of the lamp.")
    assert result["character"]["name"] == "Ben"
    assert result["character"]["profile"] == "Keeper of the lamp."
    assert result["script"]["title"] == "Ben"
    assert result["script"]["characters"] == [{"slug": "ben", "name": "Ben"}]
    assert (await stage.indexed("ben"))["examples"] == 3


async def test_form_fields_reach_the_character(stage: Running) -> None:
    result = await imported(
        stage,
        name="The Keeper",
        aliases=["Ben", "Clara"],
        title="A Play",
        greeting="Who is there?",
        tagline="He waits.",
        language="zh",
    )
    character = result["character"]
    assert character["speakers"] == ["The Keeper", "Ben", "Clara"]
    assert (character["lines"], character["language"]) == (5, "zh")
    assert (character["greeting"], character["tagline"]) == ("Who is there?", "He waits.")
    assert result["script"]["title"] == "A Play"


async def test_nothing_is_stored_where_nobody_of_that_name_speaks(stage: Running) -> None:
    response = await send(stage, name="Hamlet")
    assert code_of(response) == "422 speaker_not_found"
    assert error_of(response)["detail"]["speakers"] == ["Anna", "Ben", "Clara"]
    stats = as_object(await stage.http.get("/api/admin/stats"))
    assert (stats["scripts"], stats["scenes"], stats["characters"]) == (0, 0, 0)


async def test_names_are_checked_like_those_in_json(stage: Running) -> None:
    for name in ("x" * 500, "a\x00b", "a\nb"):
        assert code_of(await send(stage, name=name)) == "422 invalid_request"
    assert code_of(await send(stage, filename="x" * 100 + ".txt")) == "422 invalid_request"
    assert code_of(await send(stage, profile="a\x00b")) == "422 invalid_request"
    assert code_of(await send(stage, language="fr")) == "422 invalid_request"
    assert as_object(await stage.http.get("/api/admin/stats"))["scripts"] == 0


async def test_the_same_call_again_changes_nothing(stage: Running) -> None:
    first = await imported(stage)
    await stage.indexed("ben")
    again = await imported(stage)
    assert again["script"]["duplicate"]
    assert again["character"]["id"] == first["character"]["id"]
    assert again["character"]["progress"] is None
    assert as_object(await stage.http.get("/api/admin/stats"))["characters"] == 1


async def test_a_newer_file_updates_the_character(stage: Running) -> None:
    first = await imported(stage, profile="Keeper of the lamp.", aliases=["Clara"])
    await stage.indexed("ben")
    longer = SCRIPT + "\nBen: Another line is spoken here by me alone.\n"
    second = await imported(stage, content=longer, greeting="Who is there?")
    assert second["script"]["replaced"]
    character = await stage.indexed("ben")
    assert character["id"] == first["character"]["id"]
    assert (character["profile"], character["greeting"]) == ("Keeper of the lamp.", "Who is there?")
    assert (character["speakers"], character["examples"], character["lines"]) == (
        ["Ben", "Clara"],
        4,
        6,
    )


async def test_an_alias_named_later_is_played_too(stage: Running) -> None:
    await imported(stage)
    await imported(stage, aliases=["Clara"])
    character = await stage.indexed("ben")
    assert (character["speakers"], character["lines"]) == (["Ben", "Clara"], 5)

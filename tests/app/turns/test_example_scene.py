"""Where in the script an example of a reply stands."""

import pytest

from tests.app.running import Json, Running, as_object, code_of

pytestmark = pytest.mark.anyio


async def example_of(stage: Running) -> Json:
    conversation = await stage.open()
    turn = await stage.say(conversation, "Is the lighthouse burning?")
    return next(
        each for each in turn["reply"]["examples"] if any("lighthouse" in x for x in each["lines"])
    )


async def test_the_scene_of_an_example_is_shown_as_it_was_read(stage: Running) -> None:
    character = await stage.make_character()
    example = await example_of(stage)
    url = f"/api/characters/ben/examples/{example['id']}/scene"
    found = as_object(await stage.http.get(url))
    assert found["script"] == character["scripts"][0]
    assert (found["position"], found["scene"]["number"]) == (1, 2)
    assert [f"{each['speaker']}: {each['text']}" for each in found["scene"]["lines"]] == [
        "Clara: Is the lighthouse still burning at night?",
        "Ben: The lighthouse burns every night, I keep the lamp myself.",
    ]


async def test_other_ids_and_other_characters_are_not_found(stage: Running) -> None:
    await stage.make_character()
    example = await example_of(stage)
    await stage.make_character("Anna", script_ids=[(await stage.upload(filename="b.txt"))["id"]])
    for slug, id in (
        ("ben", 999_999),
        ("ben", -1 - (77 << 22)),
        ("ben", -(2**53) + 1),
        ("anna", example["id"] if example["id"] > 0 else 999_999),
    ):
        gone = await stage.http.get(f"/api/characters/{slug}/examples/{id}/scene")
        assert code_of(gone) == "404 example_not_found", (slug, id)
    for id in ("x", str(2**53), "1.5"):
        bad = await stage.http.get(f"/api/characters/ben/examples/{id}/scene")
        assert code_of(bad) == "422 invalid_request", id
    nobody = await stage.http.get(f"/api/characters/nobody/examples/{example['id']}/scene")
    assert code_of(nobody) == "404 character_not_found"

"""What an empty conversation offers to say first, over the API."""

import pytest

from tests.app.running import Running, as_object, code_of

pytestmark = pytest.mark.anyio

PLAY = """\
INT. HARBOUR - DAY

Anna: Good morning, Ben. Did you bring the letter that I asked for?
Ben: I brought the letter, but I have not dared to open it yet.

INT. LIGHTHOUSE - NIGHT

Clara: Is the lighthouse still burning at night?
Ben: The lighthouse burns every night, I keep the lamp myself.
Anna: He does not know what I know about him.
Clara: Who would dare to tell him that?

INT. NET LOFT - WINTER

Anna: What will you do when winter comes?
Ben: When winter comes I shall mend the nets and wait.
"""


async def openers(stage: Running, **fields: object) -> list[tuple[str, str | None, int]]:
    conversation = await stage.open("ben", **fields)
    found = await stage.http.get(f"/api/conversations/{conversation['id']}/openers")
    assert found.status_code == 200, found.text
    return [(each["text"], each["speaker"], each["scene"]) for each in as_object(found)["items"]]


async def test_three_lines_said_to_the_character(stage: Running) -> None:
    script = await stage.upload(PLAY, "play.fountain.txt")
    assert script["scenes"] == 3
    await stage.make_character(script_ids=[script["id"]])
    found = await openers(stage)
    assert found == [
        ("Good morning, Ben. Did you bring the letter that I asked for?", "Anna", 0),
        ("Is the lighthouse still burning at night?", "Clara", 1),
        ("What will you do when winter comes?", "Anna", 2),
    ]
    assert await openers(stage) == found


async def test_only_of_scenes_lived_through_then_of_their_headings(stage: Running) -> None:
    script = await stage.upload(PLAY, "play.fountain.txt")
    await stage.make_character(script_ids=[script["id"]])
    found = await openers(stage, until_scene=1)
    assert found[0] == ("Good morning, Ben. Did you bring the letter that I asked for?", "Anna", 0)
    assert all(scene == 0 for _, _, scene in found)
    assert await openers(stage, until_scene=0) == []


async def test_the_lines_of_the_part_that_is_played_come_first(stage: Running) -> None:
    question = (
        "Clara: Did you never once want to leave this place?\nBen: Never, not in thirty years.\n"
    )
    noise = "".join(
        f"\nAnna: Did you see the {name} come into the harbour?\nBen: I saw her come in at dawn.\n"
        for name in ("Marten", "Alba", "Juno", "Swift")
    )
    script = await stage.upload(f"{noise}\n{question}", "play.txt")
    await stage.make_character(script_ids=[script["id"]])
    found = await openers(stage, **{"as": "Clara"})
    assert ("Did you never once want to leave this place?", "Clara", 4) in found


async def test_a_line_is_offered_as_it_was_said(stage: Running) -> None:
    said = "Did you read what is on the door：mind the lamp in winter?"
    script = await stage.upload(f"Anna: {said}\nBen: I have read it every morning.\n", "play.txt")
    await stage.make_character(script_ids=[script["id"]])
    assert (said, "Anna", 0) in await openers(stage)


async def test_other_peoples_conversations_offer_nothing(stage: Running) -> None:
    await stage.make_character()
    conversation = await stage.open()
    await stage.http.delete(f"/api/conversations/{conversation['id']}")
    gone = await stage.http.get(f"/api/conversations/{conversation['id']}/openers")
    assert code_of(gone) == "404 conversation_not_found"

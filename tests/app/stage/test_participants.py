"""Who takes part in a conversation: several characters, a user with a role, entrances and exits."""

import pytest

from tests.app.running import Running, as_object, code_of, texts
from tests.app.stage.staging import (
    act,
    ask,
    cast_of,
    look,
    make_cast,
    open_stage,
    speaker,
)

pytestmark = pytest.mark.anyio


async def test_a_stage_opens_with_its_cast(stage: Running) -> None:
    await make_cast(stage)
    opened = await open_stage(stage)
    assert (opened["is_stage"], opened["user_role"]) == (True, "persona")
    assert opened["character"]["slug"] == "anna"
    assert cast_of(opened) == {"anna": True, "ben": True, "clara": True}
    assert texts(opened) == ["On stage: Anna, Ben and Clara."]
    [direction] = opened["messages"]
    assert (direction["role"], direction["stage"]["kind"]) == ("direction", "direction")
    assert await stage.read(opened) == opened


async def test_one_character_is_a_conversation_as_before(stage: Running) -> None:
    await stage.make_character(greeting="Who is there?")
    for body in ({"character": "ben"}, {"characters": ["ben"]}):
        response = await stage.http.post("/api/conversations", json=body)
        opened = as_object(response)
        assert (opened["is_stage"], texts(opened)) == (False, ["Who is there?"])
        [only] = opened["participants"]
        assert (only["id"], only["slug"], only["on_stage"]) == (None, "ben", True)
        assert opened["messages"][0]["stage"] is None


async def test_lists_name_the_whole_cast(stage: Running) -> None:
    await make_cast(stage)
    await open_stage(stage, "clara", "anna")
    await stage.open("ben")
    listed = as_object(await stage.http.get("/api/conversations"))["items"]
    assert [each["cast"] for each in listed] == [["Ben"], ["Clara", "Anna"]]


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({}, "422 invalid_request"),
        ({"characters": []}, "422 invalid_request"),
        ({"characters": [f"c{n}" for n in range(9)]}, "422 invalid_request"),
        (
            {"character": "ben", "characters": [f"c{n}" for n in range(8)]},
            "422 invalid_request",
        ),
        ({"characters": ["ben", "nobody"]}, "404 character_not_found"),
        ({"characters": ["ben"], "role": "speaker"}, "422 role_without_speaker"),
        ({"characters": ["ben"], "as": "Ben", "role": "speaker"}, "422 unknown_speaker"),
        ({"characters": ["ben"], "as": "Anna", "role": "watching"}, "422 role_without_part"),
    ],
)
async def test_what_cannot_be_opened(stage: Running, body: dict[str, object], code: str) -> None:
    await stage.make_character()
    assert code_of(await stage.http.post("/api/conversations", json=body)) == code


async def test_the_user_plays_a_speaker_of_the_script(stage: Running) -> None:
    await make_cast(stage, "Anna", "Ben")
    opened = await open_stage(stage, "anna", "ben", **{"as": "Clara"})
    assert (opened["user_role"], opened["user_name"]) == ("speaker", "Clara")


async def test_participants_come_and_go(stage: Running) -> None:
    await make_cast(stage)
    opened = await open_stage(stage, "anna", "ben")
    entered = await act(stage, opened, "participants", character="clara")
    assert cast_of(entered) == {"anna": True, "ben": True, "clara": True}
    left = await act(stage, opened, "participants/ben/leave", direction="Ben storms off.")
    assert cast_of(left) == {"anna": True, "ben": False, "clara": True}
    assert texts(left)[1:] == ["Clara enters.", "Ben storms off."]
    assert [each["stage"]["kind"] for each in left["messages"]][1:] == ["enters", "leaves"]
    again = await act(stage, opened, "participants", character="ben")
    assert cast_of(again)["ben"]
    assert len(again["participants"]) == 3
    assert code_of(await ask(stage, opened, "participants", character="ben")) == "409 on_stage"
    assert code_of(await ask(stage, opened, "participants/x/leave")) == (
        "404 participant_not_found"
    )


async def test_a_conversation_of_one_becomes_a_stage(stage: Running) -> None:
    await make_cast(stage, "Ben", "Clara")
    talk = await stage.open("ben", user_name="Mara")
    said = await stage.say(talk, "Is the lighthouse burning?")
    entered = await act(stage, talk, "participants", character="clara")
    assert entered["is_stage"]
    assert cast_of(entered) == {"ben": True, "clara": True}
    witnesses = await look(stage, talk, f"messages/{said['reply']['id']}/witnesses")
    assert [(each["participant"]["slug"], each["how"]) for each in witnesses["knows"]] == [
        ("ben", "said")
    ]
    assert [each["slug"] for each in witnesses["others"]] == ["clara"]


async def test_presence_belongs_to_a_branch(stage: Running) -> None:
    await make_cast(stage)
    opened = await open_stage(stage)
    said = await stage.say(opened, "Good evening.")
    await act(stage, opened, "participants/clara/leave")
    url = f"/api/conversations/{opened['id']}/messages/{said['message']['id']}"
    edited = as_object(await stage.http.patch(url, json={"content": "Good morning."}))
    assert cast_of(edited) == {"anna": True, "ben": True, "clara": True}


async def test_the_role_changes_on_a_stage_alone(stage: Running) -> None:
    await make_cast(stage, "Anna", "Ben")
    opened = await open_stage(stage, "anna", "ben")
    url = f"/api/conversations/{opened['id']}"
    changed = as_object(await stage.http.patch(url, json={"role": "watching"}))
    assert changed["user_role"] == "watching"
    assert code_of(await stage.send(opened, "Hello?")) == "422 user_watches"
    talk = await stage.open("ben")
    refused = await stage.http.patch(f"/api/conversations/{talk['id']}", json={"role": "director"})
    assert code_of(refused) == "422 not_a_stage"


async def test_a_character_that_is_gone_keeps_its_name(stage: Running) -> None:
    await make_cast(stage)
    opened = await open_stage(stage)
    await act(stage, opened, "messages", content="Hello.", speaker="clara")
    assert (await stage.http.delete("/api/admin/characters/clara")).is_success
    shown = await stage.read(opened)
    assert [each["name"] for each in shown["participants"]] == ["Anna", "Ben", "Clara"]
    assert shown["messages"][-1]["stage"]["speaker"]["name"] == "Clara"
    refused = await ask(stage, opened, "messages", content="And you?", speaker="clara")
    assert code_of(refused) == "404 participant_not_found"
    assert speaker((await stage.say(opened, "Anyone?"))["reply"]) in {"anna", "ben"}

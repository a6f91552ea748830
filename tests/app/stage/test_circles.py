"""Those who hear what the user says in private hear the answer, however it comes about."""

from typing import Any

import pytest

from tests.app.running import Json, Running, as_object, code_of
from tests.app.stage.staging import act, ask, last_prompt, look, make_cast, open_stage, speaker

pytestmark = pytest.mark.anyio

SECRET = "The key is in the well."


async def edit(stage: Running, conversation: Json, message: Json, content: str) -> Any:
    """An edited message, as the service answers it."""
    url = f"/api/conversations/{conversation['id']}/messages/{message['id']}"
    return await stage.http.patch(url, json={"content": content})


async def knowers(stage: Running, conversation: Json, message: Json) -> list[str]:
    """The slugs of those who know a message."""
    known = await look(stage, conversation, f"messages/{message['id']}/witnesses")
    return [each["participant"]["slug"] for each in known["knows"]]


async def whisper_unanswered(stage: Running, conversation: Json, **body: Any) -> Json:
    """A whisper to Ben whose reply was deleted."""
    said = {"content": SECRET, "whisper_to": ["ben"], **body}
    turn = await act(stage, conversation, "messages", **said)
    url = f"/api/conversations/{conversation['id']}/messages/{turn['reply']['id']}"
    assert (await stage.http.delete(url)).is_success
    message: Json = turn["message"]
    return message


async def test_an_edited_whisper_stays_one(stage: Running) -> None:
    await make_cast(stage)
    opened = await open_stage(stage)
    said = (await act(stage, opened, "messages", content=f"/whisper Ben {SECRET}"))["message"]
    edited = as_object(await edit(stage, opened, said, "The rope is in the barn."))["messages"][-1]
    assert edited["stage"] == said["stage"]
    assert await knowers(stage, opened, edited) == ["ben"]
    reply = (await act(stage, opened, f"messages/{edited['id']}/regenerate"))["reply"]
    assert (speaker(reply), reply["stage"]["circle"]) == ("ben", said["stage"]["circle"])
    for slug in ("anna", "clara"):
        await act(stage, opened, "go-on", speaker=slug)
        assert "barn" not in last_prompt(stage)


async def test_a_wording_that_begins_with_a_command_is_refused(stage: Running) -> None:
    await make_cast(stage)
    opened = await open_stage(stage)
    said = (await act(stage, opened, "messages", content="Good evening."))["message"]
    refused = await edit(stage, opened, said, f"/whisper Ben: {SECRET}")
    assert code_of(refused) == "422 unknown_command"
    assert await knowers(stage, opened, said) == ["anna", "ben", "clara"]
    talk = await stage.open("ben")
    alone = (await stage.say(talk, "Hello."))["message"]
    assert (await edit(stage, talk, alone, "/whisper hello")).is_success


async def test_what_was_said_before_a_stage_was_heard_by_the_one_who_was_there(
    stage: Running,
) -> None:
    await make_cast(stage, "Ben", "Clara")
    talk = await stage.open("ben", user_name="Mara")
    said = (await stage.say(talk, SECRET))["message"]
    await act(stage, talk, "participants", character="clara")
    assert await knowers(stage, talk, said) == ["ben"]
    await act(stage, talk, "go-on", speaker="ben")
    assert SECRET in last_prompt(stage)


async def test_another_answer_to_a_private_direction_is_private(stage: Running) -> None:
    await make_cast(stage)
    opened = await open_stage(stage, role="director")
    turn = await act(stage, opened, "messages", content=SECRET, whisper_to=["ben"])
    ben = [turn["reply"]["stage"]["speaker"]["id"]]
    assert turn["message"]["stage"]["circle"] == turn["reply"]["stage"]["circle"] == ben
    again = (await act(stage, opened, f"messages/{turn['reply']['id']}/regenerate"))["reply"]
    assert (speaker(again), again["stage"]["circle"]) == ("ben", ben)
    assert await knowers(stage, opened, again) == ["ben"]


@pytest.mark.parametrize("role", ["persona", "director"])
async def test_a_scene_goes_on_from_a_whisper_in_a_whisper(stage: Running, role: str) -> None:
    await make_cast(stage)
    opened = await open_stage(stage, role=role)
    said = await whisper_unanswered(stage, opened)
    turns = (await act(stage, opened, "go-on"))["items"]
    reply = turns[0]["reply"]
    assert (speaker(reply), reply["stage"]["circle"]) == ("ben", said["stage"]["circle"])


async def test_who_does_not_hear_a_whisper_cannot_answer_it(stage: Running) -> None:
    await make_cast(stage)
    opened = await open_stage(stage)
    for body in (
        {"content": f"/whisper Ben: {SECRET}", "speaker": "clara"},
        {"content": f"/whisper Ben: {SECRET} @Clara"},
    ):
        assert code_of(await ask(stage, opened, "messages", **body)) == "422 not_whispered_to"
    said = await whisper_unanswered(stage, opened)
    for path in ("go-on", f"messages/{said['id']}/regenerate"):
        assert code_of(await ask(stage, opened, path, speaker="clara")) == "422 not_whispered_to"


@pytest.mark.one_database
async def test_a_whisper_gives_a_stage_no_title(stage: Running) -> None:
    await make_cast(stage)
    opened = await open_stage(stage)
    await act(stage, opened, "messages", content=f"/whisper Ben: {SECRET}")
    assert (await stage.read(opened))["title"] == ""
    await act(stage, opened, "messages", content="A cold night.")
    assert (await stage.read(opened))["title"] == "A cold night."
